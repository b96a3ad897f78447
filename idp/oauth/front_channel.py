"""What an authorization response brings: a code and, for clients of `legacy`, tokens at once (OpenID Connect Core §3.2, §3.3)."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from idp.clock import Instant
from idp.entropy import random_token
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.authorization import OFFLINE, AuthorizationCode, Grant
from idp.model.client import Client, ClientStatus
from idp.model.interaction import AuthorizationRequest
from idp.oauth import claims
from idp.oauth.codes import Codes
from idp.oauth.disclosures import Door, disclosed
from idp.oauth.encryption import Recipient
from idp.oauth.extensions.authorization_details import matters_at
from idp.oauth.extensions.resource_indicators import scope_at
from idp.oauth.number_claims import Telling
from idp.oauth.recipients import Recipients
from idp.oauth.tokens import Mint, Order
from idp.ports import UnitOfWork


class FrontChannel:
    """Issues what travels through the browser."""

    def __init__(self, codes: Codes, mint: Mint, recipients: Recipients) -> None:
        self._codes = codes
        self._mint = mint
        self._recipients = recipients

    def recipient(self, asked: AuthorizationRequest, client: Client) -> Recipient | None:
        """For whom the id_token of the answer is encrypted; raises `NoEncryptionKey`."""
        return self._recipients.of_id_token(client) if "id_token" in asked.response_type.split() else None

    def members(self, unit_of_work: UnitOfWork, asked: AuthorizationRequest, order: Order) -> dict[str, str]:
        """Code, access_token and id_token, as asked for; whoever calls commits before they leave."""
        grant, account = order.grant, order.account
        if grant is None or account is None:
            raise ValueError("nobody is behind this order")
        wanted = asked.response_type.split()
        told: dict[str, str] = {}
        beside: dict[str, Any] = {}
        if "code" in wanted:
            told["code"] = self._code(asked, grant, order.at)
        if "token" in wanted:
            told |= self._access_token(unit_of_work, order, grant)
            beside["at_hash"] = claims.half_hash(told["access_token"])
        if wanted == ["id_token"]:  # nothing comes that the data could be asked for with (§5.4)
            attributes = unit_of_work.accounts.attributes(account.id)
            telling = Telling(account, attributes, order.client, order.scope, order.at)
            data = claims.userinfo(grant.sub, telling, at="id_token")
            unit_of_work.events.record(disclosed(grant, Door.ID_TOKEN, telling, data))
            beside |= data
        if "id_token" in wanted:
            beside |= {"c_hash": claims.half_hash(told["code"])} if "code" in told else {}
            told["id_token"] = self._mint.id_token(unit_of_work, order, grant, account, beside)
        return told

    def _code(self, asked: AuthorizationRequest, grant: Grant, now: Instant) -> str:
        code = AuthorizationCode(
            grant=grant,
            redirect_uri=asked.redirect_uri,
            code_challenge=asked.code_challenge,
            issued_at=now,
            dpop_jkt=asked.dpop_jkt,
        )
        return self._codes.issue(code)

    def _access_token(self, unit_of_work: UnitOfWork, order: Order, grant: Grant) -> dict[str, str]:
        """One of a family of its own, which nothing else belongs to and no code can call back.

        It is over with the session, whatever was granted for the time after it: that needs a code.
        """
        order = self._at_its_resource(unit_of_work, order, grant)
        grant = replace(grant, scope=tuple(name for name in grant.scope if name != OFFLINE))
        event = Event(
            kind=Kind.AUDIT,
            action=Action.TOKEN_ISSUED,
            at=order.at,
            account_id=grant.account_id,
            client_id=order.client.client_id,
            session_id=grant.session_id,
            channel=order.client.channel,
            data={"grant": "implicit", "scope": list(order.scope)},
        )
        origin = hashlib.sha256(f"implicit:{random_token()}".encode()).digest()
        family = unit_of_work.authorizations.redeem(origin, grant, event)
        token = self._mint.access_token(unit_of_work, order, family)
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in token.items()}

    @staticmethod
    def _at_its_resource(unit_of_work: UnitOfWork, order: Order, grant: Grant) -> Order:
        """The first of the resources that were asked for, or the registered one, which must be in service."""
        name = next(iter(grant.resources), order.client.audience)
        if name is None:
            return order
        resource = unit_of_work.clients.of_resource(name)
        if resource is None or resource.status is not ClientStatus.ACTIVE:
            raise Refused("invalid_target", "The protected resource of this client is not in service.")
        scope = scope_at(order.scope, resource) if grant.resources else order.scope
        return order._replace(target=name, scope=scope, matters=matters_at(grant.matters, resource, order.client))
