"""The apps that a person lets have something, and how to take it back.

An app is one of them while a consent is kept for it, or while it takes part in a living session.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.client import Client
from idp.model.consent import Consent
from idp.model.release import is_asked_separately
from idp.model.session import Session, Visitor
from idp.ports import UnitOfWork
from idp.sessions import logout

AsksConsent = Callable[[Client], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsApp:
    """One app, as its person sees it.

    Attributes:
        scope: what it may see, or was let see when no consent is kept.
        is_by_law: whether it sees that without having to ask; then nothing can be taken back. What it was allowed in an
            answer of its own it was allowed by the person, whatever its registration says of the rest.
        is_open: whether it takes part in a living session.
        used_at: when it got a token last; None: nothing of it is kept.
    """

    client: Client
    scope: tuple[str, ...]
    is_by_law: bool
    is_open: bool
    consent: Consent | None
    first_at: Instant | None
    used_at: Instant | None


def apps_of(
    unit_of_work: UnitOfWork, account_id: int, living: Sequence[Session], asks_consent: AsksConsent
) -> list[PersonsApp]:
    """Every app of the person, the one used last first."""
    consents = {consent.client_id: consent for consent in unit_of_work.consents.of_account(account_id)}
    is_open = {client_id for session in living for client_id in unit_of_work.sessions.client_ids(session.id)}
    uses = unit_of_work.authorizations.uses(account_id)
    apps = []
    for client_id in (*consents, *sorted(is_open - set(consents))):
        client = unit_of_work.clients.get(client_id)
        if client is None:
            continue
        used = [use for use in uses if use.client_id == client_id]
        consent = consents.get(client_id)
        apps.append(
            PersonsApp(
                client=client,
                scope=consent.scope if consent else tuple(dict.fromkeys(name for use in used for name in use.scope)),
                is_by_law=not (asks_consent(client) or (consent and is_asked_separately(consent.scope))),
                is_open=client_id in is_open,
                consent=consent,
                first_at=min((use.first_at for use in used), default=None),
                used_at=max((use.last_at for use in used), default=None),
            )
        )
    return sorted(apps, key=lambda app: app.used_at or 0, reverse=True)


def withdraw(
    unit_of_work: UnitOfWork, visitor: Visitor, app: PersonsApp, living: Sequence[Session], now: Instant
) -> None:
    """Take the consent back: the app holds nothing any more, hears of it, and has to ask when the person comes again."""
    unit_of_work.consents.withdraw(visitor.account.id, app.client.client_id)
    _leave(unit_of_work, visitor, app, living, now)
    event = _event(Action.CONSENT_WITHDRAWN, visitor, app, now)
    unit_of_work.events.record(event)


def sign_out(
    unit_of_work: UnitOfWork, visitor: Visitor, app: PersonsApp, living: Sequence[Session], now: Instant
) -> None:
    """End it at one app alone; what was allowed stays allowed."""
    _leave(unit_of_work, visitor, app, living, now)
    unit_of_work.events.record(_event(Action.APP_SIGNED_OUT, visitor, app, now))


def _leave(
    unit_of_work: UnitOfWork, visitor: Visitor, app: PersonsApp, living: Sequence[Session], now: Instant
) -> None:
    client_id = app.client.client_id
    for session in living:
        if client_id in unit_of_work.sessions.client_ids(session.id):
            logout.promise_to(unit_of_work, client_id, session, now)
            unit_of_work.sessions.leave(session.id, client_id)
    unit_of_work.authorizations.revoke_at(visitor.account.id, client_id, now)


def _event(action: Action, visitor: Visitor, app: PersonsApp, now: Instant) -> Event:
    return Event(
        kind=Kind.AUDIT,
        action=action,
        at=now,
        account_id=visitor.account.id,
        client_id=app.client.client_id,
        session_id=visitor.session.id,
        channel=visitor.session.channel,
        data={"scope": list(app.scope)} if action is Action.CONSENT_WITHDRAWN else {},
    )
