"""Which new passwords are taken (NIST SP 800-63B §3.1.1.2): long enough, and nothing that others know or try first.

For citizens there is no rule about kinds of characters, and none about changing: those make people write passwords down,
not choose better ones. The rules for classified protection ask both of whoever works for the city (GB/T 22239-2019
§8.1.4.1); what else there is of these is in `idp.accounts.staff_passwords`.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from idp.model.account import Attributes
from idp.ports import KnownPasswords

SHORTEST = 8
LONGEST = 128
"""Characters; what people typed elsewhere may be longer and goes on working."""
_FEWEST_DIFFERENT = 3


class PasswordFault(StrEnum):
    """Why a new password is not taken."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    FEW_KINDS = "few_kinds"
    REUSED = "reused"
    PERSONAL = "personal"
    SIMPLE = "simple"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class PasswordProfile:
    """Whose rules: how many characters at least, and of how many kinds."""

    shortest: int = SHORTEST
    kinds: int = 1


CITIZENS = PasswordProfile()


def fault_of(
    password: str, person: Attributes, known: KnownPasswords, profile: PasswordProfile = CITIZENS
) -> PasswordFault | None:
    """The first thing that is wrong with it; None: it is taken as it is. `known` are those that others chose or stole."""
    written = unicodedata.normalize("NFC", password)
    if not written:
        return PasswordFault.EMPTY
    if not profile.shortest <= len(written) <= LONGEST:
        return PasswordFault.TOO_LONG if len(written) > LONGEST else PasswordFault.TOO_SHORT
    if len(set(map(_kind_of, written))) < profile.kinds:
        return PasswordFault.FEW_KINDS
    read = "".join(unicodedata.normalize("NFKC", written).casefold().split())
    if any(part in read for part in _known_to_others(person)):
        return PasswordFault.PERSONAL
    if _is_simple(read):
        return PasswordFault.SIMPLE
    return PasswordFault.BREACHED if written in known else None


def _known_to_others(person: Attributes) -> Iterable[str]:
    """Name, phone and number, and the parts of them that people take for passwords (threat G12)."""
    if person.phone is not None:
        yield person.phone[-8:]
    if person.citizen_id is not None:
        number = person.citizen_id.casefold()
        yield from (number[6:14], number[-8:], number[-6:])
    for document in person.other_documents:
        yield from (document.value.casefold(), document.value[-6:].casefold())
    if person.name is not None:
        yield from (part for part in person.name.casefold().split("·") if len(part) > 1)


def _kind_of(character: str) -> str:
    if character.isdigit():
        return "digit"
    return "capital" if character.isupper() else "small" if character.islower() else "other"


def _is_simple(read: str) -> bool:
    """Nearly one character over and over, or one after the other: 12345678, hgfedcba."""
    if len(set(read)) < _FEWEST_DIFFERENT:
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(read)}
    return len(steps) == 1 and steps <= {1, -1}
