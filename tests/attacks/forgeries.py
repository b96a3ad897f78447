"""Tokens that nobody here issued: each a genuine one with one thing about it bent (threats C01 to C05)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

PublicKey = Mapping[str, Any]
STRANGER = ECKey.generate_key("P-256")
"""The attacker's own key."""


@dataclass(frozen=True)
class Genuine:
    """A token of ours taken apart, and the published key that signed it."""

    token: str
    key: PublicKey

    @property
    def header(self) -> dict[str, Any]:
        """What its header says."""
        told: dict[str, Any] = json.loads(unpadded(self.token.split(".")[0]))
        return told

    @property
    def claims(self) -> dict[str, Any]:
        """What it claims."""
        told: dict[str, Any] = json.loads(unpadded(self.token.split(".")[1]))
        return told

    @property
    def signature(self) -> str:
        """Its third part."""
        return self.token.split(".")[2]


def packed(part: object) -> str:
    """JSON, or bytes as they are, in base64url without padding."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpadded(text: str) -> bytes:
    """The bytes behind base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def with_header(genuine: Genuine, signature: str | None = None, **changes: object) -> str:
    """Another header over the same claims, with the signature it had unless another is given."""
    header = {name: value for name, value in {**genuine.header, **changes}.items() if value is not ...}
    kept = genuine.signature if signature is None else signature
    return f"{packed(header)}.{genuine.token.split('.')[1]}.{kept}"


def by_the_stranger(genuine: Genuine, **changes: object) -> str:
    """Well signed, by a key of the attacker, which the header may bring along."""
    header = {**genuine.header, "alg": "ES256", **changes}
    header = {name: value for name, value in header.items() if value is not ...}
    payload = json.dumps(genuine.claims).encode()
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    return jws.serialize_compact(header, payload, STRANGER, registry=registry)


def by_our_public_key(genuine: Genuine, form: Callable[[PublicKey], bytes]) -> str:
    """HS256, keyed with a public key of ours in one of the forms in which it is published or can be written."""
    signing_input = f"{packed({**genuine.header, 'alg': 'HS256'})}.{genuine.token.split('.')[1]}"
    return f"{signing_input}.{packed(hmac.digest(form(genuine.key), signing_input.encode(), hashlib.sha256))}"


def _written(encoding: serialization.Encoding, form: serialization.PublicFormat) -> Callable[[PublicKey], bytes]:
    def write(key: PublicKey) -> bytes:
        imported = ECKey.import_key(dict(key)) if key["kty"] == "EC" else RSAKey.import_key(dict(key))
        written: bytes = imported.public_key.public_bytes(encoding, form)
        return written

    return write


PUBLIC_FORMS: dict[str, Callable[[PublicKey], bytes]] = {
    "spki-pem": _written(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    "spki-der": _written(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    "jwk": lambda key: json.dumps(dict(key), separators=(",", ":")).encode(),
    "jwk-with-spaces": lambda key: json.dumps(dict(key)).encode(),
    "x": lambda key: unpadded(key.get("x") or key["n"]),
    "x-as-text": lambda key: str(key.get("x") or key["n"]).encode(),
    "nothing": lambda _: b"",
}
JWK = STRANGER.as_dict(private=False)

FORGERIES: dict[str, Callable[[Genuine], str]] = {
    # C01: no algorithm, no signature
    **{
        f"alg-{alg!r}": lambda genuine, alg=alg: with_header(genuine, "", alg=alg)  # type: ignore[misc]
        for alg in ("none", "None", "nOnE", "NONE", "", None, ..., 0, True, ["ES256"], "ES256 ", "es256")
    },
    "none-with-signature": lambda genuine: with_header(genuine, alg="none"),
    "stripped": lambda genuine: genuine.token.rpartition(".")[0] + ".",
    "cut": lambda genuine: genuine.token.rpartition(".")[0],
    "four-parts": lambda genuine: genuine.token + ".AAAA",
    "zero-signature": lambda genuine: with_header(genuine, packed(b"\0" * 64)),
    "other-claims": lambda genuine: ".".join(
        [genuine.token.split(".")[0], packed({**genuine.claims, "sub": "somebody"}), genuine.signature]
    ),
    # C02: our public key as a shared secret
    **{
        f"hs256-{name}": lambda genuine, form=form: by_our_public_key(genuine, form)  # type: ignore[misc]
        for name, form in PUBLIC_FORMS.items()
    },
    # C03: the header brings its own key
    "stranger": by_the_stranger,
    "jwk": lambda genuine: by_the_stranger(genuine, jwk=JWK),
    "jwk-without-kid": lambda genuine: by_the_stranger(genuine, jwk=JWK, kid=...),
    "jku": lambda genuine: by_the_stranger(genuine, jku="https://evil.test/jwks"),
    "x5u": lambda genuine: by_the_stranger(genuine, x5u="https://evil.test/x5u"),
    "x5c": lambda genuine: by_the_stranger(genuine, x5c=["MIIB"]),
    # C04: the name of the key
    **{
        f"kid-{number}": lambda genuine, kid=kid: by_the_stranger(genuine, kid=kid)  # type: ignore[misc]
        for number, kid in enumerate(("../../../../dev/null", "' OR 1=1--", "k" * 10_000, "", "\0", "key-of-the-bench"))
    },
    "kid-integer": lambda genuine: with_header(genuine, kid=1),
    "kid-null": lambda genuine: with_header(genuine, kid=None),
    "kid-list": lambda genuine: with_header(genuine, kid=["a"]),
    "no-kid": lambda genuine: with_header(genuine, kid=...),
    # C05: what the header demands, and what stands twice
    "crit": lambda genuine: with_header(genuine, crit=["exp"]),
    "unencoded": lambda genuine: with_header(genuine, crit=["b64"], b64=False),
    "no-typ": lambda genuine: with_header(genuine, typ=...),
    "other-typ": lambda genuine: with_header(genuine, typ="logout+jwt"),
    "twice": lambda genuine: ".".join(
        [packed(b'{"alg":"none",' + json.dumps(genuine.header).encode()[1:]), *genuine.token.split(".")[1:]]
    ),
    "not-json": lambda genuine: ".".join([packed(b"{"), *genuine.token.split(".")[1:]]),
}
"""By the fault they have, each made of a genuine token."""
