"""Authorization codes (RFC 6749 §4.1.2): 256 random bits, kept under their digest, taken once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from idp.clock import Instant
from idp.entropy import random_token
from idp.model.authorization import AuthorizationCode, Grant
from idp.ports import Ephemeral

_TAKEN = b"taken "
_MEMBERS = tuple(field.name for field in fields(AuthorizationCode))
_GRANT_MEMBERS = tuple(field.name for field in fields(Grant))
_MARKER_SECONDS = 60
"""Longer than any redemption takes: a transaction of ours is cut off long before."""


@dataclass(frozen=True, slots=True)
class TakenCode:
    """A code that was taken, and the word that its taker left in its place."""

    code: AuthorizationCode
    word: bytes


def issue(ephemeral: Ephemeral, code: AuthorizationCode, seconds: int) -> str:
    """Store a code and give its value, which nobody can read back from the store."""
    value = random_token()
    ephemeral.put(_key(code.grant.client_id, value), _encode(code), seconds)
    return value


def take(ephemeral: Ephemeral, client_id: str, unverified_value: str) -> TakenCode | None:
    """Take the code for good; of many takers one gets it. Another client's attempt misses and leaves it.

    Everybody who comes leaves a word of their own: the winner, who has not committed yet, sees by it afterwards whether
    somebody else came (`was_replayed`).
    """
    word = _TAKEN + random_token(12).encode()
    stored = ephemeral.swap(_key(client_id, unverified_value), word, _MARKER_SECONDS)
    if stored is None or stored.startswith(_TAKEN):
        return None
    return TakenCode(_read(json.loads(stored)), word)


def was_replayed(ephemeral: Ephemeral, client_id: str, unverified_value: str, word: bytes) -> bool:
    """Whether somebody else came with this code after it was taken by whoever left this word."""
    return ephemeral.get(_key(client_id, unverified_value)) not in {None, word}


def origin_of(client_id: str, unverified_value: str) -> bytes:
    """The digest by which a family remembers its code for as long as it is kept, so that a lost cache revives nothing."""
    return hashlib.sha256(f"code:{client_id}:{unverified_value}".encode("utf-8", "surrogatepass")).digest()


def _key(client_id: str, value: str) -> str:
    return f"code:{client_id}:{origin_of(client_id, value).hex()}"


def _encode(code: AuthorizationCode) -> bytes:
    stored = {name: getattr(code, name) for name in _MEMBERS}
    stored["grant"] = {name: getattr(code.grant, name) for name in _GRANT_MEMBERS}
    return json.dumps(stored, separators=(",", ":")).encode()


def _read(stored: Mapping[str, Any]) -> AuthorizationCode:
    grant = stored["grant"]
    return AuthorizationCode(
        grant=Grant(**{**grant, "scope": tuple(grant["scope"]), "amr": tuple(grant["amr"])}),
        redirect_uri=stored["redirect_uri"],
        code_challenge=stored["code_challenge"],
        issued_at=Instant(stored["issued_at"]),
    )
