"""The population register is asked about somebody, within its budgets."""

from idp.accounts.act import Act
from idp.accounts.source_budget import NotNow, SourceBudget, subject_of
from idp.ports import ClaimedPerson, PopulationAnswer, SourceKind, SourceOutcome
from idp.services import Services


def asked(services: Services, act: Act, person: ClaimedPerson) -> PopulationAnswer | NotNow | None:
    """What it says; None: there is none, or it does not know documents of this kind."""
    register = services.sources.population
    if register is None or person.document.kind not in register.documents:
        return None
    subjects = (str(act.visitor.account.id), subject_of(services.cipher, person.document))
    budget = SourceBudget(services, SourceKind.POPULATION, subjects, act.at)
    return budget.ask(lambda: register.two_elements(person))


def is_refused(answer: PopulationAnswer | NotNow | None) -> bool:
    """Whether it said that this is not so, or that the person died."""
    if not isinstance(answer, PopulationAnswer):
        return False
    return answer.outcome in {SourceOutcome.MISMATCH, SourceOutcome.NOT_FOUND} or answer.is_deceased


def confirmed(answer: PopulationAnswer | NotNow | None) -> PopulationAnswer | None:
    """The answer, when it said that this is a living person with this name."""
    if not isinstance(answer, PopulationAnswer) or answer.outcome is not SourceOutcome.MATCH:
        return None
    return None if answer.is_deceased else answer
