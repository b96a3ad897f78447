"""The public keys of a client, registered by value (RFC 7517 §5): public indeed, strong enough, each with a name."""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError

from idp.jose import FOREIGN_ALGORITHMS, MAX_KEYS, RSA_BITS, read_foreign_keys
from idp.oauth import encryption

ALGORITHMS = FOREIGN_ALGORITHMS
"""What a client may sign its assertions with."""

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""Members that only the owner of a key may know (RFC 7518 §6.2.2, §6.3.2, §6.4)."""

_KINDS = {("EC", "P-256"), ("EC", "P-384"), ("EC", "P-521"), ("OKP", "Ed25519")}


def faults_of(jwks: Mapping[str, object]) -> list[str]:
    """What is wrong with this set, in words; a private key in it was published by its owner and is worth nothing."""
    keys = jwks.get("keys")
    if not isinstance(keys, list | tuple) or not 0 < len(keys) <= MAX_KEYS:
        return [f"is not a JWK Set of 1 to {MAX_KEYS} keys"]
    faults = [f"keys.{number}: {fault}" for number, key in enumerate(keys) for fault in _faults_of_key(key)]
    kids = Counter(str(key["kid"]) for key in keys if isinstance(key, dict) and isinstance(key.get("kid"), str))
    if any(times > 1 for times in kids.values()):
        faults.append("two keys have the same kid")
    if not faults and not (can_verify(jwks) or encryption.read_keys(jwks)):
        faults.append("no key in it can be used; give EC P-256, P-384 or P-521, RSA or Ed25519")
    return faults


def can_verify(jwks: Mapping[str, object]) -> bool:
    """Whether a key of this set, which is without faults, is one for signatures."""
    keys = jwks.get("keys")
    return isinstance(keys, list | tuple) and any(_is_for_signatures(key) for key in keys)


def can_encrypt(jwks: Mapping[str, object], alg: str) -> bool:
    """Whether something can be encrypted for its owner by this algorithm."""
    return encryption.fit_for(encryption.read_keys(jwks), alg) is not None


def algorithms_of(jwks: Mapping[str, object]) -> frozenset[str]:
    """By which of `ALGORITHMS` the keys of a set without faults can verify."""
    return frozenset().union(*(key.algorithms for key in read_foreign_keys(jwks)))


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
    if key["kty"] == "RSA" and _bits(key.get("n")) not in RSA_BITS:
        yield f"is an RSA key of other than {RSA_BITS.start} to {RSA_BITS.stop - 1} bits"
    elif not _can_be_read(key):
        yield "is not a key that can be read"


def _is_understood(key: Mapping[str, Any]) -> bool:
    return key.get("kty") == "RSA" or (str(key.get("kty")), str(key.get("crv"))) in _KINDS


def _is_for_signatures(key: Mapping[str, Any]) -> bool:
    """RFC 7517 §4.2 and §4.3; `_can_be_read` has seen that both members have their types."""
    return _is_understood(key) and key.get("use", "sig") == "sig" and "verify" in key.get("key_ops", ["verify"])


def _bits(number: Any) -> int:
    """The length of a Base64urlUInt (RFC 7518 §2); 0 where it is none."""
    try:
        return int.from_bytes(base64.urlsafe_b64decode(f"{number}==")).bit_length()
    except ValueError:
        return 0


def _can_be_read(key: dict[str, Any]) -> bool:
    operations = key.get("key_ops", [])
    try:
        jwk.import_key(key).public_key  # noqa: B018 - a point off its curve shows only now
    except (JoseError, ValueError, TypeError, OverflowError):
        return False
    return isinstance(operations, list | tuple)
