"""The organisation code of GB 11714-1997: by itself before 2015, inside every unified social credit code since."""

import re
from dataclasses import dataclass, field

from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.refusal import IdentifierRefused, Reason

_FORM = re.compile("[0-9A-Z]{8}[0-9X]", re.ASCII)
_FIRST_8 = re.compile("[0-9A-Z]{8}", re.ASCII)
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "0X987654321"


@dataclass(frozen=True, slots=True)
class OrganizationCode:
    """A code that `parse_organization_code` accepted; its repr shows nothing of it."""

    number: str = field(repr=False)

    @property
    def printed(self) -> str:
        """As certificates show it: `D2143569-X`."""
        return f"{self.number[:8]}-{self.number[8]}"


def parse_organization_code(text: str) -> OrganizationCode:
    """The code that somebody typed or a record holds, with its hyphen or without.

    Raises:
        IdentifierRefused: `length`, `charset` or `checksum`.
    """
    number = normalise_number(text)
    require_form(number, _FORM, length=9)
    if check_character(number[:8]) != number[8]:
        raise IdentifierRefused(Reason.CHECKSUM)
    return OrganizationCode(number)


def check_character(first8: str) -> str:
    """The ninth character: MOD 11, in which letters count by their place in the alphabet of 36 (A = 10).

    Raises:
        IdentifierRefused: `length` or `charset`, when these are not 8 digits or capital letters.
    """
    require_form(first8, _FIRST_8, length=8)
    weighted = sum(weight * int(character, 36) for weight, character in zip(_WEIGHTS, first8, strict=True))
    return _CHECK_CHARACTERS[weighted % 11]
