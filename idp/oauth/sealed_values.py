"""Values that carry what they stand for, sealed with AES-256-GCM: codes and opaque access tokens (docs/decisions/0019).

`<day>.<base64url>`: nobody but us reads, alters or makes one, and to issue one nothing is written. The day it was issued
names its key: under one key no more than 2**32 random nonces may be used (NIST SP 800-38D §8.3).
"""

import base64
import re
from binascii import Error as Base64Error
from typing import Any

from pydantic_core import from_json, to_json

from idp.clock import Instant
from idp.ports import Cipher

MAX_VALUE = 32 * 1024
"""Characters; longer ones are none of ours."""

_DAY = 86_400
_FORM = re.compile(r"([1-9][0-9]{0,5})\.([A-Za-z0-9_-]+)", re.ASCII)


def write(cipher: Cipher, kind: str, content: list[Any], now: Instant, owner: str = "") -> str:
    """The value for this content; it opens as this kind, and for this owner, alone."""
    day = str(now // _DAY)
    return f"{day}.{_encoded(cipher.seal(f'{kind} {day}', to_json(content), owner))}"


def read(cipher: Cipher, kind: str, unverified_value: str, now: Instant, owner: str = "") -> Any:
    """The content as it was written; None for whatever we did not write yesterday or today for this use.

    One value has one spelling: base64 passes over some differences, and what is used once would be used twice by them.
    """
    form = _FORM.fullmatch(unverified_value) if len(unverified_value) <= MAX_VALUE else None
    if form is None:
        return None
    day, text = form.groups()
    if abs(int(day) - now // _DAY) > 1:  # tomorrow is today for a machine whose clock is a little ahead
        return None
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except Base64Error:
        return None
    opened = cipher.open(f"{kind} {day}", sealed, owner) if _encoded(sealed) == text else None
    return None if opened is None else from_json(opened)


def _encoded(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
