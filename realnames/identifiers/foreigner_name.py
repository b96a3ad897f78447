"""The name of a foreigner as a permanent resident card writes it: Latin letters, compared in capitals."""

import re
import unicodedata
from dataclasses import dataclass, field

from realnames.identifiers.normalisation import LONGEST_INPUT
from realnames.identifiers.refusal import IdentifierRefused, Reason

SHORTEST_NAME = 2
LONGEST_NAME = 100
"""Characters; passports cut longer ones (ICAO Doc 9303)."""

_BETWEEN = " '-.,"
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"})


@dataclass(frozen=True, slots=True)
class ForeignerName:
    """A name that `parse_foreigner_name` accepted: equal by its canonical form, kept as it was given too."""

    raw: str = field(repr=False, compare=False)
    canonical: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The name as pages show it: the first letter of each part, `J*** S****`."""
        return re.sub(r"(\w)(\w*)", lambda part: part[1] + "*" * len(part[2]), self.canonical)


def parse_foreigner_name(text: str) -> ForeignerName:
    """The name a record holds, in any case, with single spaces.

    Raises:
        IdentifierRefused: `length` or `charset`.
    """
    if len(text) > LONGEST_INPUT:
        raise IdentifierRefused(Reason.LENGTH)
    canonical = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split()).upper()
    if not all(character in _BETWEEN or _is_latin(character) for character in canonical):
        raise IdentifierRefused(Reason.CHARSET)
    if not SHORTEST_NAME <= len(canonical) <= LONGEST_NAME:
        raise IdentifierRefused(Reason.LENGTH)
    if not _is_latin(canonical[0]):
        raise IdentifierRefused(Reason.CHARSET)
    return ForeignerName(raw=text, canonical=canonical)


def _is_latin(character: str) -> bool:
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")
