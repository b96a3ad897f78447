"""Password hashes of other systems that we can check: their schemes, and what checking one may cost.

Whoever brings a hash decides how dear each sign-in with it is, so dear ones are refused before they are stored.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from passlib.context import CryptContext

SCHEMES = (
    "argon2",
    "bcrypt",
    "scrypt",
    "pbkdf2_sha256",
    "pbkdf2_sha512",
    "pbkdf2_sha1",
    "sha512_crypt",
    "sha256_crypt",
)
"""The first one hashes; all others are replaced by it at the next sign-in."""

LONGEST_HASH = 512
_LIMITS: Mapping[str, Mapping[str, int]] = {
    "argon2": {"memory_cost": 131_072, "rounds": 10, "parallelism": 16},
    "bcrypt": {"rounds": 14},
    "scrypt": {"rounds": 17, "block_size": 8, "parallelism": 4},
    "pbkdf2_sha256": {"rounds": 2_000_000},
    "pbkdf2_sha512": {"rounds": 2_000_000},
    "pbkdf2_sha1": {"rounds": 2_000_000},
    "sha512_crypt": {"rounds": 1_000_000},
    "sha256_crypt": {"rounds": 1_000_000},
}
"""KiB, iterations and lanes; of bcrypt and scrypt the exponent."""


def can_verify(context: "CryptContext", phc: str) -> bool:
    """Whether a password can be compared with it, at a cost that a login may have."""
    if len(phc) > LONGEST_HASH or not phc.isascii():
        return False
    try:
        handler: Any = context.identify(phc, resolve=True)
        parsed = None if handler is None else handler.from_string(phc)
    except (ValueError, TypeError):  # a scheme that it begins like, and is not
        return False
    if parsed is None or parsed.checksum is None:
        return False
    return all(getattr(parsed, name) <= limit for name, limit in _LIMITS[handler.name].items())
