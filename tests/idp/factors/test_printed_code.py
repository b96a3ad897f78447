"""Codes on paper: random enough, and read however they are typed."""

import math
import re

import pytest

from idp.factors.printed_code import PrintedCodes, recovery_codes, slips
from idp.storage.encryption import FieldCipher

CODE = "0123 4567 8901 2345"


@pytest.fixture
def codes() -> PrintedCodes:
    return recovery_codes(FieldCipher({1: b"1" * 32}))


def test_codes_of_fifty_bits_in_groups(codes: PrintedCodes) -> None:
    """Mutations: fewer digits; the same code twice."""
    batch = [codes.new() for _ in range(10)]
    assert len(set(batch)) == 10
    assert all(re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code) for code in batch)
    assert math.log2(10 ** sum(each.isdigit() for each in batch[0])) > 50
    assert all(codes.read(code) == code for code in batch)


@pytest.mark.parametrize(
    "typed",
    [
        *(CODE, "0123456789012345", "  0123-4567-8901-2345\n", "0123\u30004567\u20148901\u20132345"),
        "\uff10\uff11\uff12\uff13 4567 8901 2345",
    ],
)
def test_spaces_dashes_and_wide_digits_do_not_matter(codes: PrintedCodes, typed: str) -> None:
    assert codes.read(typed) == CODE


@pytest.mark.parametrize(
    "typed", ["", "0123", "0123 4567 8901 234", "0123 4567 8901 23456", "0123 4567 8901 234a", "٠" * 16, "0" * 10**6]
)
def test_what_is_no_code_is_none(codes: PrintedCodes, typed: str) -> None:
    """Mutations: digits of other scripts; a million characters looked at."""
    assert codes.read(typed) is None


def test_a_digest_tells_nothing_and_is_one_persons(codes: PrintedCodes) -> None:
    """Threat H04. Mutations: no key; no person in it."""
    (digest,) = codes.digests(7, CODE)
    assert CODE.encode() not in digest
    assert CODE.replace(" ", "").encode() not in digest
    assert digest != codes.digests(8, CODE)[0]
    assert digest != recovery_codes(FieldCipher({1: b"2" * 32})).digests(7, CODE)[0]


def test_a_slip_has_eight_digits_and_is_no_recovery_code() -> None:
    """C13. Mutation: one kind of digest for both."""
    cipher = FieldCipher({1: b"1" * 32})
    slip = slips(cipher).new()
    assert re.fullmatch(r"\d{4} \d{4}", slip)
    assert slips(cipher).read(f" {slip.replace(' ', '-')}") == slip
    assert recovery_codes(cipher).read(slip) is None
    assert slips(cipher).digests(7, CODE) != recovery_codes(cipher).digests(7, CODE)


def test_a_change_of_keys_keeps_the_sheet_good(codes: PrintedCodes) -> None:
    (digest,) = codes.digests(7, CODE)
    assert digest in recovery_codes(FieldCipher({1: b"1" * 32, 2: b"2" * 32})).digests(7, CODE)[1:]
