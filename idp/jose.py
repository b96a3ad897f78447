"""The one signer and verifier of JOSE: explicit algorithms, explicit types, always a kid.

joserfc chooses nothing here: RFC 8725 §3.1 and §3.11 want the caller to name the algorithm and the type.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pydantic_core import to_json

ALGORITHMS = ("ES256", "RS256")
"""What we sign with; RS256 is there for those who ask (OpenID Connect Discovery §3 wants it listed)."""

FOREIGN_ALGORITHMS = ("ES256", "PS256", "RS256", "EdDSA", "Ed25519")
"""By which others may sign what we read; `EdDSA` and `Ed25519` are two names of one thing here (RFC 9864 §2.2)."""

MAX_TOKEN = 16 * 1024
"""Characters of a token that we still look at."""

MAX_FOREIGN_TOKEN = 8 * 1024
MAX_KEYS = 32
"""Keys of a foreign JWK Set that we still look at."""
RSA_BITS = range(2048, 8193)
"""RFC 7518 §3.3 sets the least; longer ones than the most would let a stranger spend our time."""


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
        unverified_header = _object(parts[0])
        key = next((key for key in keys if key.kid == unverified_header.get("kid")), None)
        if key is None or unverified_header.get("alg") != key.alg:
            return None
        if not _KEYS_OF_THEIR_OWN.isdisjoint(unverified_header):
            return None
        if typ is not None and unverified_header.get("typ") != typ:
            return None
        signing_input = f"{parts[0]}.{parts[1]}".encode()
        is_ours = _MODELS[key.alg].verify(signing_input, from_base64url(parts[2]), key.private)
        return _object(parts[1]) if is_ours else None
    except (JoseError, ValueError, TypeError, RecursionError):
        return None


# ── what others signed ──


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """A compact JWS of somebody else, read strictly; nothing in it is true before `is_signed_by`."""

    unverified_header: Mapping[str, Any]
    unverified_claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes

    @property
    def alg(self) -> str:
        """The algorithm it names, one of `FOREIGN_ALGORITHMS`."""
        return str(self.unverified_header["alg"])

    @property
    def kid(self) -> str | None:
        """The key it names."""
        return self.unverified_header.get("kid")

    def is_signed_by(self, keys: Iterable["ForeignKey"]) -> bool:
        """Whether one of these keys signed it, by an algorithm that is this key's own."""
        return any(key.verifies(self.alg, self.signing_input, self.signature) for key in keys)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A public key of somebody else, fit for these algorithms."""

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


def read_foreign(unverified_token: str) -> ForeignToken | None:
    """The token behind a text, or None when it is not exactly one compact JWS with JSON claims (RFC 7515 §5.2).

    Names that stand twice, `crit`, `b64`, and keys or addresses of keys in the header are refused, and so are numbers
    that JSON does not know. The size is looked at before anything is decoded.
    """
    parts = unverified_token.split(".") if len(unverified_token) <= MAX_FOREIGN_TOKEN else []
    if len(parts) != 3 or not unverified_token.isascii():
        return None
    try:
        header, claims, signature = _object(parts[0]), _object(parts[1]), from_base64url(parts[2])
    except (ValueError, RecursionError):
        return None
    if not _KEYS_OF_THEIR_OWN.isdisjoint(header) or header.get("alg") not in FOREIGN_ALGORITHMS:
        return None
    if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("typ", ""), str):
        return None
    return ForeignToken(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def read_foreign_keys(jwk_set: object) -> Sequence[ForeignKey]:
    """The keys of a JWK Set that verify signatures here; others are passed over (RFC 7517 §5).

    Raises:
        ValueError: this is no JWK Set, or one of too many keys.
    """
    keys = jwk_set.get("keys") if isinstance(jwk_set, Mapping) else None
    if not isinstance(keys, list | tuple) or len(keys) > MAX_KEYS:
        raise ValueError(f"not a JWK Set of at most {MAX_KEYS} keys")
    read = (_foreign_key(key) for key in keys if isinstance(key, Mapping))
    return [key for key in read if key is not None]


_PARAMETERS = {"EC": ("crv", "x", "y"), "RSA": ("n", "e"), "OKP": ("crv", "x")}
_KINDS: Mapping[str, type[ECKey] | type[RSAKey] | type[OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
_OF_KIND = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA", "Ed25519"}),
    ("RSA", None): frozenset({"RS256", "PS256"}),
}
_KEYS_OF_THEIR_OWN = frozenset({"crit", "b64", "jwk", "jku", "x5u", "x5c"})
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def _foreign_key(key: Mapping[str, Any]) -> ForeignKey | None:
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
    return ForeignKey(kid, algorithms, public)


_SAME = [frozenset({"ES256"}), frozenset({"RS256"}), frozenset({"PS256"}), frozenset({"EdDSA", "Ed25519"})]


def _bits(number: object) -> int:
    """The length of a Base64urlUInt (RFC 7518 §2); 0 where it is none."""
    try:
        return int.from_bytes(from_base64url(str(number))).bit_length()
    except ValueError:
        return 0


def base64url(value: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Base64url without padding, in its one spelling (RFC 7515 §2); raises ValueError."""
    if _BASE64URL.fullmatch(text) is None:
        raise ValueError("not base64url")
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != text.encode():
        raise ValueError("not the one spelling")
    return decoded


def _object(text: str) -> dict[str, Any]:
    """An encoded JSON object in UTF-8, each name once (RFC 7515 §4, RFC 7519 §4); raises ValueError."""
    value = json.loads(from_base64url(text).decode(), object_pairs_hook=_without_doubles, parse_constant=_refuse_number)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what others sent is a wrong value, not a wrong program
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice")
    return names


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
