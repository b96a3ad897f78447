"""Passwords: Argon2id with OWASP's parameters, imported hashes accepted and replaced at the next sign-in."""

import unicodedata
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from idp.factors.accepted_hashes import SCHEMES, can_verify
from idp.factors.hashing_pool import HashingPool

if TYPE_CHECKING:
    from passlib.context import CryptContext

MAX_CHARACTERS = 1024
"""More than that is refused before any hashing; nothing is ever cut off (threat G04)."""
_BCRYPT = "$2"
_BCRYPT_BYTES = 72
"""What bcrypt looks at; a longer password would match by its beginning alone."""


class Argon2Passwords:
    """Implements `ports.PasswordHasher`."""

    def __init__(self, pool: HashingPool, *, memory_kib: int, iterations: int) -> None:
        self._pool = pool
        self._memory_kib = memory_kib
        self._iterations = iterations
        self._nobody: str | None = None

    @cached_property
    def _context(self) -> "CryptContext":
        from passlib.context import CryptContext  # loads where a password is hashed, not in all that only start

        return CryptContext(
            schemes=SCHEMES,
            deprecated=SCHEMES[1:],
            argon2__type="id",
            argon2__memory_cost=self._memory_kib,
            argon2__time_cost=self._iterations,
            argon2__parallelism=1,
        )

    def hash(self, password: str) -> str:
        """The PHC string of a new password."""
        return self._pool.run(lambda: str(self._context.hash(_normalised(password))))

    def place(self) -> AbstractContextManager[None]:
        """A place among those whose passwords are checked; raises `Unavailable` at once when there is none."""
        return self._pool.place()

    def can_verify(self, phc: str) -> bool:
        """Whether somebody with this hash could sign in; compares nothing, so it takes no slot."""
        return can_verify(self._context, phc)

    def verify(self, password: str, phc: str | None) -> tuple[bool, str | None]:
        """Whether it matches, and a better hash where the old one is outdated; without a hash, the same time passes."""
        if _is_too_long(password, phc or ""):
            return False, None
        try:
            matches, better = self._pool.run(
                lambda: self._context.verify_and_update(_normalised(password), phc or self._hash_of_nobody())
            )
        except ValueError:  # with passlib's own of passwords that a scheme cannot take
            return False, None
        is_right = bool(matches) and phc is not None
        return is_right, (str(better) if is_right and better else None)

    def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = str(self._context.hash("nobody has this password"))
        return self._nobody


def _is_too_long(password: str, phc: str) -> bool:
    if len(password) > MAX_CHARACTERS:
        return True
    return phc.startswith(_BCRYPT) and len(_normalised(password).encode("utf-8", "surrogatepass")) > _BCRYPT_BYTES


def _normalised(password: str) -> str:
    """NFC, so that the same keys on another keyboard are the same password (NIST SP 800-63B §3.1.1.2)."""
    return unicodedata.normalize("NFC", password)
