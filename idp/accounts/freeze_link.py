"""The link in a notice, by which the person freezes the account without signing in.

It is made from the configured issuer alone, never from what a request says of its host (threat G06). It is sealed for
one account and one thing that happened, and is its own proof: whoever can read the notice may freeze, and nobody else.
"""

from dataclasses import dataclass

from pydantic_core import from_json, to_json

from idp.clock import Instant, after
from idp.jose import base64url, from_base64url
from idp.model.notice import Notice, NoticeKind
from idp.ports import Cipher

LIFETIME = 30 * 86_400
"""Seconds from what it tells of."""
PATH = "/freeze/"
_PURPOSE = "freeze_link"
_LONGEST = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a link tells of."""

    account_id: int
    kind: NoticeKind
    at: Instant
    device: str | None


def write(cipher: Cipher, issuer: str, notice: Notice) -> str:
    """The whole address."""
    told = (notice.account_id, notice.kind.value, notice.at, notice.device)
    return f"{issuer}{PATH}{base64url(cipher.seal(_PURPOSE, to_json(told)))}"


def read(cipher: Cipher, unverified: str, now: Instant) -> Told | None:
    """What it tells of; None when we did not write it so, or too long ago."""
    if len(unverified) > _LONGEST:
        return None
    try:
        sealed = from_base64url(unverified)
    except ValueError:
        return None
    opened = cipher.open(_PURPOSE, sealed)
    if opened is None:
        return None
    account_id, kind, at, device = from_json(opened)
    if kind not in set(NoticeKind):  # written by a release that knew more
        return None
    told = Told(account_id=account_id, kind=NoticeKind(kind), at=Instant(at), device=device)
    return told if now < after(told.at, LIFETIME) else None
