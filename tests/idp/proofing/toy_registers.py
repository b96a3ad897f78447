"""Registers that answer as they are told: implementations of the ports, without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from idp.app import Installation
from idp.clock import Clock
from idp.model.account import IdentifierKind
from idp.ports import ClaimedPerson, PopulationAnswer, Registers, SourceAnswer, SourceOutcome


@dataclass
class ToyPopulation:
    """Implements `ports.PopulationRegister`.

    Attributes:
        people: number and name of everybody.
        deceased: numbers of the dead.
        wards: numbers of a guardian and their child.
        is_down: whether it answers nothing.
        asked: whom it was asked about, in their order.
    """

    clock: Clock
    people: dict[str, str] = field(default_factory=dict)
    deceased: set[str] = field(default_factory=set)
    wards: set[tuple[str, str]] = field(default_factory=set)
    is_down: bool = False
    asked: list[ClaimedPerson] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=lambda: {"zh-CN": "市人口库", "en": "the population register"})
    documents: frozenset[IdentifierKind] = frozenset({IdentifierKind.CITIZEN_ID, IdentifierKind.PERMANENT_RESIDENT_ID})

    def two_elements(self, person: ClaimedPerson) -> PopulationAnswer:
        """Whether it has the name with the number."""
        self.asked.append(person)
        if self.is_down:
            return PopulationAnswer(outcome=SourceOutcome.DOWN, why="unreachable")
        name = self.people.get(person.document.value)
        outcome = (
            SourceOutcome.NOT_FOUND
            if name is None
            else SourceOutcome.MATCH
            if name == person.name
            else SourceOutcome.MISMATCH
        )
        return PopulationAnswer(
            outcome=outcome,
            reference=f"q-{len(self.asked)}",
            answered_at=self.clock(),
            is_deceased=outcome is SourceOutcome.MATCH and person.document.value in self.deceased,
        )

    def three_elements(self, person: ClaimedPerson, phone: str) -> PopulationAnswer:
        """Every phone is theirs that begins as ours do."""
        answer = self.two_elements(person)
        return answer if phone.startswith("+86139") else replace(answer, outcome=SourceOutcome.MISMATCH)

    def guardian_of(self, guardian: ClaimedPerson, child: ClaimedPerson) -> SourceAnswer:
        """Whether the pair is known."""
        is_theirs = (guardian.document.value, child.document.value) in self.wards
        outcome = SourceOutcome.MATCH if is_theirs else SourceOutcome.MISMATCH
        return SourceAnswer(outcome=outcome, reference="g-1", answered_at=self.clock())

    def is_reachable(self) -> bool:
        """Whether it answers."""
        return not self.is_down


def with_sources(installation: Installation, **registers: object) -> Installation:
    """The same installation with these registers."""
    services = replace(installation.services, sources=Registers(**registers))  # type: ignore[arg-type]
    return replace(installation, services=services)
