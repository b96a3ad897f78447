"""The end of an authorization request that may proceed: the code, and what is written down about it."""

from dataclasses import dataclass

from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.http.request import Request
from idp.http.response import Response
from idp.interaction.next_step import Situation
from idp.model.authorization import AuthorizationCode, Grant
from idp.model.client import Client
from idp.model.interaction import Interaction
from idp.model.session import VisitorAtClient
from idp.oauth import claims
from idp.oauth.codes import Codes
from idp.oauth.extensions.response_mode import AuthorizationResponses
from idp.policy import levels
from idp.ports import UnitOfWork
from idp.services import Services


@dataclass(frozen=True, slots=True)
class Decided:
    """A request whose last step was `Proceed` for this scope."""

    interaction: Interaction
    client: Client
    situation: Situation
    scope: tuple[str, ...]


class CodeResponse:
    """Issues codes."""

    def __init__(self, services: Services, codes: Codes, responses: AuthorizationResponses) -> None:
        self._services = services
        self._codes = codes
        self._responses = responses

    def respond(self, unit_of_work: UnitOfWork, request: Request, decided: Decided) -> Response:
        """Write down who lets whom see what, then send the code to the client (RFC 6749 §4.1.2)."""
        visitor = decided.situation.visitor
        if visitor is None:
            raise Refused("server_error", "Nobody is signed in.", status=500)
        now = self._services.clock()
        grant = self._grant(unit_of_work, decided, visitor)
        if not visitor.takes_part:
            unit_of_work.sessions.join(visitor.session.id, grant.client_id, now)
        unit_of_work.events.record(_event(decided.client, grant, now))
        unit_of_work.commit()
        asked = decided.interaction.request
        code = AuthorizationCode(
            grant=grant, redirect_uri=asked.redirect_uri, code_challenge=asked.code_challenge, issued_at=now
        )
        return self._responses.to_client(request, asked, {"code": self._codes.issue(code)})

    def _grant(self, unit_of_work: UnitOfWork, decided: Decided, visitor: VisitorAtClient) -> Grant:
        session = visitor.session
        return Grant(
            client_id=decided.client.client_id,
            account_id=session.account_id,
            session_id=session.id,
            sid=session.sid,
            sub=visitor.sub or unit_of_work.subjects.of(session.account_id, decided.client.sector),
            scope=tuple(name for name in decided.scope if name in decided.interaction.request.scope),
            auth_time=session.auth_time,
            acr=levels.acr_of(decided.situation.reached, self._services.settings.policy.acr_prefix),
            amr=tuple(str(method) for method in session.methods),
            nonce=decided.interaction.request.nonce,
            claims=claims.allowed(decided.interaction.request.claims, decided.scope),
        )


def _event(client: Client, grant: Grant, now: Instant) -> Event:
    return Event(
        kind=Kind.AUDIT,
        action=Action.AUTHORIZED,
        at=now,
        account_id=grant.account_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        channel=client.channel,
        data={"acr": grant.acr, "scope": list(grant.scope)},
    )
