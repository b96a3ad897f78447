"""A client's own key pairs for encryption, and how it reads what was encrypted for it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

CONTENT = ["A128CBC-HS256", "A128GCM", "A256GCM"]


@dataclass(frozen=True)
class Reader:
    """A private key with its name."""

    kid: str
    private: ECKey | RSAKey

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key, for encryption."""
        return {**self.private.as_dict(private=False), "kid": self.kid, "use": "enc"}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def read(self, token: str, alg: str, enc: str = "A128CBC-HS256") -> tuple[dict[str, Any], bytes]:
        """Header and content of a JWE by exactly these algorithms (RFC 7516 §5.2)."""
        found = jwe.decrypt_compact(token, self.private, algorithms=[alg, enc])
        assert found.plaintext is not None
        header = dict(found.headers())
        assert (header["alg"], header["enc"], header["kid"]) == (alg, enc, self.kid)
        assert "zip" not in header
        return header, found.plaintext


@cache
def reader(kind: str = "P-256", kid: str = "enc-1") -> Reader:
    """The same key for the same question: `RSA`, or a curve."""
    return Reader(kid, RSAKey.generate_key(2048) if kind == "RSA" else ECKey.generate_key(kind))


FITTING = {"RSA-OAEP-256": "RSA", "ECDH-ES": "P-256", "ECDH-ES+A256KW": "P-384"}
"""A kind of key for each algorithm."""
