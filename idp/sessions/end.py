"""End a session: once, with everything that was opened by it, and every app of it hears."""

from idp.clock import Instant
from idp.events import Action, Event, Kind
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
