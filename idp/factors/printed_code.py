"""Codes on paper, in groups of four digits as on a bank card: recovery codes, and the slip of a window.

Digits alone: they have no case and no look-alikes, every keyboard has them, and no input method of Chinese comes between.
What makes a code work once is not here but in the stores (`ports.RecoveryCodeBatches.use`, `ports.Slips.use`).
"""

import unicodedata
from collections.abc import Sequence

from idp.entropy import random_digits
from idp.ports import Cipher

RECOVERY_CODE_DIGITS = 16
"""53 bits each: random, so a keyed digest keeps them as well as a slow hash would."""
SLIP_DIGITS = 8
"""27 bits, to be typed by an old hand within a day; nobody has tries enough for them (`idp/accounts/guesses.py`)."""
_GROUP = 4


class PrintedCodes:
    """Implements `ports.PrintedCodes`.

    Args:
        kind: keeps digests of one kind apart from those of another.
        digits: of each code; a multiple of four.
    """

    def __init__(self, cipher: Cipher, kind: str, digits: int) -> None:
        self._cipher = cipher
        self._kind = kind
        self._digits = digits

    def new(self) -> str:
        """One, in groups."""
        return _grouped(random_digits(self._digits))

    def read(self, unverified_code: str) -> str | None:
        """Spaces, dashes and wide digits are as good as what is printed."""
        typed = unicodedata.normalize("NFKC", unverified_code[: 4 * self._digits])
        digits = "".join(each for each in typed if not (each.isspace() or unicodedata.category(each) == "Pd"))
        is_one = len(digits) == self._digits and digits.isascii() and digits.isdigit()
        return _grouped(digits) if is_one else None

    def digests(self, account_id: int, code: str) -> Sequence[bytes]:
        """Bound to the person, so that two who were given the same code do not show it."""
        return self._cipher.indexes(self._kind, f"{account_id} {code}")


def recovery_codes(cipher: Cipher) -> PrintedCodes:
    """Those that a person makes and keeps."""
    return PrintedCodes(cipher, "recovery_code", RECOVERY_CODE_DIGITS)


def slips(cipher: Cipher) -> PrintedCodes:
    """Those that a window hands out."""
    return PrintedCodes(cipher, "slip", SLIP_DIGITS)


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))
