"""Registers inside the test's own process: what they say a test decides, and what they were asked it can see."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from idp.app import Installation
from idp.clock import Instant
from idp.model.account import IdentifierKind
from idp.model.organization import OrganizationStatus, RegisteredOrganization
from idp.ports import (
    ChangedOrganizations,
    ClaimedPerson,
    OrganizationAnswer,
    PopulationAnswer,
    Registers,
    RepresentativeAnswer,
    SourceAnswer,
    SourceOutcome,
)
from realnames.identifiers.social_credit_code import OrganizationKind, complete_social_credit_code
from tests.idp.installed import NOW

CODE = complete_social_credit_code("91890100MA0000001")
OTHER_CODE = complete_social_credit_code("92890100MA0000002")
NAMES = {"zh-CN": "沙箱登记机关", "en": "Sandbox register"}


@dataclass
class CompanyRegister:
    """Implements `ports.CompanyRegister`; of each organisation it knows the name of who represents it."""

    organizations: dict[str, RegisteredOrganization] = field(default_factory=dict)
    represented_by: dict[str, str] = field(default_factory=dict)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=lambda: NAMES)

    def has(self, code: str, representative: str, name: str = "云江示例有限公司") -> None:
        self.organizations[code] = RegisteredOrganization(
            code=code,
            name=name,
            organization_type=OrganizationKind.ENTERPRISE,
            status=OrganizationStatus.ACTIVE,
        )
        self.represented_by[code] = representative

    def says(self, code: str, status: OrganizationStatus) -> None:
        self.organizations[code] = replace(self.organizations[code], status=status)

    def organization(self, code: str) -> OrganizationAnswer:
        self.asked.append(f"organization {code}")
        if self.is_down:
            return OrganizationAnswer(outcome=SourceOutcome.DOWN, why="unreachable")
        found = self.organizations.get(code)
        outcome = SourceOutcome.NOT_FOUND if found is None else SourceOutcome.MATCH
        return OrganizationAnswer(outcome=outcome, reference="r-1", answered_at=NOW, organization=found)

    def legal_representative(self, code: str, person: ClaimedPerson) -> RepresentativeAnswer:
        self.asked.append(f"representative {code}")
        if self.is_down:
            return RepresentativeAnswer(outcome=SourceOutcome.DOWN, why="unreachable")
        found = self.organizations.get(code)
        if found is None:
            return RepresentativeAnswer(outcome=SourceOutcome.NOT_FOUND, reference="r-2", answered_at=NOW)
        is_theirs = self.represented_by[code] == person.name
        return RepresentativeAnswer(
            outcome=SourceOutcome.MATCH if is_theirs else SourceOutcome.MISMATCH,
            reference="r-3",
            answered_at=NOW,
            status=found.status,
            represented_since=date(2026, 1, 1),
            as_of=date(2026, 11, 1),
        )

    def changed_since(self, cursor: str) -> ChangedOrganizations | None:
        self.asked.append(f"changed {cursor}")
        if self.is_down:
            return None
        if not cursor:
            return ChangedOrganizations(codes=(), cursor=str(len(self.changes)), has_more=False)
        at = int(cursor)
        return ChangedOrganizations(
            codes=tuple(self.changes[at : at + 1]),
            cursor=str(min(at + 1, len(self.changes))),
            has_more=at + 1 < len(self.changes),
        )

    def is_reachable(self) -> bool:
        return not self.is_down


@dataclass
class PopulationRegister:
    """Implements `ports.PopulationRegister`: whose child somebody is, by their names."""

    children: set[tuple[str, str]] = field(default_factory=set)
    is_down: bool = False
    asked: int = 0
    now: Instant = NOW
    names: Mapping[str, str] = field(default_factory=lambda: NAMES)
    documents: frozenset[IdentifierKind] = frozenset({IdentifierKind.CITIZEN_ID})

    def two_elements(self, person: ClaimedPerson) -> PopulationAnswer:
        raise NotImplementedError

    def three_elements(self, person: ClaimedPerson, phone: str) -> PopulationAnswer:
        raise NotImplementedError

    def guardian_of(self, guardian: ClaimedPerson, child: ClaimedPerson) -> SourceAnswer:
        self.asked += 1
        if self.is_down:
            return SourceAnswer(outcome=SourceOutcome.DOWN, why="unreachable")
        has_custody = (guardian.name, child.name) in self.children
        outcome = SourceOutcome.MATCH if has_custody else SourceOutcome.MISMATCH
        return SourceAnswer(outcome=outcome, reference="g-1", answered_at=self.now)

    def is_reachable(self) -> bool:
        return not self.is_down


def with_registers(installation: Installation) -> tuple[Installation, CompanyRegister, PopulationRegister]:
    """The same installation, which asks these two."""
    company, population = CompanyRegister(), PopulationRegister()
    settings = installation.settings
    named = settings.sources.model_copy(update={"company": "fake_company", "population": "fake_population"})
    services = replace(
        installation.services,
        settings=settings.model_copy(update={"sources": named}),
        sources=Registers(population=population, company=company),
    )
    return replace(installation, services=services, settings=services.settings), company, population
