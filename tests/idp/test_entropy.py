"""Randomness: long enough, well-formed, and never twice."""

import re
from collections.abc import Callable

import pytest

from idp.entropy import random_bytes, random_digits, random_support_code, random_token, random_uid


@pytest.mark.parametrize(
    ("draw", "form"),
    [
        (random_token, r"[A-Za-z0-9_-]{43}"),
        (random_support_code, r"[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}"),
        (lambda: random_digits(12), r"[0-9]{12}"),
        (lambda: random_bytes().hex(), r"[0-9a-f]{64}"),
    ],
)
def test_values_have_their_form_and_do_not_repeat(draw: Callable[[], str], form: str) -> None:
    drawn = {draw() for _ in range(200)}
    assert len(drawn) == 200
    assert all(re.fullmatch(form, value, re.ASCII) for value in drawn)


def test_digits_are_drawn_evenly_with_leading_zeros() -> None:
    """Mutation: `str(randbelow(10**n))`, which has no leading zeros."""
    drawn = "".join(random_digits(6) for _ in range(2000))
    assert len(drawn) == 12_000
    assert all(1000 < drawn.count(digit) < 1400 for digit in "0123456789")


def test_a_uid_is_no_option_of_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: one of 64 begins with a dash, and `idp person show` takes it for an option."""
    drawn = iter([b"\xf8" * 16, b"\x00" * 16])
    monkeypatch.setattr("idp.entropy.os.urandom", lambda _: next(drawn))
    assert random_uid() == "A" * 22
