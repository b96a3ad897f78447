"""Registers that answer as they are told: implementations of the ports, without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from idp.app import Installation
from idp.clock import Clock, Instant
from idp.model.account import IdentifierKind
from idp.model.policy import Method
from idp.ports import (
    ClaimedPerson,
    FaceOrder,
    FaceOutcome,
    FaceVerdict,
    NetworkIdentityLevel,
    NetworkIdentityOrder,
    NetworkIdentityOutcome,
    NetworkIdentityResult,
    PopulationAnswer,
    Registers,
    SourceAnswer,
    SourceOutcome,
)


@dataclass
class ToyPopulation:
    """Implements `ports.PopulationRegister`.

    Attributes:
        people: number and name of everybody.
        deceased: numbers of the dead.
        wards: numbers of a guardian and their child.
        phones: those that are registered to whoever is asked about.
        is_down: whether it answers nothing.
        asked: whom it was asked about, in their order.
    """

    clock: Clock
    people: dict[str, str] = field(default_factory=dict)
    deceased: set[str] = field(default_factory=set)
    wards: set[tuple[str, str]] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
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
        """Whether the phone is one of those that are theirs."""
        answer = self.two_elements(person)
        return answer if phone in self.phones else replace(answer, outcome=SourceOutcome.MISMATCH)

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
    services = installation.services
    methods = services.methods | ({Method.FACE} if "face" in registers else set())
    services = replace(services, sources=Registers(**registers), methods=methods)  # type: ignore[arg-type]
    return replace(installation, services=services)


@dataclass
class ToyFace:
    """Implements `ports.FaceChecks`: the next verdict is what it is told to be."""

    clock: Clock
    outcome: FaceOutcome = FaceOutcome.MATCH
    why: str = ""
    provider: str = "toy"
    names: Mapping[str, str] = field(default_factory=lambda: {"zh-CN": "玩具比对机构", "en": "the toy authority"})
    page_origin: str = "https://face.example"
    orders: list[FaceOrder] = field(default_factory=list)
    is_down: bool = False

    def begin(self, order: FaceOrder) -> str | None:
        """A page of its own."""
        if self.is_down:
            return None
        self.orders.append(order)
        return f"{self.page_origin}/{len(self.orders)}"

    def under_way(self, binding: str) -> str | None:
        """The page of one that was begun."""
        known = [number for number, order in enumerate(self.orders, 1) if order.binding == binding]
        return f"{self.page_origin}/{known[-1]}" if known else None

    def verdict(self, binding: str, now: Instant) -> FaceVerdict:
        """What became of it, once."""
        if all(order.binding != binding for order in self.orders):
            return FaceVerdict(outcome=FaceOutcome.NOTHING)
        if self.outcome not in {FaceOutcome.PENDING, FaceOutcome.DOWN}:
            self.orders = [order for order in self.orders if order.binding != binding]
        return FaceVerdict(outcome=self.outcome, why=self.why, verdict_id="v-1", decided_at=now)

    def is_reachable(self) -> bool:
        """Whether it answers."""
        return not self.is_down


@dataclass
class ToyNetworkIdentity:
    """Implements `ports.NetworkIdentityChecks`."""

    outcome: NetworkIdentityOutcome = NetworkIdentityOutcome.MATCH
    level: NetworkIdentityLevel = NetworkIdentityLevel.HIGH
    names: Mapping[str, str] = field(default_factory=lambda: {"zh-CN": "玩具网号", "en": "the toy net id"})
    page_origin: str = "https://netid.example"
    orders: list[NetworkIdentityOrder] = field(default_factory=list)

    def begin(self, order: NetworkIdentityOrder) -> str | None:
        """A page of its own."""
        self.orders.append(order)
        return f"{self.page_origin}/{len(self.orders)}"

    def under_way(self, binding: str) -> str | None:
        """The page of one that was begun."""
        return f"{self.page_origin}/1" if any(order.binding == binding for order in self.orders) else None

    def result(self, binding: str, now: Instant) -> NetworkIdentityResult:
        """What became of it, once."""
        if all(order.binding != binding for order in self.orders):
            return NetworkIdentityResult(outcome=NetworkIdentityOutcome.NOTHING)
        if self.outcome not in {NetworkIdentityOutcome.PENDING, NetworkIdentityOutcome.DOWN}:
            self.orders.clear()
        return NetworkIdentityResult(
            outcome=self.outcome, reference="n-1", net_number="N1", level=self.level, decided_at=now
        )

    def is_reachable(self) -> bool:
        """Always."""
        return True


@dataclass
class ToyBank:
    """Implements `ports.BankAccounts`: one card is everybody's."""

    clock: Clock
    card: str = "6222020200112230"
    is_down: bool = False
    asked: list[tuple[ClaimedPerson, str]] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=lambda: {"zh-CN": "玩具银行", "en": "the toy bank"})
    documents: frozenset[IdentifierKind] = frozenset({IdentifierKind.CITIZEN_ID})

    def four_elements(self, person: ClaimedPerson, phone: str, card_number: str) -> SourceAnswer:
        """Whether it is that card."""
        self.asked.append((person, phone))
        if self.is_down:
            return SourceAnswer(outcome=SourceOutcome.DOWN, why="unreachable")
        outcome = SourceOutcome.MATCH if card_number == self.card else SourceOutcome.MISMATCH
        return SourceAnswer(outcome=outcome, reference="b-1", answered_at=self.clock())

    def is_reachable(self) -> bool:
        """Whether it answers."""
        return not self.is_down
