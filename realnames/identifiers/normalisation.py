"""What people and card readers mean by what they wrote: the spellings of one identifier brought to a single one."""

import re
import unicodedata

from realnames.identifiers.private_use import OF_OLD_ENCODINGS
from realnames.identifiers.refusal import IdentifierRefused, Reason

LONGEST_INPUT = 256
"""Characters looked at in all. Sorting a long run of combining marks takes quadratic time, so a limit stands before it."""

_INVISIBLE = frozenset({"Cc", "Cf", "Zs"})
_HYPHENS = frozenset({"Pd"})
_MINUS_SIGN = "\u2212"  # a mathematical symbol by category, a hyphen to the person who pasted it
_LETTERS_LIKE_X = str.maketrans({"\u0425": "X", "\u03a7": "X", "\u00d7": "X"})  # Cyrillic Ha, Greek Chi, the sign ×
_DOTS_IN_NAMES = "\u2022\u30fb\uff65\u2027\u22c5\u2219\uff0e."
_ORDINARY_NAME = re.compile("[\u4e00-\u9fff]+")
"""Nearly all names; none of these characters is composed, invisible or of an old encoding."""
_IN_NAMES: dict[int, int | str] = {**dict.fromkeys(map(ord, _DOTS_IN_NAMES), "\u00b7"), **OF_OLD_ENCODINGS}


def normalise_number(text: str) -> str:
    """A number without the accidents of typing: half-width, upper-case, no spaces, hyphens or invisible characters.

    What remains may still be anything; digits of other scripts stay what they are, for the strict form to refuse.

    Raises:
        IdentifierRefused: `length`, when the text is longer than `LONGEST_INPUT` characters.
    """
    if _within_limit(text).isascii() and text.removeprefix("+").isalnum():
        return text.upper()  # the same, without looking at each character: how a file of a million people is spelled
    folded = unicodedata.normalize("NFKC", text).replace(_MINUS_SIGN, "")
    return _without(folded, _INVISIBLE | _HYPHENS).upper().translate(_LETTERS_LIKE_X)


def normalise_name(text: str) -> str:
    """A Chinese name as registers compare it: NFC, no spaces or invisible characters, U+00B7 for every dot, today's codes.

    NFC and not NFKC: full-width letters and symbols are no part of a name and must not become one.

    Raises:
        IdentifierRefused: `length`, when the text is longer than `LONGEST_INPUT` characters.
    """
    if _ORDINARY_NAME.fullmatch(_within_limit(text)):
        return text  # the same, without looking at each character
    return _without(unicodedata.normalize("NFC", text), _INVISIBLE).translate(_IN_NAMES)


def require_form(text: str, form: re.Pattern[str], length: int) -> re.Match[str]:
    """The whole text, matched; refused when it is not exactly so long (`length`) or not of this form (`charset`)."""
    if len(text) != length:
        raise IdentifierRefused(Reason.LENGTH)
    found = form.fullmatch(text)
    if found is None:
        raise IdentifierRefused(Reason.CHARSET)
    return found


def _within_limit(text: str) -> str:
    if len(text) > LONGEST_INPUT:
        raise IdentifierRefused(Reason.LENGTH)
    return text


def _without(text: str, categories: frozenset[str]) -> str:
    return "".join(character for character in text if unicodedata.category(character) not in categories)
