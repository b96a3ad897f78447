"""The passport of another country: its number means nothing without the state that issued it, so both are one identifier."""

import re
from dataclasses import dataclass, field

from realnames.identifiers.issuing_state import parse_issuing_state
from realnames.identifiers.normalisation import normalise_number
from realnames.identifiers.passport import Passport, parse_passport
from realnames.identifiers.refusal import IdentifierRefused, Reason

BEHIND_STATE = "/"
"""Stands between state and number. No other identifier has it, and normalising leaves it there."""

_SHORTEST, _LONGEST = 4, 15
_FORM = re.compile("[0-9A-Z]*", re.ASCII)
_PEOPLES_REPUBLIC = "CHN"
_WITH_PERMITS = frozenset({"HKG", "MAC", "TWN"})
"""Who comes from there is known on the mainland by a permit or by a residence permit, never by a passport."""
_SHOWN_AT_EACH_END, _LONG_ENOUGH = 2, 8


@dataclass(frozen=True, slots=True)
class ForeignPassport:
    """A passport that a parser below accepted; its repr shows nothing of it. A renewed passport has another number.

    Attributes:
        issuing_state: three letters, as `parse_issuing_state` gives them.
        number: 4 to 15 digits and capital letters.
    """

    issuing_state: str = field(repr=False)
    number: str = field(repr=False)

    @property
    def canonical(self) -> str:
        """The one form by which it is stored, compared and typed: `USA/123456789`."""
        return f"{self.issuing_state}{BEHIND_STATE}{self.number}"

    @property
    def masked(self) -> str:
        """The passport as its holder may see it on a page: `USA/12*****89`."""
        shown = _SHOWN_AT_EACH_END if len(self.number) >= _LONG_ENOUGH else 1
        hidden = "*" * (len(self.number) - 2 * shown)
        return f"{self.issuing_state}{BEHIND_STATE}{self.number[:shown]}{hidden}{self.number[-shown:]}"


def parse_passport_of(issuing_state: str, number: str, *, sandbox: bool = False) -> Passport | ForeignPassport:
    """A passport of any country.

    Args:
        issuing_state: three letters (Germany's `D` too), in any usual spelling.
        number: what stands beside it, in any usual spelling. Each state has rules of its own, so only its shape is judged.
        sandbox: accept Utopia.

    Raises:
        IdentifierRefused: `region` when nobody issues passports by this code, or people from there have permits instead;
            `length` or `charset` of the number.
    """
    state = parse_issuing_state(issuing_state, sandbox=sandbox)
    if state == _PEOPLES_REPUBLIC:
        return parse_passport(number)
    if state in _WITH_PERMITS:
        raise IdentifierRefused(Reason.REGION)
    canonical = normalise_number(number)
    if not _SHORTEST <= len(canonical) <= _LONGEST:
        raise IdentifierRefused(Reason.LENGTH)
    if _FORM.fullmatch(canonical) is None:
        raise IdentifierRefused(Reason.CHARSET)
    return ForeignPassport(state, canonical)


def parse_passport_behind_state(text: str, *, sandbox: bool = False) -> Passport | ForeignPassport:
    """The same, of what a person typed into one field: `USA/123456789`.

    Raises:
        IdentifierRefused: as above; without the stroke `region`, since nobody can know whose number it is.
    """
    state, _, number = normalise_number(text).partition(BEHIND_STATE)
    return parse_passport_of(state, number, sandbox=sandbox)
