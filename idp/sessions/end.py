"""End a session: once, with everything that was opened by it, and every app of it hears."""

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.policy import Method
from idp.model.session import Session
from idp.ports import UnitOfWork
from idp.sessions import logout


def end(unit_of_work: UnitOfWork, session: Session, now: Instant) -> bool:
    """End it; its codes, tokens and silent sign-ins die with it. False when it had ended before.

    In the same transaction its apps are promised to be told. Every path that ends a session comes by here: signing out
    at an app or with us, and another person signing in on the same browser.
    """
    if not unit_of_work.sessions.end(session.id, now):
        return False
    logout.promise(unit_of_work, session, now)
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.SIGNED_OUT,
            at=now,
            account_id=session.account_id,
            session_id=session.id,
            channel=session.channel,
        )
    )
    return True


def end_others(
    unit_of_work: UnitOfWork, own: Session, now: Instant, opened_by: frozenset[Method] | None = None
) -> None:
    """End the person's other sessions: all of them, or those that one of these opened."""
    for session in unit_of_work.sessions.unended(own.account_id):
        if session.id != own.id and (opened_by is None or not opened_by.isdisjoint(session.methods)):
            end(unit_of_work, session, now)
