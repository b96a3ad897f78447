"""The userinfo endpoint (OpenID Connect Core §5.3): GET or POST with a bearer token (RFC 6750)."""

from idp.audit.usage import UsageCounts
from idp.clock import Instant, after
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.http.request import FORM, Request
from idp.http.response import Response, json_response
from idp.model.authorization import Authorization, Grant
from idp.model.policy import Facts, Level
from idp.oauth import claims
from idp.oauth.access_tokens import AccessTokens, LiveToken
from idp.policy import levels
from idp.policy.decide import decide
from idp.policy.rules import Rule
from idp.ports import UnitOfWork
from idp.services import Services

PATH = "/userinfo"


class UserinfoEndpoint:
    """Tells the holder of an access token what its scope releases."""

    def __init__(self, services: Services, usage: UsageCounts, rules: tuple[Rule, ...]) -> None:
        self._services = services
        self._rules = rules
        self._usage = usage
        self._access_tokens = AccessTokens(services.settings.issuer, services.signer, services.cipher)

    def __call__(self, request: Request) -> Response:
        """The claims as JSON, or a challenge."""
        try:
            bearer = _bearer(request)
        except Refused as refused:
            return _challenge(refused.status, refused.code, refused.public)
        if bearer is None:
            return json_response(401, {"error": "invalid_request"}, ("WWW-Authenticate", "Bearer"))
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            token = self._access_tokens.resolve(unit_of_work, bearer, now, with_person=True)
            if token is None or token.audience is not None:
                return _challenge(401, "invalid_token", "The access token is unknown, expired, revoked or for others.")
            if token.standing is None or "openid" not in token.scope:
                return _challenge(403, "insufficient_scope", "The access token lacks the scope openid.")
            grant = token.standing.authorization.grant
            if (step_up := self._step_up(unit_of_work, token, grant, now)) is not None:
                return step_up
            # Of a token that 0.2.0 wrote nothing was read along.
            attributes = token.attributes or unit_of_work.accounts.attributes(grant.account_id)
            told = claims.userinfo(grant.sub, token.scope, attributes, grant.claims)
            if token.standing.authorization.released_at is None:
                _write_down(unit_of_work, token.standing.authorization, sorted(told), now)
        self._usage.count(Action.CLAIMS_RELEASED, token.client_id)
        return json_response(200, told)

    def _step_up(self, unit_of_work: UnitOfWork, token: LiveToken, grant: Grant, now: Instant) -> Response | None:
        """What the sign-in behind the token lacks for what these data require now (RFC 9470 §3); None: nothing.

        The rules of the door, asked again: they may have been tightened since, and a sign-in gets older.
        """
        client = unit_of_work.clients.get(token.client_id)
        channel = None if client is None else self._services.channels.get(client.channel)
        if client is None or channel is None:
            return _challenge(401, "invalid_token", "The channel of this client is switched off.")
        facts = Facts(
            client_id=client.client_id,
            client_level=client.level,
            channel=channel.name,
            channel_ceiling=channel.ceiling,
            scope=token.scope,
        )
        required = decide(facts, self._rules, client_asks_consent=False)
        prefix = self._services.settings.policy.acr_prefix
        lacks = []
        if (levels.level_of(grant.acr, prefix) or Level.NONE) < required.level:
            lacks.append(f'acr_values="{levels.acr_of(required.level, prefix)}"')
        if required.max_age is not None and now > after(grant.auth_time, required.max_age):
            lacks.append(f'max_age="{required.max_age}"')
        if not lacks:
            return None
        return _challenge(401, "insufficient_user_authentication", "A stronger or newer sign-in is required.", *lacks)


def _write_down(unit_of_work: UnitOfWork, family: Authorization, names: list[str], now: Instant) -> None:
    """The first release to this family is audited, so that the person sees it; repetitions are counted."""
    if unit_of_work.authorizations.release(family.id, now):
        unit_of_work.events.record(
            Event(
                kind=Kind.AUDIT,
                action=Action.CLAIMS_RELEASED,
                at=now,
                account_id=family.grant.account_id,
                client_id=family.grant.client_id,
                session_id=family.grant.session_id,
                data={"claims": names},
            )
        )
        unit_of_work.commit()


def _bearer(request: Request) -> str | None:
    """The token from the header or the form body (RFC 6750 §2.1, §2.2); never from the query, which is logged."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    in_header = token.strip() if scheme.lower() == "bearer" else None
    in_body = None
    if request.method == "POST" and request.headers.get("content-type", "").startswith(FORM):
        request.form.refuse_doubled("access_token")
        in_body = request.form.text("access_token")
    if in_header and in_body:
        raise Refused("invalid_request", "Present the access token in one way only.")
    return in_header or in_body


def _challenge(status: int, error: str, description: str, *asks: str) -> Response:
    challenge = ", ".join((f'Bearer error="{error}"', f'error_description="{description}"', *asks))
    return json_response(status, {"error": error, "error_description": description}, ("WWW-Authenticate", challenge))
