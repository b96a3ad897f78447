"""The public keys of a client, registered by value (RFC 7517 §5): public indeed, strong enough, each with a name."""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError

ALGORITHMS = ("ES256", "PS256", "RS256", "EdDSA")
"""What a client may sign its assertions with (RFC 7518 §3.1, RFC 8037 §3.1)."""

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""Members that only the owner of a key may know (RFC 7518 §6.2.2, §6.3.2, §6.4)."""

MAX_KEYS = 32
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
"""Longer ones would let a client cost us a lot of time."""

_OF_CURVE = {
    ("EC", "P-256"): {"ES256"},
    ("EC", "P-384"): {"ES384"},
    ("EC", "P-521"): {"ES512"},
    ("OKP", "Ed25519"): {"EdDSA"},
}
_OF_RSA = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}


def faults_of(jwks: Mapping[str, object]) -> list[str]:
    """What is wrong with this set, in words; a private key in it was published by its owner and is worth nothing."""
    keys = jwks.get("keys")
    if not isinstance(keys, list | tuple) or not 0 < len(keys) <= MAX_KEYS:
        return [f"is not a JWK Set of 1 to {MAX_KEYS} keys"]
    faults = [f"keys.{number}: {fault}" for number, key in enumerate(keys) for fault in _faults_of_key(key)]
    kids = Counter(str(key["kid"]) for key in keys if isinstance(key, dict) and isinstance(key.get("kid"), str))
    if any(times > 1 for times in kids.values()):
        faults.append("two keys have the same kid")
    if not faults and not algorithms_of(jwks):
        faults.append("no key in it can verify a signature; give EC P-256, P-384 or P-521, RSA or Ed25519")
    return faults


def algorithms_of(jwks: Mapping[str, object]) -> frozenset[str]:
    """The signature algorithms that the keys of a set without faults are for."""
    keys = jwks.get("keys")
    found = [_algorithms_of_key(key) for key in keys] if isinstance(keys, list | tuple) else []
    return frozenset().union(*found)


def _faults_of_key(key: Any) -> Iterator[str]:
    if not isinstance(key, dict):
        yield "is not a JWK"
        return
    if private := [name for name in PRIVATE if name in key]:
        yield f"holds private members ({', '.join(private)}); the key is burnt, make a new one and keep it"
        return
    if not isinstance(key.get("kid"), str) or not key["kid"]:
        yield "has no kid"
    if not _is_understood(key):
        return  # RFC 7517 §5: keys of other kinds are passed over
    if key["kty"] == "RSA" and not MIN_RSA_BITS <= _bits(key.get("n")) <= MAX_RSA_BITS:
        yield f"is an RSA key of other than {MIN_RSA_BITS} to {MAX_RSA_BITS} bits"
    elif not _can_be_read(key):
        yield "is not a key that can be read"


def _is_understood(key: Mapping[str, Any]) -> bool:
    return key.get("kty") == "RSA" or _curve_of(key) in _OF_CURVE


def _curve_of(key: Mapping[str, Any]) -> tuple[str, str]:
    return str(key.get("kty")), str(key.get("crv"))


def _algorithms_of_key(key: Any) -> set[str]:
    """RFC 7517 §4.2–4.4: `use`, `key_ops` and `alg` narrow what a key is for."""
    if not isinstance(key, dict) or key.get("use", "sig") != "sig" or "verify" not in str(key.get("key_ops", "verify")):
        return set()
    able = _OF_RSA if key.get("kty") == "RSA" else _OF_CURVE.get(_curve_of(key), set())
    return able & {str(key["alg"])} if "alg" in key else able


def _bits(number: Any) -> int:
    """The length of a Base64urlUInt (RFC 7518 §2); 0 where it is none."""
    try:
        return int.from_bytes(base64.urlsafe_b64decode(f"{number}==")).bit_length()
    except ValueError:
        return 0


def _can_be_read(key: dict[str, Any]) -> bool:
    try:
        jwk.import_key(key).public_key  # noqa: B018 - a point off its curve shows only now
    except (JoseError, ValueError, TypeError, OverflowError):
        return False
    return True
