"""Secrets and signatures, so that another key store or algorithm fits."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Cipher(Protocol):
    """Encryption at rest and blind indexes; each output names its algorithm and key version in its header.

    What writes raises `Unavailable` where this process lacks the key that writes.
    """

    @property
    def versions(self) -> Sequence[int]:
        """Those of the keys that are known here, the highest first."""

    def require(self, version: int, check: bytes) -> None:
        """Raise `Unavailable` unless the key of this version is known here, and has this check."""

    def check(self, version: int) -> bytes:
        """A digest by which processes see that they have the same key of a version."""

    def seal(self, purpose: str, plaintext: bytes, context: str = "", *, version: int | None = None) -> bytes:
        """Encrypt with authentication; `purpose` and `context` must be the same at opening.

        Under the current key, or that of the version that is named.
        """

    def open(self, purpose: str, sealed: bytes, context: str = "") -> bytes | None:
        """Decrypt; None when it was altered, moved or made with an unknown key."""

    def index(self, kind: str, value: str, *, version: int | None = None) -> bytes:
        """A keyed digest by which a value is found without being stored in clear; under the current key, or one that is named."""

    def indexes(self, kind: str, value: str) -> Sequence[bytes]:
        """The digests under every known key, the current one first: by them stored values are looked up."""

    def tag(self, purpose: str, message: bytes, *, version: int | None = None) -> bytes:
        """A 32-byte keyed digest (HMAC-SHA256) for values that must come back unchanged; as `index`."""

    def tags(self, purpose: str, message: bytes) -> Sequence[bytes]:
        """The digests under every known key, the current one first: for values that outlive a change of keys."""


class Signer(Protocol):
    """Signs with the active key of an algorithm and knows which keys are published."""

    def sign(self, claims: Mapping[str, object], alg: str, typ: str = "JWT") -> str:
        """A compact JWS with `kid` and `typ` (RFC 7515)."""

    def verify(self, unverified_token: str, typ: str | None = None) -> Mapping[str, object] | None:
        """The claims of a token that one of our published keys signed; None otherwise. Looks at no time claim."""

    def jwks(self) -> bytes:
        """The public JWK Set (RFC 7517 §5) as JSON bytes."""

    def algorithms(self) -> Sequence[str]:
        """Algorithms with an active key."""
