"""The source that speaks our population register contract (`docs/contracts/population_register.json`)."""

from collections.abc import Mapping

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.ports import ClaimedPerson, PopulationAnswer, Source, SourceAnswer, SourceKind, SourceOutcome
from realnames.sources.claimed import PersonSettings, lines_of, member_of
from realnames.sources.register_client import Question, RegisterClient, Unanswered, read_answer, said
from realnames.sources.signed_answer import AnswerRefused, SignedAnswer

TYPE = "population-answer+jwt"


class HttpPopulationRegister:
    """Implements `ports.PopulationRegister` over HTTP; may be shared by threads."""

    def __init__(self, settings: PersonSettings, fetcher: Fetcher, clock: Clock) -> None:
        self.names = settings.names
        self.documents = settings.documents
        self._register = RegisterClient(TYPE, settings, fetcher, clock)

    def two_elements(self, person: ClaimedPerson) -> PopulationAnswer:
        """Name and number."""
        return self._ask("two_elements", person, {})

    def three_elements(self, person: ClaimedPerson, phone: str) -> PopulationAnswer:
        """Name, number and phone."""
        return self._ask("three_elements", person, {"phone": phone})

    def guardian_of(self, guardian: ClaimedPerson, child: ClaimedPerson) -> SourceAnswer:
        """Whether the one has custody of the other."""
        if not {guardian.document.kind, child.document.kind} <= self.documents:
            return SourceAnswer(outcome=SourceOutcome.DOWN, why="unknown_document")
        members = {"guardian": member_of(guardian), "child": member_of(child)}
        subject = (*lines_of(guardian), *lines_of(child))
        told = self._register.ask(Question(name="guardian_of", members=members, subject=subject), read_answer)
        return SourceAnswer(outcome=SourceOutcome.DOWN, why=told.why) if isinstance(told, Unanswered) else told

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        return self._register.is_reachable()

    def _ask(self, name: str, person: ClaimedPerson, also: Mapping[str, str]) -> PopulationAnswer:
        if person.document.kind not in self.documents:
            return PopulationAnswer(outcome=SourceOutcome.DOWN, why="unknown_document")
        members = {"person": member_of(person), **also}
        subject = (*lines_of(person), *also.values())
        told = self._register.ask(Question(name=name, members=members, subject=subject), _read)
        return PopulationAnswer(outcome=SourceOutcome.DOWN, why=told.why) if isinstance(told, Unanswered) else told


def _read(answer: SignedAnswer) -> PopulationAnswer:
    outcome, is_deceased = said(answer), answer.claims.get("is_deceased")
    if type(is_deceased) is not (bool if outcome is SourceOutcome.MATCH else type(None)):
        raise AnswerRefused("malformed")
    return PopulationAnswer(
        outcome=outcome,
        reference=answer.reference,
        answered_at=answer.decided_at,
        is_deceased=is_deceased is True,
    )


SOURCE = Source(
    name="population_register", kind=SourceKind.POPULATION, settings=PersonSettings, build=HttpPopulationRegister
)
