"""Whether a person works for the city: stricter rules hold for their password then (`passwords.staff_…`)."""

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.ports import UnitOfWork


def employ(unit_of_work: UnitOfWork, account_id: int, now: Instant, *, is_staff: bool) -> bool:
    """Say so; False: that was known. Of a citizen no former password is kept."""
    is_new = unit_of_work.accounts.employ(account_id, now if is_staff else None)
    if not is_staff:
        unit_of_work.credentials.forget_former(account_id)
    if is_new:
        action = Action.ACCOUNT_EMPLOYED if is_staff else Action.ACCOUNT_DISMISSED
        unit_of_work.events.record(Event(kind=Kind.AUDIT, action=action, at=now, account_id=account_id))
    return is_new
