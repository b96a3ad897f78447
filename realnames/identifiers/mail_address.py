"""The mail address of a person, in one canonical form: ASCII, lower case, as it is compared and as it is written to."""

import re
import unicodedata
from dataclasses import dataclass, field

from realnames.identifiers.normalisation import LONGEST_INPUT
from realnames.identifiers.refusal import IdentifierRefused, Reason

_LONGEST = 254
"""RFC 5321 §4.5.3.1.3, without the angle brackets."""
_LONGEST_LOCAL_PART = 64
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_FORM = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+(?=[a-z]){_LABEL})", re.ASCII)


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address that `parse_mail_address` accepted; its repr shows nothing of it."""

    address: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The address as its holder may see it on a page: `z***@example.cn`."""
        return f"{self.address[0]}***@{self.address.partition('@')[2]}"


def parse_mail_address(text: str) -> MailAddress:
    """The address a person typed.

    Case never tells two people apart, and nothing but ASCII is taken: no letter that looks like another, or becomes
    another when it is folded (`ß`, dotless `ı`), leads to somebody else's account. Full-width letters of an input
    method are the same letters.

    Raises:
        IdentifierRefused: `length`, `charset` or `not_mail`.
    """
    if len(text) > LONGEST_INPUT:
        raise IdentifierRefused(Reason.LENGTH)
    typed = "".join(_half_width(character) for character in text.strip())
    if not typed.isascii():
        raise IdentifierRefused(Reason.CHARSET)
    address = typed.lower()
    found = _FORM.fullmatch(address)
    if found is None:
        raise IdentifierRefused(Reason.NOT_MAIL)
    if len(address) > _LONGEST or len(found[1]) > _LONGEST_LOCAL_PART:
        raise IdentifierRefused(Reason.LENGTH)
    return MailAddress(address)


def _half_width(character: str) -> str:
    """Only what an input method writes wide: U+FF01 to U+FF5E; no other compatibility character is taken for a letter."""
    return unicodedata.normalize("NFKC", character) if "\uff01" <= character <= "\uff5e" else character
