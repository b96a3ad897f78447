"""A mail address in the one form by which it is compared, stored and written to (threat G11)."""

import re
from dataclasses import dataclass, field

from realnames.identifiers.refusal import IdentifierRefused, Reason

LONGEST_ADDRESS = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets of a path."""
_LONGEST_LOCAL_PART = 64

# RFC 5321 §4.1.2 without quoted strings, which nobody's address needs and half of all mail servers misread.
_LOCAL_PART = re.compile(r"[0-9a-z!#$%&'*+/=?^_`{|}~-]+(?:\.[0-9a-z!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL = "[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}", re.ASCII)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""What an input method leaves where somebody forgot to switch it: the same characters, twice as wide."""
_UPPER_CASE = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class Email:
    """An address that `parse_email` accepted; its repr shows nothing of it."""

    address: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The address as its holder may see it on a page: `z***@city.gov.cn`."""
        local_part, _, domain = self.address.partition("@")
        return f"{local_part[0]}***@{domain}"


def parse_email(text: str) -> Email:
    """The address a person typed or a record holds.

    Only ASCII is lower-cased, and nothing outside of it is ever turned into it: no fold of Unicode makes one address of
    two, since `ß`, `ı` and the Kelvin sign are refused where a fold would let them be `ss`, `i` and `k`. Domains in other
    scripts are written as DNS has them (`xn--`, RFC 5890 §2.3.2.1).

    Raises:
        IdentifierRefused: `length`, `charset`, or `region` when what follows the `@` cannot be a domain.
    """
    if len(text) > LONGEST_ADDRESS:
        raise IdentifierRefused(Reason.LENGTH)
    address = text.strip(" \t\r\n\u3000").translate(_FULL_WIDTH).translate(_UPPER_CASE)
    local_part, at, domain = address.rpartition("@")
    if not at or not 1 <= len(local_part) <= _LONGEST_LOCAL_PART:
        raise IdentifierRefused(Reason.LENGTH)
    if _LOCAL_PART.fullmatch(local_part) is None:
        raise IdentifierRefused(Reason.CHARSET)
    if _DOMAIN.fullmatch(domain) is None:
        raise IdentifierRefused(Reason.REGION)
    return Email(address)
