"""Somebody holds a role no more: with it goes the work account, and everything that is open on it."""

from idp.accounts.status import Reason, close
from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.office import OFFICERS, Role
from idp.ports import UnitOfWork


def dismiss(unit_of_work: UnitOfWork, account_id: int, by: int | None, now: Instant) -> bool:
    """Take the role away and close the account; the next click is refused (threat M13). False: it held none."""
    held = unit_of_work.appointments.end(account_id, now)
    if held is None:
        return False
    close(unit_of_work, account_id, Reason.LEFT, now)
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.OFFICE_LEFT,
            at=now,
            account_id=account_id,
            actor_id=by,
            data={"role": held.role.value},
        )
    )
    return True


def missing_officers(unit_of_work: UnitOfWork) -> list[Role]:
    """Those of the three roles that nobody holds."""
    held = {each.role for each in unit_of_work.appointments.in_force(OFFICERS)}
    return [role for role in OFFICERS if role not in held]
