"""The single mint: every token of every grant is issued here."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.model.account import Account
from idp.model.authorization import Authorization, Binding, Grant
from idp.model.client import AccessTokenFormat, Client
from idp.model.mandate import Acting
from idp.model.matter import Matter, details_of
from idp.oauth import claims, disclosures, opaque_tokens, refresh_tokens
from idp.oauth.disclosures import Door, disclosed
from idp.oauth.encryption import Recipient
from idp.oauth.mandate_claims import detail_of, principal_at, principal_claims
from idp.oauth.number_claims import Telling
from idp.oauth.opaque_tokens import OpaqueToken
from idp.oauth.possession import confirmation_of, type_of
from idp.oauth.profiles import algorithm_for
from idp.oauth.told_evidence import ToldEvidence
from idp.ports import Cipher, Signer, UnitOfWork
from idp.services import Services

JWT_SECONDS = 600
"""A token that its receiver reads by itself lives no longer, since it cannot be called back everywhere."""
JWT_TYPE = "at+jwt"
"""RFC 9068 §2.1."""
JWT_ALG = "ES256"


class Order(NamedTuple):
    """What a grant decided: these tokens, for this client, now.

    A named tuple, as each request makes one: a frozen dataclass of so many members takes several times as long to make.

    Attributes:
        scope: of the access token; at a refresh it may be narrower than the family's.
        grant: what the person let the client have; None for a client that acts for itself.
        account: that person.
        refresh_generation: the generation of the refresh token that goes along; None: none does.
        binding: what the access token is bound to; None: nothing.
        target: the protected resource it is for; None: the one that the client registered.
        matters: what may be dealt with there (RFC 9396).
        expires_by: when it is over at the latest.
        act: who acts for the person (RFC 8693 §4.1).
        acting: by which mandate the person acts for somebody else; None: for themselves.
        recipient: for whom the id_token is encrypted, where the client registered that.
        family: to which the id_token belongs, where it tells of the person; None: to none, as one of the front channel.
        is_refresh: whether the person did nothing for it, so that `nonce` stays away (OpenID Connect Core §12.2).
    """

    client: Client
    scope: tuple[str, ...]
    at: Instant
    grant: Grant | None = None
    account: Account | None = None
    refresh_generation: int | None = None
    is_refresh: bool = False
    binding: Binding | None = None
    target: str | None = None
    matters: tuple[Matter, ...] = ()
    expires_by: Instant | None = None
    act: Mapping[str, Any] | None = None
    recipient: Recipient | None = None
    acting: Acting | None = None
    family: Authorization | None = None

    @property
    def audience(self) -> str | None:
        """Whom the access token is for; None: our own userinfo endpoint."""
        return self.target or self.client.audience


class Mint:
    """Issues tokens, once the grant has consumed what was presented."""

    def __init__(self, services: Services) -> None:
        self._issuer = services.settings.issuer
        self._lifetimes = services.settings.tokens
        self._acr_prefix = services.settings.policy.acr_prefix
        self._signer: Signer = services.signer
        self._cipher: Cipher = services.cipher
        self._evidence = ToldEvidence(services.cipher)

    def answer(self, unit_of_work: UnitOfWork, order: Order, authorization: Authorization | None) -> dict[str, Any]:
        """The members of a successful token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
        response = self.access_token(unit_of_work, order, authorization)
        if authorization is not None and order.refresh_generation is not None:
            response["refresh_token"] = refresh_tokens.value_of(self._cipher, authorization, order.refresh_generation)
        if order.grant is not None and order.account is not None and "openid" in order.scope:
            hashes = {"at_hash": claims.half_hash(response["access_token"])}
            of_family = order._replace(family=authorization) if order.grant.claims else order
            response["id_token"] = self.id_token(unit_of_work, of_family, order.grant, order.account, hashes)
        return response

    def access_token(
        self, unit_of_work: UnitOfWork, order: Order, authorization: Authorization | None
    ) -> dict[str, Any]:
        """An access token with what is told beside it."""
        # What dies with a mandate is never read without asking us.
        is_jwt = order.client.access_token_format is AccessTokenFormat.JWT and order.acting is None
        lifetime = min(self._lifetimes.access_token, JWT_SECONDS) if is_jwt else self._lifetimes.access_token
        if order.expires_by is not None:
            lifetime = min(lifetime, order.expires_by - order.at)
        write = self._jwt if is_jwt else self._opaque
        told: dict[str, Any] = {
            "access_token": write(unit_of_work, order, lifetime, authorization),
            "token_type": type_of(order.binding),
            "expires_in": lifetime,
            "scope": " ".join(order.scope),
        }
        if order.matters:  # RFC 9396 §7
            told["authorization_details"] = details_of(order.matters)
        if order.acting is not None and "mandate" in order.client.authorization_details_types:
            told["authorization_details"] = [*told.get("authorization_details", ()), detail_of(order.acting)]
        return told

    def id_token(
        self, unit_of_work: UnitOfWork, order: Order, grant: Grant, account: Account, told_beside: Mapping[str, Any]
    ) -> str:
        """An id_token that tells, beside what each tells, hashes of what comes along with it, or the person's data."""
        told = claims.id_token(grant, account, self._issuer, order.at, self._lifetimes.id_token)
        if claims.are_asked_in_id_token(grant.claims):
            told |= self._asked(unit_of_work, order, grant, account)
            told["acr"] = claims.acr_as_asked(grant, self._acr_prefix)
        told |= told_beside
        if order.acting is not None:
            told |= principal_claims(unit_of_work, order.acting, order.client.sector)
        if order.is_refresh:
            told.pop("nonce", None)
        signed = self._signer.sign(told, algorithm_for(order.client, order.client.id_token_signed_response_alg))
        if order.client.id_token_encrypted_response_alg is None:
            return signed
        if order.recipient is None:
            raise ValueError("this id_token would leave in the clear")
        return order.recipient.encrypt(signed.encode(), is_jwt=True)

    def _asked(self, unit_of_work: UnitOfWork, order: Order, grant: Grant, account: Account) -> dict[str, Any]:
        """What of the person is asked for in the id_token; it is written down, but not at every refresh."""
        attributes = unit_of_work.accounts.attributes(account.id)
        telling = Telling(account, attributes, order.client, order.scope, order.at)
        told = claims.asked_in_id_token(grant.claims, telling)
        verified = claims.verified(grant.claims, "id_token", telling, partial(self._evidence.of, unit_of_work, telling))
        told |= verified
        if told and order.family is not None:
            disclosures.note(unit_of_work, order.family, Door.ID_TOKEN, telling, claims.names_of(told))
        elif told:
            unit_of_work.events.record(disclosed(grant, Door.ID_TOKEN, telling, claims.names_of(told)))
        return told

    def _opaque(self, unit_of_work: UnitOfWork, order: Order, lifetime: int, family: Authorization | None) -> str:
        """An access token that its audience asks us about (RFC 7662)."""
        audience = order.audience
        if order.grant is not None:
            subject_at(unit_of_work, order.grant, audience)  # made now, told at introspection
        if order.acting is not None:
            principal_at(unit_of_work, order.acting, sector_at(unit_of_work, order.client, audience))
        token = OpaqueToken(
            family=0 if family is None else family.id,
            mark="" if family is None else family.mark,
            client_id=order.client.client_id,
            audience=audience,
            scope=order.scope,
            issued_at=order.at,
            expires_at=after(order.at, lifetime),
            binding=order.binding,
            act=order.act,
            matters=order.matters,
        )
        return opaque_tokens.write(self._cipher, token)

    def _jwt(self, unit_of_work: UnitOfWork, order: Order, lifetime: int, family: Authorization | None) -> str:
        """An access token that its audience reads by itself (RFC 9068 §2.2)."""
        told: dict[str, Any] = {
            "iss": self._issuer,
            "aud": order.audience or self._issuer,
            "client_id": order.client.client_id,
            "iat": order.at,
            "exp": after(order.at, lifetime),
            # The family in front and its mark behind: a token is traced to it without a row.
            "jti": f"0.{random_token(16)}" if family is None else f"{family.id}.{random_token(16)}.{family.mark}",
            "scope": " ".join(order.scope),
            **confirmation_of(order.binding),
            **({} if order.act is None else {"act": order.act}),
        }
        if order.matters:  # RFC 9396 §9.1
            told["authorization_details"] = details_of(order.matters)
        grant = order.grant
        if grant is not None and order.client.may_act is not None and order.audience is not None:
            told["may_act"] = actor_of(order.client.may_act)
        if grant is None:
            told["sub"] = order.client.client_id
        else:
            told["sub"] = subject_at(unit_of_work, grant, order.audience)
            told |= {"auth_time": grant.auth_time, "acr": grant.acr, "amr": list(grant.amr)}
        return self._signer.sign(told, JWT_ALG, JWT_TYPE)


def subject_at(unit_of_work: UnitOfWork, grant: Grant, audience: str | None) -> str:
    """The `sub` that a token's audience may know: the one of the audience's own sector (OpenID Connect Core §8.1)."""
    resource = None if audience is None else unit_of_work.clients.of_resource(audience)
    return grant.sub if resource is None else unit_of_work.subjects.of(grant.account_id, resource.sector)


def sector_at(unit_of_work: UnitOfWork, client: Client, audience: str | None) -> str:
    """The sector of a token's audience; of one for our own userinfo endpoint that of the client."""
    resource = None if audience is None else unit_of_work.clients.of_resource(audience)
    return client.sector if resource is None else resource.sector


def actor_of(client_id: str) -> dict[str, str]:
    """A client as the members `act` and `may_act` tell of it (RFC 8693 §4.1, §4.4)."""
    return {"client_id": client_id, "sub": client_id}
