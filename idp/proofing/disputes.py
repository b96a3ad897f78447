"""A number that another account holds, and the register says is this person's: a window sees who is right.

Nothing happens to the holder before that: whoever knows somebody's name and number could stop their account otherwise.
"""

from idp.accounts import status
from idp.accounts.evidence import Check, write
from idp.accounts.notices import Notices
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.account import Account
from idp.model.dispute import Claim, Dispute, DisputeOutcome
from idp.model.evidence import EvidenceMethod, WithdrawalReason
from idp.model.notice import Notice, NoticeKind
from idp.ports import ClaimedPerson, PopulationAnswer, UnitOfWork
from idp.services import Services


def open_dispute(
    services: Services, unit_of_work: UnitOfWork, claimant: Account, person: ClaimedPerson, answer: PopulationAnswer
) -> None:
    """Write it down for the officers; the claimant is told what everybody is told whose name could not be written."""
    now, holder = services.clock(), unit_of_work.accounts.find(person.document)
    if holder is None or holder.id == claimant.id:
        return
    claim = Claim(
        name=person.name,
        document=person.document,
        source=str(services.settings.sources.population),
        reference=answer.reference,
        answered_at=answer.answered_at,
    )
    if unit_of_work.disputes.open(claimant.id, holder.id, claim, now):
        told = {"claimant": claimant.uid, "holder": holder.uid}
        # Of no person: whoever reads what the log says of them must not learn that somebody has their number.
        unit_of_work.events.record(Event(kind=Kind.AUDIT, action=Action.DISPUTE_OPENED, at=now, data=told))


def decide(
    services: Services, unit_of_work: UnitOfWork, dispute: Dispute, outcome: DisputeOutcome, now: Instant
) -> None:
    """Give the number to whom it belongs.

    If that is the claimant, the holder loses number and evidence, and is frozen until a window has seen them; no `sub`
    changes. Raises `Refused` with nothing decided when it was decided meanwhile, or either is not as they were.
    """
    if not unit_of_work.disputes.decide(dispute.id, outcome, now):
        raise Refused("dispute_decided", "This dispute was decided already.", status=409)
    told = {"dispute": dispute.id, "outcome": outcome.value}
    event = Event(kind=Kind.AUDIT, action=Action.DISPUTE_DECIDED, at=now, data=told)
    unit_of_work.events.record(event)
    if outcome is DisputeOutcome.CLAIMANT:
        _take_from(unit_of_work, dispute, now)
        _give_to(services, unit_of_work, dispute, now)


def _take_from(unit_of_work: UnitOfWork, dispute: Dispute, now: Instant) -> None:
    if not unit_of_work.accounts.give_up_document(dispute.holder_id, dispute.claim.document, now):
        raise Refused("dispute_changed", "The account does not hold this number any more.", status=409)
    unit_of_work.evidence.withdraw_all(dispute.holder_id, WithdrawalReason.DISPUTED, now)
    status.freeze(unit_of_work, dispute.holder_id, status.Reason.DISPUTED, now)


def _give_to(services: Services, unit_of_work: UnitOfWork, dispute: Dispute, now: Instant) -> None:
    claim = dispute.claim
    if not unit_of_work.accounts.name_self(dispute.claimant_id, claim.name, claim.document, now):
        raise Refused("dispute_changed", "The claimant has another name by now, or no account any more.", status=409)
    check = Check(
        source=claim.source,
        method=EvidenceMethod.TWO_ELEMENTS,
        verified_at=claim.answered_at or dispute.opened_at,
        reference=claim.reference,
    )
    event = Event(kind=Kind.AUDIT, action=Action.EVIDENCE_RECORDED, at=now, account_id=dispute.claimant_id)
    write(services, unit_of_work, check, event)
    notices = Notices(services)
    for account_id, kind in (
        (dispute.holder_id, NoticeKind.FROZEN),
        (dispute.claimant_id, NoticeKind.IDENTITY_CORRECTED),
    ):
        notices.notify(unit_of_work, Notice(account_id=account_id, kind=kind, at=now))
