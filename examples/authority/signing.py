"""A register's key, and what it signs: the truth, or what a fault makes of it."""

import base64
import hashlib
import hmac
import json
import secrets
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

ANSWER_SECONDS = 300
NOBODY = "旁人"
"""Who an answer is about when it is to be about somebody else."""


@dataclass(frozen=True)
class SigningKey:
    """A P-256 key with its id."""

    kid: str
    private: EllipticCurvePrivateKey

    @classmethod
    def drawn(cls) -> "SigningKey":
        """A new one."""
        return cls(secrets.token_urlsafe(8), generate_private_key(SECP256R1()))

    @property
    def public_jwk(self) -> dict[str, str]:
        """RFC 7517 §4."""
        numbers = self.private.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid, "use": "sig", "alg": "ES256"}

    def sign(self, typ: str, claims: dict[str, Any], fault: str) -> str:
        """A compact JWS (RFC 7515 §7.1), with the time and the id of an answer; a fault may make another one of it."""
        now = int(time.time())
        decided_at = now - 2 * ANSWER_SECONDS if fault == "expired" else now
        whole = {
            "iat": decided_at,
            "exp": decided_at + ANSWER_SECONDS,
            "jti": secrets.token_urlsafe(24),
            **claims,
        }
        key = generate_private_key(SECP256R1()) if fault == "wrong_signature" else self.private
        return compact_jws({"alg": "ES256", "typ": typ, "kid": self.kid}, whole, key)


def binding(order: dict[str, Any], issuer: str, *lines: str) -> dict[str, Any]:
    """The claims by which an answer is bound to its question, and to whom it is about."""
    return {
        "iss": issuer,
        "aud": order["client"],
        "txn": order["id"],
        "nonce": order["nonce"],
        "subject_digest": subject_digest(order["subject_key"], *lines),
    }


def subject_digest(subject_key: str, *lines: str) -> str:
    """The contracts' name for whom an answer is about, which nobody can read who has not the question's key."""
    message = "\n".join(unicodedata.normalize("NFC", line) for line in lines).encode()
    key = base64.urlsafe_b64decode(subject_key + "=" * (-len(subject_key) % 4))
    return base64url(hmac.digest(key, message, hashlib.sha256))


def compact_jws(header: dict[str, str], claims: dict[str, Any], key: EllipticCurvePrivateKey) -> str:
    """ES256 (RFC 7515 §7.1, RFC 7518 §3.4)."""
    signed = ".".join(base64url(json.dumps(part, ensure_ascii=False).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


def base64url(value: bytes) -> str:
    """Without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
