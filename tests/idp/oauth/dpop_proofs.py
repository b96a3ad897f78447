"""Whoever proves to hold a key with each request (RFC 9449), rightly or however a test wants it."""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.idp.oauth.assertions import KeyHolder, changed, holder

_numbers = count(1)


@dataclass(frozen=True)
class Prover:
    """A key, and proofs by it."""

    key: KeyHolder

    @property
    def jkt(self) -> str:
        """The thumbprint of the key (RFC 7638)."""
        return self.key.private.thumbprint()

    def proof(
        self,
        method: str,
        address: str,
        header: Mapping[str, Any] | None = None,
        token: str | None = None,
        **claims: Any,
    ) -> str:
        """A flawless proof but for the changes; a claim or header changed to None is left out."""
        public = {name: value for name, value in self.key.jwk.items() if name not in {"kid", "use"}}
        head = changed({"typ": "dpop+jwt", "alg": self.key.alg, "jwk": public}, header or {})
        told = {
            "jti": f"proof-{next(_numbers)}-{time.monotonic_ns()}",
            "htm": method,
            "htu": address,
            "iat": int(time.time()),
            "ath": None if token is None else hash_of(token),
        }
        return self.key.sign(head, changed(told, claims))


def hash_of(token: str) -> str:
    """`ath` (RFC 9449 §4.2): all of the digest, in spite of its cousins in OpenID Connect."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def prover(alg: str = "ES256", kid: str = "dpop") -> Prover:
    """The same for the same question."""
    return Prover(holder(alg, kid))
