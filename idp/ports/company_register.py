"""The company register (法人库): what an organisation is, whether it still exists, and whether somebody represents it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from idp.model.organization import OrganizationStatus, RegisteredOrganization
from idp.ports.source_answers import ClaimedPerson, SourceAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAnswer(SourceAnswer):
    """What it says of one organisation: `match`, with the organisation, `not_found` or `down`."""

    organization: RegisteredOrganization | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentativeAnswer(SourceAnswer):
    """Whether somebody is the legal representative (法定代表人), or the one in charge (负责人) where there is none.

    Attributes:
        status: of the organisation, with match and mismatch.
        represented_since: the day on which the present representative was entered, whoever it is. A mismatch with a day
            after an earlier match says: no longer the representative.
        as_of: the day of the register's state that was looked at.
    """

    status: OrganizationStatus | None = None
    represented_since: date | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOrganizations:
    """Whose entries changed: status, name or representative.

    Attributes:
        codes: of the organisations, each once; more may follow.
        cursor: where to go on from.
        has_more: whether the register has more to tell at once.
    """

    codes: tuple[str, ...]
    cursor: str
    has_more: bool


class CompanyRegister(Protocol):
    """Who knows the organisations; one file in `realnames/sources`. Each call waits a few seconds at most, and never raises."""

    names: Mapping[str, str]
    """How people are told who it is, by language tag."""

    def organization(self, code: str) -> OrganizationAnswer:
        """What has this unified social credit code (GB 32100)."""

    def legal_representative(self, code: str, person: ClaimedPerson) -> RepresentativeAnswer:
        """Whether the person represents it now. `not_found`: there is no such organisation."""

    def changed_since(self, cursor: str) -> ChangedOrganizations | None:
        """What changed since this cursor; an empty one begins now, with no codes. None: it is down.

        For a job that runs daily: whoever acts for one of these is asked about again by `legal_representative`.
        """

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
