"""The Chinese name of a person, as the household register writes it: han, and U+00B7 between the parts of some."""

import re
import unicodedata
from dataclasses import dataclass, field

from realnames.identifiers.normalisation import normalise_name
from realnames.identifiers.refusal import IdentifierRefused, Reason

SHORTEST_NAME = 2
LONGEST_NAME = 50
"""Code points in a name; registers keep a field of at least 50."""

# Every plane with han that GB 18030 can write; the familiar U+4E00 to U+9FA5 shuts real people out.
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fffd\U00030000-\U000323af"
_PRIVATE_USE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_DOT = "\u00b7"

_ANY_HAN = re.compile(f"[{_HAN}]")
_ANY_PRIVATE_USE = re.compile(f"[{_PRIVATE_USE}]")
_CHARACTERS = re.compile(f"[{_HAN}{_PRIVATE_USE}{_DOT}]*")
_PARTS = re.compile(f"[{_HAN}]+(?:{_DOT}[{_HAN}]+)*")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name that `parse_person_name` accepted: equal by its canonical form, kept as it was given too."""

    raw: str = field(repr=False, compare=False)
    canonical: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The name as pages show it: `张*`, `张*三`, `欧**娜`, `阿***·**提`."""
        hidden = "".join(character if character == _DOT else "*" for character in self.canonical[1:-1])
        last = self.canonical[-1] if "*" in hidden else "*"  # of two han only the first is shown
        return f"{self.canonical[0]}{hidden}{last}"


def parse_person_name(text: str) -> PersonName:
    """The name a person typed or a chip holds, in any usual spelling.

    Raises:
        IdentifierRefused: `foreigner_name`, `charset`, `length`, `private_use` or `dot`, whichever comes first.
    """
    canonical = normalise_name(text)
    reason = _reason_against(canonical)
    if reason is not None:
        raise IdentifierRefused(reason)
    return PersonName(raw=text, canonical=canonical)


def _reason_against(canonical: str) -> Reason | None:
    if _is_latin(canonical):
        return Reason.FOREIGNER_NAME
    if _CHARACTERS.fullmatch(canonical) is None:
        return Reason.CHARSET
    if not SHORTEST_NAME <= len(canonical) <= LONGEST_NAME:
        return Reason.LENGTH
    if _ANY_PRIVATE_USE.search(canonical):
        return Reason.PRIVATE_USE
    if _PARTS.fullmatch(canonical) is None:
        return Reason.DOT
    return None


def _is_latin(canonical: str) -> bool:
    """Latin letters and no han: a foreigner's name, not a Chinese one with a slip in it."""
    return _ANY_HAN.search(canonical) is None and any("LATIN" in unicodedata.name(each, "") for each in canonical)
