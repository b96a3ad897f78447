"""Recovery codes: ten times sixteen digits on a sheet of paper, in groups of four, as on a bank card.

Digits alone: they have no case and no look-alikes, every keyboard has them, and no input method of Chinese comes between.
What makes a code work once is not here but in the store (`ports.RecoveryCodeBatches.use`).
"""

import unicodedata
from collections.abc import Sequence

from idp.entropy import random_digits
from idp.ports import Cipher

CODES = 10
DIGITS = 16
"""53 bits each: random, so a keyed digest keeps them as well as a slow hash would."""
_GROUP = 4
_KIND = "recovery_code"


class PrintedCodes:
    """Implements `ports.RecoveryCodes`."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def new(self) -> Sequence[str]:
        """Ten, in groups."""
        return [_grouped(random_digits(DIGITS)) for _ in range(CODES)]

    def read(self, unverified_code: str) -> str | None:
        """Spaces, dashes and wide digits are as good as what is printed."""
        typed = unicodedata.normalize("NFKC", unverified_code[: 4 * DIGITS])
        digits = "".join(each for each in typed if not (each.isspace() or unicodedata.category(each) == "Pd"))
        is_one = len(digits) == DIGITS and digits.isascii() and digits.isdigit()
        return _grouped(digits) if is_one else None

    def digests(self, account_id: int, code: str) -> Sequence[bytes]:
        """Bound to the person, so that two who were given the same code do not show it."""
        return self._cipher.indexes(_KIND, f"{account_id} {code}")


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + _GROUP] for at in range(0, DIGITS, _GROUP))
