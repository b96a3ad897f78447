"""The one place that draws randomness; identifiers, secrets and codes come from here."""

import base64
import os
import secrets

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: none looks like another, and they read well over the telephone."""
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
    """Eight letters, as two groups of four."""
    return " ".join(_letters(4) for _ in range(2))


def random_paper_code() -> str:
    """160 bits that are typed from paper: 32 letters, as eight groups of four."""
    return "-".join(_letters(4) for _ in range(8))


def _letters(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))
