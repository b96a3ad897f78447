"""The population register (人口库): whether name and number are somebody's, and whose child somebody is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from idp.model.account import IdentifierKind
from idp.ports.source_answers import ClaimedPerson, SourceAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationAnswer(SourceAnswer):
    """What it says of one person.

    Attributes:
        is_deceased: with a match: the person died, and nobody may become them.
    """

    is_deceased: bool = False


class PopulationRegister(Protocol):
    """Who knows the people; one file in `realnames/sources`. Each call waits a few seconds at most, and never raises."""

    names: Mapping[str, str]
    """How people are told who it is, by language tag."""
    documents: frozenset[IdentifierKind]
    """The kinds of documents that it knows. Of others it is not asked: nothing leaves, and it answers `down`."""

    def two_elements(self, person: ClaimedPerson) -> PopulationAnswer:
        """Whether the number is of somebody with this name (二要素)."""

    def three_elements(self, person: ClaimedPerson, phone: str) -> PopulationAnswer:
        """The same, and whether this phone, in E.164, is registered to them (三要素)."""

    def guardian_of(self, guardian: ClaimedPerson, child: ClaimedPerson) -> SourceAnswer:
        """Whether the one has custody of the other, a minor; `not_found`: one of the two is not in it."""

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
