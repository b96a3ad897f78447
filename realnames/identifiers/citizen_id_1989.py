"""The 15-digit citizen number of GB 11643-1989, which only old records still hold; its cards are void since 2013."""

import re
from dataclasses import dataclass
from datetime import date

from realnames.identifiers.citizen_id import CitizenId, complete
from realnames.identifiers.issuance import is_province, require_birth_and_sequence
from realnames.identifiers.normalisation import require_form
from realnames.identifiers.refusal import IdentifierRefused, Reason

_FORM = re.compile("[0-9]{15}", re.ASCII)
_LATEST_BIRTH = date(1999, 12, 31)
_CENTENARIANS = frozenset({"996", "997", "998", "999"})


@dataclass(frozen=True, slots=True)
class UpgradedCitizenId:
    """The 18-character number of the same person, and whether its century is a guess that a register must confirm."""

    citizen_id: CitizenId
    is_century_uncertain: bool


def upgrade_15_digits(number: str, *, sandbox: bool = False) -> UpgradedCitizenId:
    """The 18-character form of a 15-digit number, to match an old record with the person it speaks of.

    The year gets the century 19. Sequences 996 to 999 were kept for people over a hundred, who may belong to 18.

    Args:
        number: fifteen ASCII digits; records are not typed, so nothing is forgiven.
        sandbox: accept province 89.

    Raises:
        IdentifierRefused: with the first rule broken.
    """
    require_form(number, _FORM, length=15)
    if not is_province(number[:2], sandbox=sandbox):
        raise IdentifierRefused(Reason.REGION)
    first17 = f"{number[:6]}19{number[6:]}"
    require_birth_and_sequence(first17, latest_birth=_LATEST_BIRTH)
    return UpgradedCitizenId(CitizenId(complete(first17)), is_century_uncertain=first17[14:17] in _CENTENARIANS)
