"""The mobile phone number of a person, in the numbering plan of mainland China."""

import re
from dataclasses import dataclass, field

from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.refusal import IdentifierRefused, Reason

_DIGITS = re.compile("[0-9]{11}", re.ASCII)
# No table of carriers: numbers move between them, and new ranges open. The 13-digit numbers of machines are too long.
_MOBILE = re.compile("1[3-9][0-9]{9}", re.ASCII)
# Ranges of operators without a network of their own, whose numbers do not move: a signal of risk and no reason to refuse.
_VIRTUAL = ("162", "165", "167", "170", "171")
_COUNTRY_CODE = re.compile(r"(?:\+|00)?86")  # no mobile number begins with 86, so the sign before it may be missing
_ABROAD = ("+", "00")


@dataclass(frozen=True, slots=True)
class Phone:
    """A mobile number that `parse_phone` accepted; its repr shows nothing of it.

    A way to reach a person, never the person: numbers are given to others after some months.
    """

    national_number: str = field(repr=False)

    @property
    def e164(self) -> str:
        """The canonical form, `+8613800001234`."""
        return f"+86{self.national_number}"

    @property
    def is_of_virtual_operator(self) -> bool:
        """Whether it was given out by an operator from whom strangers have often rented numbers."""
        return self.national_number.startswith(_VIRTUAL)

    @property
    def masked(self) -> str:
        """The number as its holder may see it on a page: `138****1234`."""
        return f"{self.national_number[:3]}****{self.national_number[-4:]}"


def parse_phone(text: str) -> Phone:
    """The mobile number a person typed, with or without spaces, hyphens and the country code.

    Raises:
        IdentifierRefused: `length`, `charset`, `not_mobile`, or `region` for a country code other than 86.
    """
    number = normalise_number(text)
    country_code = _COUNTRY_CODE.match(number)
    if country_code is None and number.startswith(_ABROAD):
        raise IdentifierRefused(Reason.REGION)
    return parse_national_number(number[country_code.end() :] if country_code else number)


def parse_national_number(number: str) -> Phone:
    """The same, for a number that must already be eleven ASCII digits without the country code.

    Raises:
        IdentifierRefused: `length`, `charset` or `not_mobile`.
    """
    require_form(number, _DIGITS, length=11)
    if _MOBILE.fullmatch(number) is None:
        raise IdentifierRefused(Reason.NOT_MOBILE)
    return Phone(number)
