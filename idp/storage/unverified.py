"""Whether a value from outside could be in the database at all: a look-up of one that could not finds nothing.

Drivers do not look such values up, they raise: SQLite for integers beyond 64 bits, PostgreSQL for NUL, both for lone
surrogates.
"""

LARGEST_ID = 2**63 - 1


def can_be_id(unverified: int) -> bool:
    """Whether a sequential id may have this value."""
    return 0 < unverified <= LARGEST_ID


def can_be_text(unverified: str) -> bool:
    """Whether a text column may hold this value."""
    try:
        return b"\0" not in unverified.encode()
    except UnicodeEncodeError:
        return False
