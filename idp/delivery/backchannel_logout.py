"""Logout tokens on their way from the outbox to the apps (OpenID Connect Back-Channel Logout 1.0 §2.4 to §2.8)."""

from collections.abc import Callable

import structlog

from idp.clock import after
from idp.errors import Unavailable
from idp.fetch import Fetcher, FetchRefused
from idp.model.client import Client
from idp.model.message import OutboxItem
from idp.ports import DeliveryResult
from idp.services import Services

TYPE = "logout+jwt"
"""§2.4: so that no other token of ours is taken for one, nor one for an id_token (RFC 8725 §3.11)."""
EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_SECONDS = 120
"""§2.4 recommends at most two minutes; each try is signed anew."""
TRIES_OF_REFUSED = 3
"""§2.8: 400 says that the app does not take this token; more tries would only repeat it."""

_ACCEPTED = frozenset({200, 204})
_REFUSED = 400

_log = structlog.get_logger()


class BackchannelLogoutHandler:
    """Signs a logout token and posts it to the app.

    Args:
        services: whose keys sign, and where the app is registered.
        fetcher: reaches https addresses of public hosts, and nothing else unless the settings name it.
        encrypt: encrypts a token for a client that registered it for its id_tokens (§2.4); raises `Unavailable`.
    """

    def __init__(self, services: Services, fetcher: Fetcher, encrypt: Callable[[Client, str], str]) -> None:
        self._services = services
        self._fetcher = fetcher
        self._encrypt = encrypt

    def __call__(self, item: OutboxItem) -> DeliveryResult:
        """What the app answered (§2.8)."""
        with self._services.begin() as unit_of_work:
            client = unit_of_work.clients.get(item.payload.get("client_id", ""))
        if client is None or client.backchannel_logout_uri is None:
            return DeliveryResult(is_accepted=False, reason="no_address")
        try:
            token = self._encrypt(client, self._token(item, client))
        except KeyError:
            return DeliveryResult(is_accepted=False, reason="payload_unreadable")
        except Unavailable as refused:
            _log.info("backchannel_logout.unwritten", item=item.id, client_id=client.client_id, detail=refused.detail)
            return DeliveryResult(is_accepted=False, may_retry=True, reason="no_key")
        try:
            answer = self._fetcher.post(client.backchannel_logout_uri, form={"logout_token": token})
        except FetchRefused as refused:
            _log.info("backchannel_logout.unreachable", item=item.id, client_id=client.client_id, detail=refused.detail)
            return DeliveryResult(is_accepted=False, may_retry=True, reason="unreachable")
        if answer.status in _ACCEPTED:
            return DeliveryResult(is_accepted=True)
        may_retry = answer.status != _REFUSED or item.attempts < TRIES_OF_REFUSED
        return DeliveryResult(is_accepted=False, may_retry=may_retry, reason=f"http_{answer.status}")

    def _token(self, item: OutboxItem, client: Client) -> str:
        """The logout token (§2.4); KeyError when the payload lacks a claim.

        `jti` is the promise's own: an app that has seen it knows a repetition, whose answer we did not hear.
        """
        now = self._services.clock()
        claims = {
            "iss": self._services.settings.issuer,
            "sub": item.payload["sub"],
            "aud": client.client_id,
            "iat": now,
            "exp": after(now, TOKEN_SECONDS),
            "jti": item.payload["jti"],
            "sid": item.payload["sid"],
            "events": {EVENT: {}},
        }
        return self._services.signer.sign(claims, client.id_token_signed_response_alg, TYPE)
