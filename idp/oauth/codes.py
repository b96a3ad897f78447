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


def issue(ephemeral: Ephemeral, code: AuthorizationCode, seconds: int) -> str:
    """Store a code and give its value, which nobody can read back from the store."""
    value = random_token()
    ephemeral.put(_key(code.grant.client_id, value), json.dumps(asdict(code)).encode(), seconds)
    return value


def take(ephemeral: Ephemeral, client_id: str, unverified_value: str) -> AuthorizationCode | None:
    """Take the code out for good; of many takers one gets it. Another client's attempt misses and leaves it."""
    stored = ephemeral.take(_key(client_id, unverified_value))
    return None if stored is None else _read(json.loads(stored))


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
