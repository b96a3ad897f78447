"""The number of a passport of the People's Republic, ordinary, diplomatic, service and public affairs; shape only."""

import re
from dataclasses import dataclass, field

from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.refusal import IdentifierRefused, Reason

_CHARACTERS = re.compile("[0-9A-Z]{9}", re.ASCII)
_FORM = re.compile("E[A-HJ-NP-Z0-9][0-9]{7}|[DSP][0-9]{8}|[DSP]E[0-9]{7}|G[0-9]{8}|1[45][0-9]{7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Passport:
    """A number that `parse_passport` accepted; its repr shows nothing of it. A renewed passport has another one."""

    number: str = field(repr=False)

    @property
    def canonical(self) -> str:
        """The one form by which it is stored and compared."""
        return self.number

    @property
    def masked(self) -> str:
        """The number as its holder may see it on a page: `E1*****78`."""
        return f"{self.number[:2]}*****{self.number[-2:]}"


def parse_passport(text: str) -> Passport:
    """The number a person typed or a record holds. Those of other countries have their state beside them (`foreign_passport`).

    Raises:
        IdentifierRefused: `length`, or `charset` for anything that no series looks like.
    """
    number = normalise_number(text)
    require_form(number, _CHARACTERS, length=9)
    if _FORM.fullmatch(number) is None:
        raise IdentifierRefused(Reason.CHARSET)
    return Passport(number)
