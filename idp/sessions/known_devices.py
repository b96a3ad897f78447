"""Who has signed in on this browser before, and how: kept in the browser, sealed, and nowhere here.

The cookie lists the accounts that signed in on it. Whoever steals it can sign in to nothing by it; they would read masked
names, and their sign-in would go without a notice, as one on the stolen device itself would.
"""

from dataclasses import dataclass

from pydantic_core import from_json, to_json

from idp.jose import base64url, from_base64url
from idp.model.account import IdentifierKind
from idp.model.policy import Method
from idp.ports import Cipher

COOKIE = "device"
SECONDS = 400 * 86_400
"""As long as browsers keep a cookie at most."""
MOST = 8
"""Accounts that one browser remembers, the last ones: a family's computer, not a café's."""
_PURPOSE = "device"
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Known:
    """One account that signed in here: by which of its numbers, and by what proof, the last time."""

    uid: str
    kind: IdentifierKind
    method: Method


def known(cipher: Cipher, unverified_cookie: str | None) -> list[Known]:
    """Those who signed in on this browser, the last one first."""
    return _read(cipher, unverified_cookie)[::-1]


def knows(cipher: Cipher, unverified_cookie: str | None, uid: str) -> bool:
    """Whether this account signed in on this browser."""
    return any(each.uid == uid for each in _read(cipher, unverified_cookie))


def remember(cipher: Cipher, unverified_cookie: str | None, new: Known) -> str:
    """The cookie that knows this account, too."""
    others = [each for each in _read(cipher, unverified_cookie) if each.uid != new.uid]
    lines = [(each.uid, each.kind, each.method) for each in [*others, new][-MOST:]]
    return base64url(cipher.seal(_PURPOSE, to_json(lines)))


def _read(cipher: Cipher, unverified_cookie: str | None) -> list[Known]:
    if not unverified_cookie or len(unverified_cookie) > _LONGEST:
        return []
    try:
        sealed = from_base64url(unverified_cookie)
    except ValueError:
        return []
    opened = cipher.open(_PURPOSE, sealed)
    return [] if opened is None else [each for line in from_json(opened) if (each := _known(line)) is not None]


def _known(line: object) -> Known | None:
    """One entry; None for what another version wrote, so that an upgrade costs a notice and no page."""
    try:
        match line:
            case [str(uid), str(kind), str(method)]:
                return Known(uid, IdentifierKind(kind), Method(method))
    except ValueError:
        pass
    return None
