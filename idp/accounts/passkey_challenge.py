"""The question that a passkey or a card answers: made without storing anything, for one browser and one purpose, for minutes.

Whoever loads pages fills no table (threat N12). That an answer counts once is kept beside the key: it never answers a
question that is older than the newest it answered, nor the same one again (threat I01).
"""

import hmac
from dataclasses import dataclass

from idp.clock import Instant, after
from idp.entropy import random_bytes
from idp.ports import Cipher

SECONDS = 600
_RANDOM_BYTES = 16
_TAG_BYTES = 16
_MOMENT_BYTES = 8
_PURPOSE = "passkey_challenge"
LENGTH = _MOMENT_BYTES + _RANDOM_BYTES + _TAG_BYTES


@dataclass(frozen=True, slots=True)
class Binding:
    """What a question is for: `purpose` keeps the ceremonies apart, `subject` is an interaction or a session."""

    purpose: str
    browser: str
    subject: str


def new_challenge(cipher: Cipher, binding: Binding, now: Instant) -> bytes:
    """A question: its moment, chance, and the mark by which we know it again."""
    body = now.to_bytes(_MOMENT_BYTES, "big") + random_bytes(_RANDOM_BYTES)
    return body + cipher.tag(_PURPOSE, _bound(binding, body))[:_TAG_BYTES]


def asked_at(
    cipher: Cipher, binding: Binding, unverified_challenge: bytes, now: Instant, seconds: int = SECONDS
) -> Instant | None:
    """When we asked that, also under a master key of before; None: we did not, not here, not for this, or too long ago."""
    body, tag = unverified_challenge[:-_TAG_BYTES], unverified_challenge[-_TAG_BYTES:]
    ours = (each[:_TAG_BYTES] for each in cipher.tags(_PURPOSE, _bound(binding, body)))
    if len(unverified_challenge) != LENGTH or not any(hmac.compare_digest(tag, each) for each in ours):
        return None
    moment = Instant(int.from_bytes(body[:_MOMENT_BYTES], "big"))
    return moment if moment <= now < after(moment, seconds) else None


def _bound(binding: Binding, body: bytes) -> bytes:
    return f"{binding.purpose}\n{binding.browser}\n{binding.subject}\n".encode("utf-8", "surrogatepass") + body
