"""Authorization codes (RFC 6749 §4.1.2): 256 random bits, kept under their digest, taken once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from idp.clock import Instant
from idp.entropy import random_token
from idp.model.authorization import AuthorizationCode, Grant
from idp.ports import Ephemeral

_TAKEN, _REPLAYED = b"taken", b"replayed"
_MARKERS = frozenset({_TAKEN, _REPLAYED})
_MARKER_SECONDS = 60
"""Longer than any redemption takes: a transaction of ours is cut off long before."""


def issue(ephemeral: Ephemeral, code: AuthorizationCode, seconds: int) -> str:
    """Store a code and give its value, which nobody can read back from the store."""
    value = random_token()
    ephemeral.put(_key(code.grant.client_id, value), json.dumps(asdict(code)).encode(), seconds)
    return value


def take(ephemeral: Ephemeral, client_id: str, unverified_value: str) -> AuthorizationCode | None:
    """Take the code for good; of many takers one gets it. Another client's attempt misses and leaves it.

    What stays in its place says that it was taken, and after a second attempt that it was replayed: the winner, who
    has not committed yet, looks there afterwards (`was_replayed`).
    """
    key = _key(client_id, unverified_value)
    stored = ephemeral.get(key)
    if stored == _TAKEN:
        ephemeral.swap(key, _TAKEN, _REPLAYED, _MARKER_SECONDS)
    if stored is None or stored in _MARKERS:
        return None
    if ephemeral.swap(key, stored, _TAKEN, _MARKER_SECONDS):
        return _read(json.loads(stored))
    ephemeral.swap(key, _TAKEN, _REPLAYED, _MARKER_SECONDS)  # somebody was faster between the two steps
    return None


def was_replayed(ephemeral: Ephemeral, client_id: str, unverified_value: str) -> bool:
    """Whether somebody else came with this code after it was taken."""
    return ephemeral.get(_key(client_id, unverified_value)) == _REPLAYED


def origin_of(client_id: str, unverified_value: str) -> bytes:
    """The digest by which a family remembers its code for ever, so that a lost cache revives nothing."""
    return hashlib.sha256(f"code:{client_id}:{unverified_value}".encode("utf-8", "surrogatepass")).digest()


def _key(client_id: str, value: str) -> str:
    return f"code:{client_id}:{origin_of(client_id, value).hex()}"


def _read(stored: Mapping[str, Any]) -> AuthorizationCode:
    grant = stored["grant"]
    return AuthorizationCode(
        grant=Grant(**{**grant, "scope": tuple(grant["scope"]), "amr": tuple(grant["amr"])}),
        redirect_uri=stored["redirect_uri"],
        code_challenge=stored["code_challenge"],
        issued_at=Instant(stored["issued_at"]),
    )
