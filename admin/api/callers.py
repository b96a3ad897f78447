"""Who calls the API: an officer's app with their token, or an app with its own; the role is looked up for each call."""

from dataclasses import dataclass

from admin.operation import Actor
from admin.permissions import IDLE_SECONDS
from idp.accounts.work_account import proves_work
from idp.clock import after
from idp.errors import ProofRefused, Refused
from idp.http.access_token import SCHEMES, in_header, where_metadata_is
from idp.http.request import Request
from idp.model.office import OFFICERS, Role
from idp.model.policy import Method
from idp.ports import Bearer, BearerTokens
from idp.services import Services

READ, WRITE = "officers:read", "officers:write"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what their token is good for."""

    actor: Actor
    scope: tuple[str, ...]

    def refuse_narrow(self, *, writes: bool) -> None:
        """Raises `Refused` unless the token's scope covers it."""
        needed = WRITE if writes else READ
        if needed not in self.scope:
            raise Refused("insufficient_scope", f"The access token lacks the scope {needed}.", status=403)


class Callers:
    """Reads the bearer token (RFC 6750 §2.1)."""

    def __init__(self, services: Services, tokens: BearerTokens, audience: str) -> None:
        self._services = services
        self._tokens = tokens
        self._audience = audience
        issuer = services.settings.issuer
        self._metadata = where_metadata_is(issuer, audience.removeprefix(issuer))

    def caller(self, request: Request) -> Caller:
        """Whoever holds the token, with the role they hold now; raises `Refused`."""
        bearer, now = self._bearer(request), self._services.clock()
        if bearer.account_id is None:
            role = self._role_of_app(bearer.client_id)
            return Caller(Actor(via="api", role=role, client_id=bearer.client_id), bearer.scope)
        is_recent = bearer.auth_time is not None and now <= after(bearer.auth_time, IDLE_SECONDS)
        if not (is_recent and proves_work(self._services, map(Method, bearer.amr))):
            raise Refused("stale_sign_in", "Sign in once more, by your key: it is too long ago.", status=401)
        with self._services.begin() as unit_of_work:
            held = unit_of_work.appointments.of(bearer.account_id)
        actor = Actor(
            via="api",
            role=None if held is None else held.role,
            account_id=bearer.account_id,
            client_id=bearer.client_id,
            auth_time=bearer.auth_time,
        )
        return Caller(actor, bearer.scope)

    def challenge(self, refused: Refused, request: Request) -> tuple[tuple[str, str], ...]:
        """What a client that was refused for its token is told (RFC 6750 §3, RFC 9449 §7.1 and §9)."""
        if isinstance(refused, ProofRefused):
            challenge = ("WWW-Authenticate", f'DPoP error="{refused.code}", {self._metadata}')
            return (challenge,) if refused.nonce is None else (challenge, ("DPoP-Nonce", refused.nonce))
        if refused.status == 401 or refused.code == "insufficient_scope":
            shown = in_header(request)
            scheme = SCHEMES["bearer" if shown is None else shown[0]]
            return (("WWW-Authenticate", f'{scheme} error="{refused.code}", {self._metadata}'),)
        return ()

    def _bearer(self, request: Request) -> Bearer:
        if "authorization" not in request.headers:
            raise Refused("invalid_token", "Send an access token: Authorization: Bearer.", status=401)
        with self._services.begin() as unit_of_work:
            bearer = self._tokens.read(unit_of_work, request, self._audience, self._services.clock())
        if bearer is None:
            raise Refused("invalid_token", "The access token is unknown, expired, revoked or for others.", status=401)
        return bearer

    def _role_of_app(self, client_id: str) -> Role | None:
        with self._services.begin() as unit_of_work:
            client = unit_of_work.clients.get(client_id)
        return client.api_role if client is not None and client.api_role in OFFICERS else None
