"""Evidence is taken back before its time: it was wrong, or it is another person's."""

from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.account import Account
from idp.model.evidence import WithdrawalReason
from idp.ports import UnitOfWork


def withdraw(unit_of_work: UnitOfWork, account: Account, evidence_id: int, why: WithdrawalReason, now: Instant) -> None:
    """From the commit on it is worth nothing. Raises `Refused("not_found", …)` when there is none that counts."""
    if not unit_of_work.evidence.withdraw(account.id, evidence_id, why, now):
        raise Refused("not_found", "The person has no such evidence that counts.", status=404)
    told = {"evidence": evidence_id, "why": why.value}
    unit_of_work.events.record(
        Event(kind=Kind.AUDIT, action=Action.EVIDENCE_WITHDRAWN, at=now, account_id=account.id, data=told)
    )
