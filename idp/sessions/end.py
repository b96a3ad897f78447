"""End a session: once, with everything that was opened by it."""

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.session import Session
from idp.ports import UnitOfWork


def end(unit_of_work: UnitOfWork, session: Session, now: Instant) -> bool:
    """End it; its codes, tokens and silent sign-ins die with it. False when it had ended before."""
    if not unit_of_work.sessions.end(session.id, now):
        return False
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
