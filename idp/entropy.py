"""The one place that draws randomness; identifiers, secrets and codes come from here."""

import base64
import os
import secrets

SECRET_BYTES = 32
"""256 bits: what every bearer value gets (RFC 6749 §10.10 asks for 128, we owe no one the minimum)."""


def random_bytes(length: int = SECRET_BYTES) -> bytes:
    """So many bytes from the operating system's generator."""
    return os.urandom(length)


def random_token(length: int = SECRET_BYTES) -> str:
    """An unguessable string, base64url without padding, of so many random bytes."""
    return base64.urlsafe_b64encode(os.urandom(length)).rstrip(b"=").decode("ascii")


def random_uid() -> str:
    """A string of 128 bits that people type at a command line: it never begins with a dash, as an option does."""
    while (uid := random_token(16)).startswith("-"):
        continue
    return uid


def random_digits(length: int) -> str:
    """A decimal code of exactly so many digits, leading zeros included."""
    return "".join(str(secrets.randbelow(10)) for _ in range(length))


def random_support_code() -> str:
    """Eight characters that read well over the telephone (Crockford's letters), as two groups of four."""
    letters = "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(8))
    return f"{letters[:4]} {letters[4:]}"
