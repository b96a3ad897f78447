"""People who share a name and a year of birth: whom an officer looks for who has neither a number nor a phone of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.model.account import Account, Attributes, Identifier, IdentifierKind

DATED = frozenset({IdentifierKind.CITIZEN_ID, IdentifierKind.PERMANENT_RESIDENT_ID})
"""Documents whose number tells a birth date: characters 7 to 14 (GB 11643, and the resident's card of 2023)."""
_DATED_LENGTH = 18  # the resident's card of 2017 has 15 characters, whose layout was never published
_YEAR = slice(6, 10)


@dataclass(frozen=True, slots=True)
class NameAndYear:
    """What they share.

    Attributes:
        name: canonical, as `idp.accounts.names.parse_name` gives it.
        birth_year: of the Gregorian calendar.
    """

    name: str
    birth_year: int

    @property
    def key(self) -> str:
        """Both in one text, so that how often a name occurs in all years together shows nowhere."""
        return f"{self.birth_year} {self.name}"


@dataclass(frozen=True, slots=True)
class Namesake:
    """One of them."""

    account: Account
    attributes: Attributes


def name_and_year_of(name: str | None, identifiers: Iterable[Identifier]) -> NameAndYear | None:
    """What somebody is found by; None where they have no name, or no document that tells when they were born."""
    birth_year = birth_year_of(identifiers)
    return None if name is None or birth_year is None else NameAndYear(name, birth_year)


def birth_year_of(identifiers: Iterable[Identifier]) -> int | None:
    """The year of birth as a document's number tells it; None: none does."""
    for each in identifiers:
        if each.kind in DATED and len(each.value) == _DATED_LENGTH:
            return int(each.value[_YEAR])
    return None
