"""The one signer and verifier of JOSE: explicit algorithms, explicit types, always a kid.

joserfc chooses nothing here: RFC 8725 §3.1 and §3.11 want the caller to name the algorithm and the type.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

ALGORITHMS = ("ES256", "RS256")
"""What we sign with; RS256 is there for those who ask (OpenID Connect Discovery §3 wants it listed)."""

MAX_TOKEN = 16 * 1024
"""Characters of a token that we still look at."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair ready for use: importing one costs milliseconds, so it is done once."""

    kid: str
    alg: str
    private: ECKey | RSAKey

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public members, with `kid`, `use` and `alg` (RFC 7517 §4)."""
        members = dict(self.private.as_dict(private=False))
        return {**members, "kid": self.kid, "use": "sig", "alg": self.alg}


def generate(alg: str) -> str:
    """A new private key as JWK JSON: P-256 for ES256, 2048 bits for RS256."""
    key: ECKey | RSAKey = ECKey.generate_key("P-256") if alg == "ES256" else RSAKey.generate_key(2048)
    return json.dumps(key.as_dict(private=True))


def thumbprint(private_jwk: str) -> str:
    """The RFC 7638 thumbprint, our `kid`: it follows from the key and never collides."""
    return jwk.import_key(json.loads(private_jwk)).thumbprint()


def import_private(kid: str, alg: str, private_jwk: str) -> Key:
    """The key behind a stored private JWK."""
    key = jwk.import_key(json.loads(private_jwk))
    if not isinstance(key, ECKey | RSAKey):
        raise TypeError("only EC and RSA keys sign here")
    return Key(kid, alg, key)


def sign(claims: Mapping[str, object], key: Key, typ: str) -> str:
    """A compact JWS over JSON claims."""
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    header = {"alg": key.alg, "kid": key.kid, "typ": typ}
    return jws.serialize_compact(header, payload, key.private, algorithms=[key.alg])


def verify(unverified_token: str, keys: Iterable[Key], typ: str | None) -> Mapping[str, object] | None:
    """The claims, if one of these keys signed them with its own algorithm; None otherwise.

    The header is believed only as far as choosing among our keys; `alg`, `jwk`, `jku` and `x5c` in it decide nothing.
    """
    if len(unverified_token) > MAX_TOKEN or not unverified_token.isascii():
        return None
    try:
        unverified_header = jws.extract_compact(unverified_token.encode()).headers()
        key = next((key for key in keys if key.kid == unverified_header.get("kid")), None)
        if key is None or unverified_header.get("alg") != key.alg:
            return None
        if typ is not None and unverified_header.get("typ") != typ:
            return None
        verified = jws.deserialize_compact(unverified_token, key.private, algorithms=[key.alg])
        claims = json.loads(verified.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None
