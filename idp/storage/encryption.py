"""Encryption at rest and blind indexes, under keys that never enter the database.

Every purpose has a key of its own: HKDF-SHA256 (RFC 5869) of a versioned master key. What is stored begins with two
bytes, the algorithm and the version of the master key, so that keys and algorithms can be changed while old values
stay readable. Which version writes the database says, to all processes at once; a cipher that is not told lets the highest.
"""

import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from idp.entropy import random_bytes
from idp.errors import Unavailable

KEY_BYTES = 32

_AES_256_GCM = 1
_HMAC_SHA256 = 1
_HEADER_BYTES = 2
_NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random, so at most 2**32 values per purpose and key version
_TAG_BYTES = 16


class FieldCipher:
    """Seals fields with AES-256-GCM and finds them by HMAC-SHA256 (implements `ports.Cipher`)."""

    def __init__(self, master_keys: Mapping[int, bytes]) -> None:
        """Take the master keys by version (1–255), each 32 bytes; raises ValueError for anything else."""
        if not master_keys or not all(1 <= version <= 255 for version in master_keys):
            raise ValueError("Encryption keys: at least one key is needed, with versions from 1 to 255.")
        if any(len(key) != KEY_BYTES for key in master_keys.values()):
            raise ValueError(f"Encryption keys: each key must have exactly {KEY_BYTES} bytes.")
        self._master_keys = dict(master_keys)
        self.versions = tuple(sorted(master_keys, reverse=True))
        self._in_force: Callable[[], tuple[int, bytes] | None] = lambda: None
        self._required: tuple[int, bytes] | None = None
        # Purposes are a few dozen constants of the program; deriving costs more than sealing, so each is derived once.
        self._derived = lru_cache(maxsize=1024)(self._derive)
        self._aead = lru_cache(maxsize=1024)(lambda version, purpose: AESGCM(self._derived(version, f"seal {purpose}")))

    def follow(self, in_force: Callable[[], tuple[int, bytes] | None]) -> None:
        """From now on the version that this tells of writes, if its check is ours; None leaves it to the highest."""
        self._in_force = in_force

    @property
    def current(self) -> int:
        """The version that writes; raises `Unavailable` when it is not known here, or is another key here."""
        told = self._in_force()
        if told is None:
            return self.versions[0]
        if told is not self._required:
            self.require(*told)
            self._required = told
        return told[0]

    def require(self, version: int, check: bytes) -> None:
        """Raise `Unavailable` unless we have this very key."""
        if version not in self._master_keys:
            raise _lacking(
                f"master key {version} is in use and not in secrets.keys of this process: add it and restart"
            )
        if not hmac.compare_digest(self.check(version), check):
            raise _lacking(f"master key {version} in secrets.keys of this process is another one than that in use")

    def check(self, version: int) -> bytes:
        """32 bytes by which processes see that they have the same key, and nobody learns anything of it."""
        return self._tag(version, "check", b"")

    def seal(self, purpose: str, plaintext: bytes, context: str = "", *, version: int | None = None) -> bytes:
        """Encrypt: header ‖ nonce ‖ ciphertext ‖ tag; the context is authenticated, not stored."""
        version = self.current if version is None else version
        header = bytes((_AES_256_GCM, version))
        nonce = random_bytes(_NONCE_BYTES)
        return header + nonce + self._aead(version, purpose).encrypt(nonce, plaintext, header + context.encode())

    def open(self, purpose: str, sealed: bytes, context: str = "") -> bytes | None:
        """Decrypt; None when it was altered, moved to another purpose or context, or made with an unknown key."""
        if len(sealed) < _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES:
            return None
        header, nonce, ciphertext = sealed[:2], sealed[2:14], sealed[14:]
        algorithm, version = header
        if algorithm != _AES_256_GCM or version not in self._master_keys:
            return None
        try:
            return self._aead(version, purpose).decrypt(nonce, ciphertext, header + context.encode())
        except InvalidTag:
            return None

    def index(self, kind: str, value: str, *, version: int | None = None) -> bytes:
        """A keyed digest (header ‖ 32 bytes) under the current key, by which a value is stored."""
        return self._index(self.current if version is None else version, kind, value)

    def indexes(self, kind: str, value: str) -> tuple[bytes, ...]:
        """The digests under every known key, the current one first: by them a value is looked up."""
        return tuple(self._index(version, kind, value) for version in self._current_first())

    def tag(self, purpose: str, message: bytes, *, version: int | None = None) -> bytes:
        """HMAC-SHA256 under the current key: 32 bytes that change when the key is changed."""
        return self._tag(self.current if version is None else version, purpose, message)

    def tags(self, purpose: str, message: bytes) -> tuple[bytes, ...]:
        """The tags under every known key, the current one first."""
        return tuple(self._tag(version, purpose, message) for version in self._current_first())

    def _current_first(self) -> tuple[int, ...]:
        current = self.current
        if current == self.versions[0]:
            return self.versions
        return (current, *(version for version in self.versions if version != current))

    def _tag(self, version: int, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self._derived(version, f"tag {purpose}"), message, sha256)

    def _index(self, version: int, kind: str, value: str) -> bytes:
        digest = hmac.digest(self._derived(version, f"index {kind}"), value.encode("utf-8", "surrogatepass"), sha256)
        return bytes((_HMAC_SHA256, version)) + digest

    def _derive(self, version: int, label: str) -> bytes:
        hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"yizheng " + label.encode())
        return hkdf.derive(self._master_keys[version])


def _lacking(detail: str) -> Unavailable:
    return Unavailable("The stored data cannot be used at this moment. Please try again later.", detail=detail)
