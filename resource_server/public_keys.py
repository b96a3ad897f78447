"""Public keys of others, and whether they signed something (RFC 7517, RFC 7518 §3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from resource_server.compact import from_base64url

ALGORITHMS = ("ES256", "PS256", "RS256", "EdDSA", "Ed25519")
"""By which they may sign; `EdDSA` and `Ed25519` are two names of one thing here (RFC 9864 §2.2)."""
MAX_KEYS = 32
"""Keys of a JWK Set that are still looked at."""
RSA_BITS = range(2048, 8193)
"""RFC 7518 §3.3 sets the least; longer ones than the most would let a stranger spend our time."""

_MODELS = jws.JWSRegistry.algorithms
_PARAMETERS = {"EC": ("crv", "x", "y"), "RSA": ("n", "e"), "OKP": ("crv", "x")}
_KINDS: Mapping[str, type[ECKey] | type[RSAKey] | type[OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
_OF_KIND = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA", "Ed25519"}),
    ("RSA", None): frozenset({"RS256", "PS256"}),
}
_SAME = [frozenset({"ES256"}), frozenset({"RS256"}), frozenset({"PS256"}), frozenset({"EdDSA", "Ed25519"})]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key, fit for these algorithms."""

    kid: str | None
    algorithms: frozenset[str]
    public: ECKey | RSAKey | OKPKey

    def verifies(self, alg: str, signing_input: bytes, signature: bytes) -> bool:
        """Whether the signature is right."""
        if alg not in self.algorithms:
            return False
        model = _MODELS["Ed25519" if alg == "EdDSA" else alg]
        try:
            return model.verify(signing_input, signature, self.public)
        except (JoseError, ValueError, TypeError):
            return False

    @property
    def thumbprint(self) -> str:
        """RFC 7638 §3, by SHA-256: what `jkt` tells."""
        return self.public.thumbprint()


def read_keys(jwk_set: object) -> Sequence[PublicKey]:
    """The keys of a JWK Set that verify signatures here; others are passed over (RFC 7517 §5).

    Raises:
        ValueError: this is no JWK Set, or one of too many keys.
    """
    keys = jwk_set.get("keys") if isinstance(jwk_set, Mapping) else None
    if not isinstance(keys, list | tuple) or len(keys) > MAX_KEYS:
        raise ValueError(f"not a JWK Set of at most {MAX_KEYS} keys")
    return list(_readable(keys))


def read_key(key: Mapping[str, Any]) -> PublicKey | None:
    """A key, rebuilt from its public parameters alone; one that was published with its secret is worth nothing."""
    kid, kty, operations = key.get("kid"), key.get("kty"), key.get("key_ops", ("verify",))
    if key.get("use", "sig") != "sig" or not isinstance(operations, list | tuple) or "verify" not in operations:
        return None
    if not isinstance(kty, str) or kty not in _KINDS or "d" in key or not isinstance(kid, str | None):
        return None
    algorithms = _OF_KIND.get((kty, None if kty == "RSA" else str(key.get("crv"))), frozenset())
    if "alg" in key:  # a key that is called EdDSA is one for Ed25519 as well
        algorithms = next((algorithms & same for same in _SAME if str(key["alg"]) in same), frozenset())
    if not algorithms or (kty == "RSA" and _bits(key.get("n")) not in RSA_BITS):
        return None
    try:
        parameters: dict[str, str | list[str]] = {name: str(key[name]) for name in _PARAMETERS[kty]}
        public = _KINDS[kty].import_key({"kty": kty, **parameters})
        public.public_key  # noqa: B018 - a point off its curve shows only now
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return PublicKey(kid, algorithms, public)


def _readable(keys: Iterable[object]) -> Iterable[PublicKey]:
    for key in keys:
        if isinstance(key, Mapping) and (read := read_key(key)) is not None:
            yield read


def _bits(number: object) -> int:
    """The length of a Base64urlUInt (RFC 7518 §2); 0 where it is none."""
    try:
        return int.from_bytes(from_base64url(str(number))).bit_length()
    except ValueError:
        return 0
