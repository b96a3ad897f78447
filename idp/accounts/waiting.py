"""A new phone that waits in the place of a lost one: what else happens to the account may end the waiting."""

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.recovery import RecoveryOutcome
from idp.ports import UnitOfWork


def cancel_waiting(
    unit_of_work: UnitOfWork, account_id: int, now: Instant, outcome: RecoveryOutcome = RecoveryOutcome.CANCELLED
) -> bool:
    """End what waits for this account, and write down how; False: nothing does."""
    if not unit_of_work.recoveries.end_of(account_id, outcome, now):
        return False
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.RECOVERY_CANCELLED,
            at=now,
            outcome=outcome.value,
            account_id=account_id,
        )
    )
    return True
