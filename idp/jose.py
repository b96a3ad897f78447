"""The one signer and verifier of JOSE: explicit algorithms, explicit types, always a kid.

joserfc chooses nothing here: RFC 8725 §3.1 and §3.11 want the caller to name the algorithm and the type.
"""

import hmac
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from pydantic_core import to_json

from resource_server.compact import LONGEST as MAX_FOREIGN_TOKEN
from resource_server.compact import Compact, base64url, from_base64url, json_object, read
from resource_server.public_keys import ALGORITHMS as FOREIGN_ALGORITHMS
from resource_server.public_keys import MAX_KEYS, RSA_BITS
from resource_server.public_keys import PublicKey as ForeignKey
from resource_server.public_keys import read_keys as read_foreign_keys

__all__ = (
    "ALGORITHMS", "FOREIGN_ALGORITHMS", "MAX_FOREIGN_TOKEN", "MAX_KEYS", "RSA_BITS", "ForeignKey", "ForeignToken", "Key",
    "base64url", "from_base64url", "generate", "import_private", "read_foreign", "read_foreign_keys", "sign", "thumbprint",
    "verify",
)  # fmt: skip

ALGORITHMS = ("ES256", "RS256")
"""What we sign with; RS256 is there for those who ask (OpenID Connect Discovery §3 wants it listed)."""

MAX_TOKEN = 16 * 1024
"""Characters of a token that we still look at."""

PUBLIC_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e")}
"""What of a key is told to everyone (RFC 7518 §6.2.1 and §6.3.1), for the kinds that sign here."""

# The compact form is put together and taken apart here, and what ES256 makes of a signature (RFC 7518 §3.4): the library's
# way costs each token a third of what is not the signature (docs/decisions/0018).
_MODELS = jws.JWSRegistry.algorithms
_ES256 = ECDSA(SHA256())


@dataclass(frozen=True)
class Key:
    """A key pair of ours.

    It becomes an object of the library with its first signature and stays one: for an RSA key that takes 36 ms, in
    which its numbers are tried. Most keys of a ring are published only, and a start does not wait for them.
    """

    kid: str
    alg: str
    members: Mapping[str, Any] = field(repr=False, compare=False)

    @cached_property
    def private(self) -> ECKey | RSAKey:
        """Ready to sign."""
        key = jwk.import_key(dict(self.members))
        assert isinstance(key, ECKey | RSAKey)
        _MODELS[self.alg].check_key(key)
        return key

    def signature(self, message: bytes) -> bytes:
        """By this key, in the form of its algorithm."""
        if self.alg != "ES256":
            return _MODELS[self.alg].sign(message, self.private)
        r, s = decode_dss_signature(self._elliptic.sign(message, _ES256))
        return r.to_bytes(32) + s.to_bytes(32)

    @cached_property
    def _elliptic(self) -> EllipticCurvePrivateKey:
        key = self.private.private_key
        assert isinstance(key, EllipticCurvePrivateKey)
        return key

    @cached_property
    def headers(self) -> dict[str, str]:
        """The encoded headers of what it signed, by type: they never change."""
        return {}

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public members, with `kid`, `use` and `alg` (RFC 7517 §4)."""
        public = {name: self.members[name] for name in PUBLIC_MEMBERS[self.members["kty"]]}
        return {**public, "kid": self.kid, "use": "sig", "alg": self.alg}


def generate(alg: str) -> str:
    """A new private key as JWK JSON: P-256 for ES256, 2048 bits for RS256."""
    key: ECKey | RSAKey = ECKey.generate_key("P-256") if alg == "ES256" else RSAKey.generate_key(2048)
    return json.dumps(key.as_dict(private=True))


def thumbprint(private_jwk: str) -> str:
    """The RFC 7638 thumbprint, our `kid`: it follows from the key and never collides. Raises `ValueError` for no key."""
    try:
        return jwk.import_key(json.loads(private_jwk)).thumbprint()
    except JoseError as fault:
        raise ValueError("that is no key") from fault


def import_private(kid: str, alg: str, private_jwk: str) -> Key:
    """The key behind a stored private JWK."""
    members = json.loads(private_jwk)
    if members["kty"] not in PUBLIC_MEMBERS:
        raise TypeError("only EC and RSA keys sign here")
    return Key(kid, alg, members)


def sign(claims: Mapping[str, object], key: Key, typ: str) -> str:
    """A compact JWS over JSON claims."""
    header = key.headers.get(typ)
    if header is None:
        header = key.headers[typ] = base64url(to_json({"alg": key.alg, "kid": key.kid, "typ": typ}))
    signing_input = f"{header}.{base64url(to_json(claims))}"
    return f"{signing_input}.{base64url(key.signature(signing_input.encode()))}"


def verify(
    unverified_token: str, keys: Iterable[Key], typ: str | None, *, longest: int = MAX_TOKEN
) -> Mapping[str, object] | None:
    """The claims, if one of these keys signed them with its own algorithm; None otherwise.

    The header is believed only as far as choosing among our keys; `alg` in it decides nothing, and what we never write
    there (`crit`, `jwk`, `jku`, `x5c`) makes it somebody else's.
    """
    parts = unverified_token.split(".") if len(unverified_token) <= longest else []
    if len(parts) != 3 or not unverified_token.isascii():
        return None
    try:
        unverified_header = json_object(parts[0])
        key = next((key for key in keys if key.kid == unverified_header.get("kid")), None)
        if key is None or unverified_header.get("alg") != key.alg:
            return None
        if not _KEYS_OF_THEIR_OWN.isdisjoint(unverified_header):
            return None
        if typ is not None and unverified_header.get("typ") != typ:
            return None
        signing_input = f"{parts[0]}.{parts[1]}".encode()
        is_ours = _MODELS[key.alg].verify(signing_input, from_base64url(parts[2]), key.private)
        return json_object(parts[1]) if is_ours else None
    except (JoseError, ValueError, TypeError, RecursionError):
        return None


# ── what others signed ──


@dataclass(frozen=True, slots=True)
class ForeignToken(Compact):
    """A compact JWS of somebody else, read strictly; nothing in it is true before `is_signed_by`."""

    @property
    def alg(self) -> str:
        """The algorithm it names, one of `FOREIGN_ALGORITHMS`."""
        return str(self.unverified_header["alg"])

    @property
    def kid(self) -> str | None:
        """The key it names."""
        return self.unverified_header.get("kid")

    def is_signed_by(self, keys: Iterable[ForeignKey]) -> bool:
        """Whether one of these keys signed it, by an algorithm that is this key's own."""
        return any(key.verifies(self.alg, self.signing_input, self.signature) for key in keys)

    def is_signed_with(self, secrets: Iterable[str]) -> bool:
        """Whether one of these shared secrets signed it by HS256 (RFC 7518 §3.2)."""
        macs = [hmac.digest(secret.encode(), self.signing_input, "sha256") for secret in secrets]
        return self.alg == "HS256" and any(hmac.compare_digest(mac, self.signature) for mac in macs)


def read_foreign(unverified_token: str, also: Collection[str] = ()) -> ForeignToken | None:
    """The token behind a text, or None when it is not exactly one compact JWS with JSON claims (RFC 7515 §5.2).

    Names that stand twice, `crit`, `b64`, and keys or addresses of keys in the header are refused, and so are numbers
    that JSON does not know. The size is looked at before anything is decoded.

    Args:
        also: algorithms of shared secrets, where they are verified with nothing else (`is_signed_with`).
    """
    compact = read(unverified_token)
    if compact is None:
        return None
    header = compact.unverified_header
    if not _KEYS_OF_THEIR_OWN.isdisjoint(header) or header.get("alg") not in (*FOREIGN_ALGORITHMS, *also):
        return None
    if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("typ", ""), str):
        return None
    return ForeignToken(header, compact.unverified_claims, compact.signing_input, compact.signature)


_KEYS_OF_THEIR_OWN = frozenset({"crit", "b64", "jwk", "jku", "x5u", "x5c"})
