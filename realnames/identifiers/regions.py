"""Codes of places, GB/T 2260: which there were until 2025, and until when; good for a warning, never for a refusal.

A person keeps the code of the place where they were first registered, whatever became of it, and those who made mistakes
were authorities, so nobody is turned away for the last four of the six digits.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from realnames.identifiers.issuance import NATIONAL, SANDBOX_PROVINCE
from realnames.identifiers.oddity import Oddity

_FILE = Path(__file__).with_name("regions.txt")
"""A code in each line, and behind it the last year at whose end a place had it, where that is over.

The ministry publishes no such list any more; what came since is added from the announcements.
"""
_NATIONAL = f"{NATIONAL}0000"
_FOR_EVER = 9999


def oddity_of_region(code: str, year: int) -> Oddity | None:
    """What is unusual about this code for somebody born, or something registered, in this year; None: nothing.

    Codes of the sandbox's province are never unusual.
    """
    if code == _NATIONAL or code.startswith(SANDBOX_PROVINCE):
        return None
    last = _last_years().get(code)
    if last is None:
        return Oddity.REGION_UNKNOWN
    # In the year after its last one the place was there for a while yet, and so was, maybe, who was born in it.
    return Oddity.REGION_ABOLISHED if last + 1 < year else None


@cache
def _last_years() -> Mapping[str, int]:
    lines = (line.split() for line in _FILE.read_text("ascii").splitlines())
    return {code: int(last[0]) if last else _FOR_EVER for code, *last in lines}
