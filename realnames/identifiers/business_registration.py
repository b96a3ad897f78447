"""The number of a business licence before 2015, GS 15-2006: a name by which old records find an organisation, and no more."""

import re
from dataclasses import dataclass, field

from realnames.identifiers.issuance import registers_organizations
from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.refusal import IdentifierRefused, Reason

_FORM = re.compile("[0-9]{15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BusinessRegistration:
    """A number that `parse_business_registration` accepted; its repr shows nothing of it."""

    number: str = field(repr=False)

    @property
    def region(self) -> str:
        """The six-digit code of the authority that registered, which may no longer exist."""
        return self.number[:6]


def parse_business_registration(text: str, *, sandbox: bool = False) -> BusinessRegistration:
    """The number that somebody typed or a record holds.

    Args:
        text: what was typed; may be anything.
        sandbox: accept authorities of province 89.

    Raises:
        IdentifierRefused: `length`, `charset`, `region` or `checksum`.
    """
    number = normalise_number(text)
    require_form(number, _FORM, length=15)
    if not registers_organizations(number[:2], sandbox=sandbox):
        raise IdentifierRefused(Reason.REGION)
    if _check_digit(number[:14]) != number[14]:
        raise IdentifierRefused(Reason.CHECKSUM)
    return BusinessRegistration(number)


def _check_digit(first14: str) -> str:
    """ISO 7064 MOD 11,10."""
    product = 10
    for digit in first14:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
