"""Sealed values: only what we wrote opens, as what it was written for, in the one spelling it has, for two days."""

from typing import Any

import pytest

from idp.clock import Instant
from idp.entropy import random_bytes
from idp.oauth import sealed_values
from idp.storage.encryption import FieldCipher
from tests.idp.oauth.spellings import GARBAGE, others_of

DAY = 86_400
NOON = Instant(20_717 * DAY + DAY // 2)
CONTENT: list[Any] = [7, '中 \0"', None, ["openid"], {"id_token": {"acr": {"values": ["x"]}}}]


@pytest.mark.parametrize("length", range(4))
def test_a_value_opens_in_one_spelling_alone(cipher: FieldCipher, length: int) -> None:
    """Of each length that base64 pads differently. Mutations: no comparison with `_encoded(sealed)`; `match`; a day that
    `int` reads.
    """
    content = [*CONTENT, "x" * length]
    value = sealed_values.write(cipher, "code", content, NOON, "app")
    assert sealed_values.read(cipher, "code", value, NOON, "app") == content
    for other in others_of(value):
        assert sealed_values.read(cipher, "code", other, NOON, "app") is None, other


def test_two_values_of_one_content_differ(cipher: FieldCipher) -> None:
    """Mutation: a nonce that is computed."""
    values = {sealed_values.write(cipher, "code", CONTENT, NOON) for _ in range(50)}
    assert len(values) == 50
    assert not any("openid" in value or "x" * 8 in value for value in values)


def test_a_value_opens_as_no_other_kind_and_for_no_other_owner(cipher: FieldCipher) -> None:
    """Mutations: the kind not in the purpose; the owner not authenticated."""
    value = sealed_values.write(cipher, "code", CONTENT, NOON, "app")
    for kind, owner in (
        ("access_token", "app"), ("code", "other"), ("code", ""), ("code", "app "), ("cod", "app"), ("code 20717", "app"),
        ("", "app"), ("codeapp", ""), ("code", "ap"),
    ):  # fmt: skip
        assert sealed_values.read(cipher, kind, value, NOON, owner) is None, (kind, owner)
    assert sealed_values.read(cipher, "code", value, NOON, "app") == CONTENT


@pytest.mark.parametrize(("days", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False), (400, False)])
@pytest.mark.parametrize("second", [0, DAY - 1])
def test_the_day_decides_whether_a_value_is_looked_at(
    cipher: FieldCipher, second: int, days: int, *, opens: bool
) -> None:
    """Yesterday's and, for a machine whose clock is ahead, tomorrow's. Mutation: no limit, so that old keys never rest."""
    value = sealed_values.write(cipher, "code", CONTENT, NOON)
    read_at = Instant(20_717 * DAY + days * DAY + second)
    assert (sealed_values.read(cipher, "code", value, read_at) == CONTENT) is opens


def test_the_day_names_the_key(cipher: FieldCipher) -> None:
    """Mutation: one key for all days, of which 2**32 nonces are soon used up."""
    value = sealed_values.write(cipher, "code", CONTENT, NOON)
    sealed = cipher.seal("code 20717", b"[1]")
    assert value.startswith("20717.")
    assert sealed_values.read(cipher, "code", f"20717.{sealed_values._encoded(sealed)}", NOON) == [1]
    for purpose in ("code", "code 20716", "code 20718", "code 020717"):
        other = sealed_values._encoded(cipher.seal(purpose, b"[1]"))
        assert sealed_values.read(cipher, "code", f"20717.{other}", NOON) is None


@pytest.mark.parametrize("number", range(len(GARBAGE)))
def test_garbage_is_nothing_and_raises_nothing(cipher: FieldCipher, number: int) -> None:
    assert sealed_values.read(cipher, "code", GARBAGE[number], NOON) is None


def test_random_bytes_in_our_form_are_nothing(cipher: FieldCipher) -> None:
    """Whatever stands in the header. Mutation: a version of the key that is looked up without asking whether it exists."""
    for length in range(64):
        for header in (b"", b"\1\1", b"\1\2", b"\0\1", b"\xff\xff"):
            text = sealed_values._encoded(header + random_bytes(length))
            assert sealed_values.read(cipher, "code", f"20717.{text}", NOON) is None


def test_a_value_under_a_key_that_was_rotated_still_opens() -> None:
    """And is worth nothing where the key is unknown. Mutation: the newest key alone is tried."""
    old, new = bytes(range(32)), bytes(range(1, 33))
    value = sealed_values.write(FieldCipher({1: old}), "code", CONTENT, NOON)
    assert sealed_values.read(FieldCipher({1: old, 2: new}), "code", value, NOON) == CONTENT
    assert sealed_values.read(FieldCipher({2: new}), "code", value, NOON) is None
    assert sealed_values.read(FieldCipher({1: new}), "code", value, NOON) is None


def test_a_value_of_ours_that_is_too_long_is_not_looked_at(cipher: FieldCipher) -> None:
    value = sealed_values.write(cipher, "code", ["x" * sealed_values.MAX_VALUE], NOON)
    assert sealed_values.read(cipher, "code", value, NOON) is None
