"""The citizen identity number, GB 11643-1999, and the residence permits that share its form."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import mul

from realnames.identifiers.issuance import is_province, require_birth_and_sequence
from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.oddity import Oddity
from realnames.identifiers.refusal import IdentifierRefused, Reason
from realnames.identifiers.regions import oddity_of_region

_FORM = re.compile("[0-9]{17}[0-9X]", re.ASCII)
_FIRST_17 = re.compile("[0-9]{17}", re.ASCII)
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECK_CHARACTERS = "10X98765432"


class CitizenIdKind(StrEnum):
    """Which document carries the number."""

    RESIDENT_ID = "resident_id"
    HK_RESIDENCE_PERMIT = "hk_residence_permit"
    MACAU_RESIDENCE_PERMIT = "macau_residence_permit"
    TW_RESIDENCE_PERMIT = "tw_residence_permit"


_RESIDENCE_PERMITS = {
    "810000": CitizenIdKind.HK_RESIDENCE_PERMIT,
    "820000": CitizenIdKind.MACAU_RESIDENCE_PERMIT,
    "830000": CitizenIdKind.TW_RESIDENCE_PERMIT,
}


class Sex(StrEnum):
    """The sex registered when the number was issued."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True)
class CitizenId:
    """An 18-character number that `parse_citizen_id` accepted; its repr shows nothing of it."""

    number: str = field(repr=False)

    @property
    def region(self) -> str:
        """The six-digit code of the place of first registration, which may no longer exist."""
        return self.number[:6]

    @property
    def birth_date(self) -> date:
        """The Gregorian date of birth."""
        return birth_date_of(self.number)

    @property
    def sex(self) -> Sex:
        """Odd sequences are male, even ones female."""
        return sex_of(self.number)

    @property
    def kind(self) -> CitizenIdKind:
        """The document, told by the region."""
        return _RESIDENCE_PERMITS.get(self.region, CitizenIdKind.RESIDENT_ID)

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """All that is unusual about it; residence permits have codes of no place."""
        if self.kind is not CitizenIdKind.RESIDENT_ID:
            return ()
        found = oddity_of_region(self.region, self.birth_date.year)
        return () if found is None else (found,)

    @property
    def masked(self) -> str:
        """The number as its holder may see it on a page: `8901**********0012`."""
        return f"{self.number[:4]}{'*' * 10}{self.number[-4:]}"


def birth_date_of(number: str) -> date:
    """What characters 7 to 14 of an accepted number say; permanent resident cards have theirs in the same place."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(number: str) -> Sex:
    """What the seventeenth character says, on permanent resident cards too."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def parse_citizen_id(text: str, *, today: date, sandbox: bool = False) -> CitizenId:
    """The number a person typed or a reader handed over, in any usual spelling.

    Args:
        text: what was typed; may be anything.
        today: the date in China (UTC+8), beyond which nobody is born yet.
        sandbox: accept province 89, where only people made up for demo and tests live.

    Raises:
        IdentifierRefused: with the first rule broken.
    """
    return parse_canonical_citizen_id(normalise_number(text), today=today, sandbox=sandbox)


def parse_canonical_citizen_id(number: str, *, today: date, sandbox: bool = False) -> CitizenId:
    """The same, for a number that must already stand in its canonical form: 17 ASCII digits and a digit or `X`.

    Raises:
        IdentifierRefused: with the first rule broken.
    """
    require_form(number, _FORM, length=18)
    if number.startswith("9"):
        raise IdentifierRefused(Reason.FOREIGN_CARD_NOT_CITIZEN)
    if number[:6] not in _RESIDENCE_PERMITS and not is_province(number[:2], sandbox=sandbox):
        raise IdentifierRefused(Reason.REGION)
    require_birth_and_sequence(number, latest_birth=today)
    if complete(number[:17]) != number:
        raise IdentifierRefused(Reason.CHECKSUM)
    return CitizenId(number)


def complete(first17: str) -> str:
    """The 18-character number that begins with these 17 digits: they and the check character.

    ISO 7064 MOD 11-2 as in GB 11643-1999. Nothing else about the digits is judged, so demo and tests make people of
    province 89 with it: `complete("89010119900307001")`.

    Raises:
        IdentifierRefused: `length` or `charset`, when these are not 17 ASCII digits.
    """
    require_form(first17, _FIRST_17, length=17)
    weighted = sum(map(mul, _WEIGHTS, map(int, first17)))
    return first17 + _CHECK_CHARACTERS[weighted % 11]
