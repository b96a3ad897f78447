"""What a resource of ours tells whoever comes with too little: no token, a dead or narrow one, a sign-in that is too weak."""

from typing import NamedTuple

from idp.clock import Instant, after
from idp.errors import ProofRefused
from idp.http.access_token import SCHEMES, where_metadata_is
from idp.http.response import Response, json_response
from idp.model.authorization import Grant
from idp.model.client import Client, Profile
from idp.model.policy import Facts, Level
from idp.oauth.access_tokens import LiveToken
from idp.oauth.profiles import union
from idp.policy import levels
from idp.policy.decide import decide
from idp.policy.rules import Rule
from idp.services import Services


class Lack(NamedTuple):
    """Why a token is not enough: status, the registered error, words, and what would be enough."""

    status: int
    error: str
    description: str
    asks: tuple[str, ...] = ()


DEAD = Lack(401, "invalid_token", "The access token is unknown, expired, revoked or for others.")


class Challenges:
    """Those of one resource.

    Args:
        path: where it is, and its metadata below the well-known place (RFC 9728).
    """

    def __init__(self, services: Services, rules: tuple[Rule, ...], path: str) -> None:
        self._services = services
        self._rules = rules
        allowed = union(Profile(profile) for profile in services.settings.profiles)
        self._metadata = where_metadata_is(services.settings.issuer, path)
        self._algorithms = " ".join(allowed.client_algorithms)

    def to_nobody(self) -> Response:
        """No token came: how one is shown, and no error (RFC 6750 §3.1)."""
        ways = (f"Bearer {self._metadata}", f'DPoP algs="{self._algorithms}", {self._metadata}')
        return json_response(401, {"error": "invalid_request"}, *(("WWW-Authenticate", way) for way in ways))

    def to(self, lack: Lack, scheme: str = "bearer") -> Response:
        """RFC 6750 §3 and RFC 9449 §7.1, with the way to all else (RFC 9728 §5.1)."""
        told = {"error": lack.error, "error_description": lack.description}
        of_key = (f'algs="{self._algorithms}"',) if scheme == "dpop" else ()
        parts = (
            f'error="{lack.error}"',
            f'error_description="{lack.description}"',
            *lack.asks,
            *of_key,
            self._metadata,
        )
        way = f"{SCHEMES[scheme]} {', '.join(parts)}"
        return json_response(lack.status, told, ("WWW-Authenticate", way))

    def to_proof(self, refused: ProofRefused) -> Response:
        """RFC 9449 §7.1 and §9."""
        response = self.to(Lack(401, refused.code, refused.public), "dpop")
        return response if refused.nonce is None else response.with_headers(("DPoP-Nonce", refused.nonce))

    def lacking(self, client: Client, token: LiveToken, grant: Grant, now: Instant) -> Lack | None:
        """What the sign-in behind the token lacks for what these data require now (RFC 9470 §3); None: nothing.

        The rules of the door, asked again: they may have been tightened since, and a sign-in gets older.
        """
        channel = self._services.channels.get(client.channel)
        if channel is None:
            return Lack(401, "invalid_token", "The channel of this client is switched off.")
        facts = Facts(
            client_id=client.client_id,
            client_level=client.level,
            channel=channel.name,
            channel_ceiling=channel.ceiling,
            scope=token.scope,
        )
        required = decide(facts, self._rules, client_asks_consent=False)
        prefix = self._services.settings.policy.acr_prefix
        asks = []
        if (levels.level_of(grant.acr, prefix) or Level.NONE) < required.level:
            asks.append(f'acr_values="{levels.acr_of(required.level, prefix)}"')
        if required.max_age is not None and now > after(grant.auth_time, required.max_age):
            asks.append(f'max_age="{required.max_age}"')
        if not asks:
            return None
        return Lack(401, "insufficient_user_authentication", "A stronger or newer sign-in is required.", tuple(asks))
