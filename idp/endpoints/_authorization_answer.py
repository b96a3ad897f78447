"""The end of an authorization request that may proceed: what the client gets, and what is written down about it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from idp.accounts.mandate_use import use
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.http.request import Request
from idp.http.response import Response
from idp.interaction.next_step import Situation
from idp.model.authorization import Grant
from idp.model.client import Client
from idp.model.interaction import Interaction
from idp.model.remit import narrowed
from idp.model.session import VisitorAtClient
from idp.oauth import claims
from idp.oauth.extensions.response_mode import AuthorizationResponses
from idp.oauth.front_channel import FrontChannel
from idp.oauth.server import AuthorizationServer
from idp.oauth.tokens import Order
from idp.policy import levels
from idp.ports import UnitOfWork
from idp.services import Services

_NOTHING = nullcontext()


@dataclass(frozen=True, slots=True)
class Decided:
    """A request whose last step was `Proceed` for this scope, and by this mandate."""

    interaction: Interaction
    client: Client
    situation: Situation
    scope: tuple[str, ...]
    mandate_id: int | None = None


class MandateOver(Refused):
    """Between the person's choice and the answer the mandate ended, or somebody else used it up."""

    def __init__(self) -> None:
        super().__init__("access_denied", "The person no longer acts for whom they did.")


class AuthorizationAnswer:
    """Lets clients have what they asked for."""

    def __init__(self, services: Services, server: AuthorizationServer, responses: AuthorizationResponses) -> None:
        self._services = services
        self._front_channel = FrontChannel(server.codes, server.mint, server.recipients)
        self._pushed = server.authorization_requests.pushed
        self._responses = responses

    def respond(self, unit_of_work: UnitOfWork, request: Request, decided: Decided) -> Response:
        """Write down who lets whom see what, then send it to the client (RFC 6749 §4.1.2)."""
        visitor = decided.situation.visitor
        if visitor is None:
            raise Refused("server_error", "Nobody is signed in.", status=500)
        asked = decided.interaction.request
        with _NOTHING if asked.request_uri is None else self._used_up(asked.client_id, asked.request_uri):
            # Before anything is written, since the key may have to be fetched.
            recipient = self._front_channel.recipient(asked, decided.client)
            now = self._services.clock()
            grant = self._grant(unit_of_work, decided, visitor)
            if decided.mandate_id is not None:
                grant = self._by_mandate(unit_of_work, decided, grant, decided.mandate_id)
            if not visitor.takes_part:
                unit_of_work.sessions.join(visitor.session.id, grant.client_id, now)
            unit_of_work.events.record(_event(unit_of_work, decided.client, grant, now))
            order = Order(
                client=decided.client,
                scope=grant.scope,
                at=now,
                grant=grant,
                account=visitor.account,
                recipient=recipient,
            )
            told = self._front_channel.members(unit_of_work, asked, order)
            unit_of_work.commit()
        return self._responses.to_client(request, asked, told)

    @contextmanager
    def _used_up(self, client_id: str, request_uri: str) -> Iterator[None]:
        """A pushed request is answered once (RFC 9126 §4); where nothing could be written down, it was not answered."""
        self._pushed.answer(client_id, request_uri)
        try:
            yield
        except Refused:
            self._pushed.take_back(client_id, request_uri)
            raise

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
            resources=decided.interaction.request.resources,
            matters=decided.interaction.request.matters,
        )

    def _by_mandate(self, unit_of_work: UnitOfWork, decided: Decided, grant: Grant, mandate_id: int) -> Grant:
        """The grant within the mandate, whose principal is told; what only goes on for whom it went on before is no news."""
        services, now = self._services, self._services.clock()
        acting = unit_of_work.mandates.get(mandate_id)
        unheard = services.settings.mandates.unheard_seconds
        if acting is None or acting.why_not_anew(now, unheard) is not None:
            raise MandateOver
        identities = decided.situation.identities
        goes_on = decided.interaction.identity is None and identities is not None and identities.was_used
        if not goes_on and not use(services, unit_of_work, acting, grant.client_id, now):
            raise MandateOver
        scope, matters = narrowed(acting.mandate.remit, grant.client_id, grant.scope, grant.matters)
        return replace(grant, scope=scope, matters=matters, mandate_id=mandate_id)


def _event(unit_of_work: UnitOfWork, client: Client, grant: Grant, now: Instant) -> Event:
    data: dict[str, str | int | list[str]] = {"acr": grant.acr, "scope": list(grant.scope)}
    # Where tokens of it may be used: what introspection, exchange and the tokens themselves tell there is who it is.
    if targets := grant.resources or ((client.audience,) if client.audience else ()):
        data["resources"] = list(targets)
    if grant.matters:
        data["matters"] = [matter.code for matter in grant.matters]
    acting = None if grant.mandate_id is None else unit_of_work.mandates.get(grant.mandate_id)
    if acting is not None:
        data |= {"mandate": acting.mandate.uid, "role": acting.mandate.role.value}
    return Event(
        kind=Kind.AUDIT,
        action=Action.AUTHORIZED,
        at=now,
        account_id=grant.account_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        channel=client.channel,
        data=data,
    )
