"""What an authority could have issued: the parts that numbers of GB 11643-1999, its forerunner and its kin share."""

import re
from datetime import date

from realnames.identifiers.refusal import IdentifierRefused, Reason

# GB/T 2260. The four digits that follow are never judged: a person keeps the code of a county that was abolished.
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]", re.ASCII)
SANDBOX_PROVINCE = "89"
"""Where the people and organisations of demo and tests are."""
NATIONAL = "10"
"""The national authority, which registers organisations and no people."""
_NEVER_ISSUED = "000"
_FIRST_BIRTH = date(1800, 1, 1)  # nobody born earlier lived to see the numbers introduced


def is_province(digits: str, *, sandbox: bool) -> bool:
    """Whether a province has or had this two-digit code; 89 is one in the sandbox alone."""
    return _PROVINCE.fullmatch(digits) is not None or (sandbox and digits == SANDBOX_PROVINCE)


def registers_organizations(digits: str, *, sandbox: bool) -> bool:
    """Whether an authority of this two-digit code could have registered an organisation."""
    return digits == NATIONAL or is_province(digits, sandbox=sandbox)


def require_birth_and_sequence(number: str, *, latest_birth: date) -> None:
    """Refuse a number whose characters 7 to 17 no authority could have given (`date`, `future`, `sequence`)."""
    birth_date = calendar_date(number[6:14])
    if birth_date is None or birth_date < _FIRST_BIRTH:
        raise IdentifierRefused(Reason.DATE)
    if birth_date > latest_birth:
        raise IdentifierRefused(Reason.FUTURE)
    if number[14:17] == _NEVER_ISSUED:
        raise IdentifierRefused(Reason.SEQUENCE)


def calendar_date(digits: str) -> date | None:
    """The day that eight digits write (YYYYMMDD); None: there is none."""
    # The answer is None and not the ValueError, whose text may quote a part of the number.
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
