"""Encryption for whoever reads it (JWE, RFC 7516): a few strong algorithms, a public key of the reader, nothing shared.

RSA1_5 (an oracle for whoever may ask often, RFC 8725 §3.2), `dir`, and keys made of client secrets are not here: what
is registered is refused, so that no token waits for the day on which they are broken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.jose import MAX_KEYS, RSA_BITS, from_base64url

ALGORITHMS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW")
"""How the key of the content reaches its reader (RFC 7518 §4.3, §4.6)."""
CONTENT = ("A128CBC-HS256", "A128GCM", "A256GCM")
"""How the content is encrypted (RFC 7518 §5.2, §5.3); the first where nothing else is registered (Registration §2)."""

_PARAMETERS = {"EC": ("crv", "x", "y"), "RSA": ("n", "e")}
_KINDS: Mapping[str, type[ECKey] | type[RSAKey]] = {"EC": ECKey, "RSA": RSAKey}
_CURVES = frozenset({"P-256", "P-384", "P-521"})
_OF_KIND = {"EC": frozenset({"ECDH-ES", "ECDH-ES+A256KW"}), "RSA": frozenset({"RSA-OAEP-256"})}
_OPERATIONS = frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"})
"""Of `key_ops` (RFC 7517 §4.3)."""


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A public key of a reader, fit for these algorithms.

    Attributes:
        is_for_encryption_alone: its owner says so (`use`, RFC 7517 §4.2), and so would rather have it than another.
    """

    kid: str | None
    algorithms: frozenset[str]
    is_for_encryption_alone: bool
    public: ECKey | RSAKey


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who reads what is encrypted, and how they registered to read it."""

    key: EncryptionKey
    alg: str
    enc: str

    def encrypt(self, content: bytes, *, is_jwt: bool) -> str:
        """A compact JWE (RFC 7516 §7.1) over claims, or over a signed JWT (RFC 7519 §5.2: `cty` says so)."""
        header = {"alg": self.alg, "enc": self.enc, "typ": "JWT"}
        if is_jwt:
            header["cty"] = "JWT"
        if self.key.kid is not None:
            header["kid"] = self.key.kid
        return jwe.encrypt_compact(header, content, self.key.public, algorithms=[self.alg, self.enc])


def read_keys(jwks: Mapping[str, object]) -> Sequence[EncryptionKey]:
    """The keys of a JWK Set that something can be encrypted for, those for that alone first.

    Others are passed over (RFC 7517 §5), and so is one that was published with its secret.
    """
    keys = jwks.get("keys")
    readable = _readable(keys) if isinstance(keys, list | tuple) and len(keys) <= MAX_KEYS else ()
    return sorted(readable, key=lambda key: not key.is_for_encryption_alone)


def fit_for(keys: Sequence[EncryptionKey], alg: str) -> EncryptionKey | None:
    """The key to take for this algorithm."""
    return next((key for key in keys if alg in key.algorithms), None)


def _readable(keys: Sequence[object]) -> Iterator[EncryptionKey]:
    for key in keys:
        if isinstance(key, Mapping) and (read := _read(key)) is not None:
            yield read


def _read(key: Mapping[str, Any]) -> EncryptionKey | None:
    kid, kty, use, operations = key.get("kid"), key.get("kty"), key.get("use"), key.get("key_ops")
    if use not in (None, "enc") or not isinstance(kid, str | None) or not isinstance(kty, str) or "d" in key:
        return None
    if operations is not None and not (
        isinstance(operations, list | tuple) and _OPERATIONS & set(map(str, operations))
    ):
        return None
    algorithms = _OF_KIND.get(kty, frozenset())
    if "alg" in key:
        algorithms &= {str(key["alg"])}
    if not algorithms or (kty == "EC" and str(key.get("crv")) not in _CURVES):
        return None
    try:
        parameters: dict[str, str | list[str]] = {name: str(key[name]) for name in _PARAMETERS[kty]}
        if kty == "RSA" and int.from_bytes(from_base64url(str(key["n"]))).bit_length() not in RSA_BITS:
            return None
        public = _KINDS[kty].import_key({"kty": kty, **parameters})
        public.public_key  # noqa: B018 - a point off its curve shows only now
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return EncryptionKey(kid, algorithms, use == "enc", public)
