"""Evidence is written down with the event that says so, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from idp.accounts.act import Act
from idp.clock import Instant, after
from idp.events import Action, Event
from idp.model.evidence import WORTH, Evidence, EvidenceMethod, NewEvidence
from idp.model.policy import Proofing
from idp.ports import UnitOfWork
from idp.services import Services

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check that came out well.

    Attributes:
        source: the name of the source in the settings.
        reference: by which the source finds its answer again.
        operator_id: the clerk who saw to it.
        proofing: what it is worth, where that is less than its method can be.
    """

    source: str
    method: EvidenceMethod
    verified_at: Instant
    reference: str | None = None
    operator_id: int | None = None
    proofing: Proofing | None = None


def record(services: Services, unit_of_work: UnitOfWork, act: Act, check: Check) -> Evidence:
    """Write down what came of it for the person who acts; the caller holds the account, and commits."""
    return write(services, unit_of_work, check, act.event(Action.EVIDENCE_RECORDED))


def write(services: Services, unit_of_work: UnitOfWork, check: Check, event: Event) -> Evidence:
    """Write it down for the account of the event, for as long as the settings let it count; the caller commits."""
    assert event.account_id is not None
    days: int | None = getattr(services.settings.proofing, f"{check.method}_days")
    new = NewEvidence(
        source=check.source,
        method=check.method,
        proofing=min(check.proofing or WORTH[check.method], WORTH[check.method]),
        verified_at=check.verified_at,
        expires_at=None if days is None else after(check.verified_at, days * _DAY),
        operator_id=check.operator_id,
        reference=check.reference or None,
    )
    written = unit_of_work.evidence.add(event.account_id, new, event.at)
    unit_of_work.events.record(replace(event, data=_told(written)))
    return written


def _told(evidence: Evidence) -> Mapping[str, str | int]:
    """What the log says of evidence: nothing of the person."""
    return {
        "check": evidence.check_id,
        "source": evidence.source,
        "method": evidence.method.value,
        "proofing": int(evidence.proofing),
    }
