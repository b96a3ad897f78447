"""The userinfo endpoint (OpenID Connect Core §5.3): GET or POST with a bearer token (RFC 6750)."""

from functools import partial
from typing import NamedTuple

from idp.audit.usage import UsageCounts
from idp.clock import Instant, after
from idp.errors import ProofRefused, Refused, Unavailable
from idp.events import Action
from idp.http.access_token import SCHEMES, presented, where_metadata_is
from idp.http.request import Request
from idp.http.response import NO_STORE, Response, json_response
from idp.model.authorization import Authorization, Grant
from idp.model.client import Client, Profile
from idp.model.policy import Facts, Level
from idp.oauth import claims
from idp.oauth.access_tokens import LiveToken
from idp.oauth.number_claims import Telling
from idp.oauth.profiles import rules_of, union
from idp.oauth.server import AuthorizationServer
from idp.oauth.tokens import released
from idp.oauth.told_evidence import ToldEvidence
from idp.oauth.userinfo_jwt import MEDIA_TYPE, UserinfoJwt
from idp.policy import levels
from idp.policy.decide import decide
from idp.policy.rules import Rule
from idp.ports import UnitOfWork
from idp.services import Services

PATH = "/userinfo"
_JWT_HEADERS = (("Content-Type", MEDIA_TYPE), *NO_STORE)


class UserinfoEndpoint:
    """Tells the holder of an access token what its scope releases."""

    def __init__(
        self, services: Services, server: AuthorizationServer, usage: UsageCounts, rules: tuple[Rule, ...]
    ) -> None:
        self._services = services
        self._rules = rules
        self._usage = usage
        self._possession = server.possession
        self._jwt = UserinfoJwt(services, server.recipients)
        allowed = union(Profile(profile) for profile in services.settings.profiles)
        self._evidence = ToldEvidence(services.cipher)
        self._metadata = where_metadata_is(services.settings.issuer, PATH)
        self._algorithms = " ".join(allowed.client_algorithms)
        self._access_tokens = server.access_tokens

    def __call__(self, request: Request) -> Response:
        """The claims as JSON or as the JWT that the client registered, or a challenge."""
        try:
            return self._answer(request)
        except Unavailable:
            raise
        except ProofRefused as refused:
            return self._proof_challenge(refused)
        except Refused as refused:
            return self._challenge(_Lack(refused.status, refused.code, refused.public))

    def _answer(self, request: Request) -> Response:
        shown = presented(request)
        if shown is None:
            ways = (f"Bearer {self._metadata}", f'DPoP algs="{self._algorithms}", {self._metadata}')
            return json_response(401, {"error": "invalid_request"}, *(("WWW-Authenticate", way) for way in ways))
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            token = self._access_tokens.resolve(unit_of_work, shown[1], now, with_person=True)
            client = None if token is None else unit_of_work.clients.get(token.client_id)
            is_for_us = token is not None and token.audience is None
            if (
                client is None
                or token is None
                or not (is_for_us and self._possession.fits(request, shown, token.binding, rules_of(client)))
            ):
                dead = _Lack(401, "invalid_token", "The access token is unknown, expired, revoked or for others.")
                return self._challenge(dead, shown[0])
            if token.standing is None or "openid" not in token.scope:
                narrow = _Lack(403, "insufficient_scope", "The access token lacks the scope openid.")
                return self._challenge(narrow, shown[0])
            grant = token.standing.authorization.grant
            if (lack := self._lacking(client, token, grant, now)) is not None:
                return self._challenge(lack, shown[0])
            # Of a token that 0.2.0 wrote nothing was read along.
            attributes = token.attributes or unit_of_work.accounts.attributes(grant.account_id)
            telling = Telling(token.standing.account, attributes, client, token.scope, now)
            told = claims.userinfo(grant.sub, telling, grant.claims)
            told |= claims.verified(
                grant.claims, "userinfo", telling, partial(self._evidence.of, unit_of_work, telling)
            )
            jwt = self._jwt.write(client, told)
            if token.standing.authorization.released_at is None:
                _write_down(unit_of_work, token.standing.authorization, claims.names_of(told), now)
        self._usage.count(Action.CLAIMS_RELEASED, token.client_id)
        return json_response(200, told) if jwt is None else Response(200, _JWT_HEADERS, jwt.encode())

    def _challenge(self, lack: "_Lack", scheme: str = "bearer") -> Response:
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

    def _proof_challenge(self, refused: ProofRefused) -> Response:
        """RFC 9449 §7.1 and §9."""
        response = self._challenge(_Lack(401, refused.code, refused.public), "dpop")
        return response if refused.nonce is None else response.with_headers(("DPoP-Nonce", refused.nonce))

    def _lacking(self, client: Client, token: LiveToken, grant: Grant, now: Instant) -> "_Lack | None":
        """What the sign-in behind the token lacks for what these data require now (RFC 9470 §3); None: nothing.

        The rules of the door, asked again: they may have been tightened since, and a sign-in gets older.
        """
        channel = self._services.channels.get(client.channel)
        if channel is None:
            return _Lack(401, "invalid_token", "The channel of this client is switched off.")
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
        return _Lack(401, "insufficient_user_authentication", "A stronger or newer sign-in is required.", tuple(asks))


class _Lack(NamedTuple):
    """Why a token is not enough: status, the registered error, words, and what would be enough."""

    status: int
    error: str
    description: str
    asks: tuple[str, ...] = ()


def _write_down(unit_of_work: UnitOfWork, family: Authorization, names: list[str], now: Instant) -> None:
    """The first release to this family is audited, so that the person sees it; repetitions are counted."""
    if unit_of_work.authorizations.release(family.id, now):
        unit_of_work.events.record(released(family.grant, names, now))
        unit_of_work.commit()
