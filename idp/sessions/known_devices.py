"""Whether a person has signed in on this browser before: kept in the browser, sealed, and nowhere here.

The cookie lists the accounts that signed in on it. Whoever steals it can sign in to nothing by it; their sign-in would
only go without a notice, as one on the stolen device itself would.
"""

from pydantic_core import from_json, to_json

from idp.jose import base64url, from_base64url
from idp.ports import Cipher

COOKIE = "device"
SECONDS = 400 * 86_400
"""As long as browsers keep a cookie at most."""
MOST = 8
"""Accounts that one browser remembers, the last ones: a family's computer, not a café's."""
_PURPOSE = "device"
_LONGEST = 1024


def knows(cipher: Cipher, unverified_cookie: str | None, uid: str) -> bool:
    """Whether this account signed in on this browser."""
    return uid in _read(cipher, unverified_cookie)


def remember(cipher: Cipher, unverified_cookie: str | None, uid: str) -> str:
    """The cookie that knows this account, too."""
    others = [each for each in _read(cipher, unverified_cookie) if each != uid]
    sealed = cipher.seal(_PURPOSE, to_json([*others, uid][-MOST:]))
    return base64url(sealed)


def _read(cipher: Cipher, unverified_cookie: str | None) -> list[str]:
    if not unverified_cookie or len(unverified_cookie) > _LONGEST:
        return []
    try:
        sealed = from_base64url(unverified_cookie)
    except ValueError:
        return []
    opened = cipher.open(_PURPOSE, sealed)
    return [] if opened is None else [str(uid) for uid in from_json(opened)]
