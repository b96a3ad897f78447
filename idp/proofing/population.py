"""The population register is asked about somebody, within its budgets."""

from dataclasses import dataclass

from idp.accounts.act import Act
from idp.accounts.source_budget import NotNow, SourceBudget, subject_of
from idp.model.evidence import EvidenceMethod
from idp.ports import ClaimedPerson, PopulationAnswer, SourceKind, SourceOutcome
from idp.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(PopulationAnswer):
    """What it said, and what it was asked."""

    method: EvidenceMethod


def asked(services: Services, act: Act, person: ClaimedPerson, phone: str | None = None) -> Answered | NotNow | None:
    """What it says; None: there is none, or it does not know documents of this kind.

    Args:
        phone: in E.164, where it is to be told, too. If that is another's, as in a family, name and number are asked about
            alone: the one answer does not say which of the three is wrong.
    """
    register = services.sources.population
    if register is None or person.document.kind not in register.documents:
        return None
    subjects = (str(act.visitor.account.id), subject_of(services.cipher, person.document))
    budget = SourceBudget(services, SourceKind.POPULATION, subjects, act.at)
    if phone is not None:
        answer = budget.ask(lambda: register.three_elements(person, phone))
        if isinstance(answer, NotNow) or answer.outcome is not SourceOutcome.MISMATCH:
            return _answered(answer, EvidenceMethod.THREE_ELEMENTS)
    return _answered(budget.ask(lambda: register.two_elements(person)), EvidenceMethod.TWO_ELEMENTS)


def is_refused(answer: Answered | NotNow | None) -> bool:
    """Whether it said that this is not so, or that the person died."""
    if not isinstance(answer, Answered):
        return False
    return answer.outcome in {SourceOutcome.MISMATCH, SourceOutcome.NOT_FOUND} or answer.is_deceased


def confirmed(answer: Answered | NotNow | None) -> Answered | None:
    """The answer, when it said that this is a living person with this name."""
    if not isinstance(answer, Answered) or answer.outcome is not SourceOutcome.MATCH:
        return None
    return None if answer.is_deceased else answer


def _answered(answer: PopulationAnswer | NotNow, method: EvidenceMethod) -> Answered | NotNow:
    if isinstance(answer, NotNow):
        return answer
    return Answered(
        outcome=answer.outcome,
        reference=answer.reference,
        answered_at=answer.answered_at,
        why=answer.why,
        is_deceased=answer.is_deceased,
        method=method,
    )
