"""`<number>.<secret>`: a bearer value that names its own row, of which the row keeps a digest (docs/decisions/0008)."""

import hashlib

MAX_DIGITS = 18
MAX_SECRET = 128


def write(number: int, secret: str) -> str:
    """The value as its holder presents it."""
    return f"{number}.{secret}"


def read(unverified: str) -> tuple[int, str] | None:
    """Number and secret; None for whatever we never wrote, a second spelling of a number among it."""
    number, dot, secret = unverified.partition(".")
    is_number = number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS and not number.startswith("0")
    return (int(number), secret) if dot and is_number and len(secret) <= MAX_SECRET else None


def digest_of(secret: str) -> bytes:
    """How the secret is stored: it has 256 random bits, so a fast digest is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
