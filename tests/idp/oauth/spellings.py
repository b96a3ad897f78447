"""Texts that are near to a sealed value of ours, or look like one, and are none."""

from collections.abc import Iterator

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

GARBAGE = (
    "", ".", "..", "\0", "\ud800", "中", "x", "*", "1", "0.", ".A", "1.A", "20717.", "999999.AAAA", "1000000.AAAA", "-1.AAAA",
    "a" * 100_000, "9" * 100_000, f"20717.{'A' * 100_000}", "20717.\ud800", "20717.中", "20717.\0", "20717.A A", "{}.[]",
    f"20717.{'A' * 40}", "٢٠٧١٧.AAAA", "２０７１７.AAAA", "null", "AAAA", "20717.A", "20717.====",
)  # fmt: skip
"""What nobody wrote."""


def others_of(value: str) -> Iterator[str]:
    """What lenient readers take for the same value, and what is a little less or more than it."""
    day, _, text = value.partition(".")
    last = _ALPHABET.index(text[-1])
    yield from (
        f"{day}.{text[:-1]}{each}" for each in _ALPHABET if each != _ALPHABET[last]
    )  # the bits that base64 drops
    yield from (f"{value}{'=' * padding}" for padding in (1, 2, 3))
    yield from (f"{value}{each}" for each in ("\n", " ", "A", ".", "\0"))
    yield from (f"{each}{value}" for each in ("0", "+", " ", "-", "1"))
    yield from (f"{day}.{text[:10]}{each}{text[10:]}" for each in ("\n", " ", "=", "%", "."))
    yield from (f"{int(day) + days}.{text}" for days in (-2, -1, 1, 2))
    yield from (value[:length] for length in (1, len(day), len(day) + 1, len(value) // 2, len(value) - 1))
    yield f"{day}.{text[4:]}"
    yield f"{day}.{text.swapcase()}"
    yield f"{day}.{text}{text}"
    yield day.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}) + f".{text}"
    if {"-", "_"} & set(text):
        yield f"{day}.{text.replace('-', '+').replace('_', '/')}"
