"""Encryption at rest: what a cipher must refuse, and how keys change while old values stay readable."""

import pytest

from idp.storage.encryption import FieldCipher

ONE = {1: b"1" * 32}
BOTH = {1: b"1" * 32, 2: b"2" * 32}


def test_what_was_sealed_opens_under_the_same_purpose_and_context() -> None:
    cipher = FieldCipher(ONE)
    sealed = cipher.seal("names.sealed_name", "欧阳春晓".encode(), "1")
    assert cipher.open("names.sealed_name", sealed, "1") == "欧阳春晓".encode()


def test_the_same_plaintext_is_never_sealed_to_the_same_bytes() -> None:
    """Mutation: a constant nonce."""
    cipher = FieldCipher(ONE)
    assert len({cipher.seal("p", b"same") for _ in range(100)}) == 100


@pytest.mark.parametrize(("purpose", "context"), [("other", "row 1"), ("purpose", "row 2"), ("purpose", "")])
def test_a_moved_value_does_not_open(purpose: str, context: str) -> None:
    """Mutation: the context left out of the additional data, or one key for all purposes."""
    cipher = FieldCipher(ONE)
    assert cipher.open(purpose, cipher.seal("purpose", b"secret", "row 1"), context) is None


def test_no_altered_byte_opens() -> None:
    """Mutation: the header left out of the additional data, with two versions sharing a key."""
    cipher = FieldCipher({1: b"1" * 32, 2: b"1" * 32})
    sealed = cipher.seal("purpose", b"secret", "row")
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 3
        assert cipher.open("purpose", bytes(altered), "row") is None
    for length in range(len(sealed)):
        assert cipher.open("purpose", sealed[:length], "row") is None


def test_the_highest_version_seals_and_the_header_names_it() -> None:
    assert FieldCipher(ONE).seal("purpose", b"")[:2] == b"\x01\x01"
    assert FieldCipher(BOTH).seal("purpose", b"")[:2] == b"\x01\x02"


def test_a_value_of_an_older_key_opens_until_the_key_is_gone() -> None:
    sealed = FieldCipher(ONE).seal("purpose", b"secret")
    assert FieldCipher(BOTH).open("purpose", sealed) == b"secret"
    assert FieldCipher({2: b"2" * 32}).open("purpose", sealed) is None


def test_an_index_is_found_again_and_tells_kinds_apart() -> None:
    cipher = FieldCipher(ONE)
    assert cipher.index("phone", "+8613900000001") == FieldCipher(ONE).index("phone", "+8613900000001")
    assert cipher.index("phone", "1") != cipher.index("email", "1")
    assert cipher.index("phone", "1") != cipher.index("phone", "2")


def test_an_index_names_algorithm_and_version_and_old_ones_are_looked_up_too() -> None:
    old, both = FieldCipher(ONE), FieldCipher(BOTH)
    assert [index[:2] for index in both.indexes("phone", "1")] == [b"\x01\x02", b"\x01\x01"]
    assert both.indexes("phone", "1") == (both.index("phone", "1"), old.index("phone", "1"))
    assert {len(index) for index in both.indexes("phone", "1")} == {34}


def test_an_index_depends_on_the_key() -> None:
    """Mutation: a plain SHA-256, which the small space of citizen numbers makes reversible in seconds."""
    assert FieldCipher(ONE).index("citizen_id", "1") != FieldCipher({1: b"x" * 32}).index("citizen_id", "1")


def test_any_text_has_an_index() -> None:
    cipher = FieldCipher(ONE)
    assert len({cipher.index("peer", text) for text in ("", "\0", "\ud800", "\udfff", "é", "e\u0301")}) == 6


def test_a_tag_is_32_bytes_of_its_own_purpose() -> None:
    cipher = FieldCipher(ONE)
    assert len(cipher.tag("csrf", b"m")) == 32
    assert cipher.tag("csrf", b"m") == FieldCipher(ONE).tag("csrf", b"m")
    assert cipher.tag("csrf", b"m") != cipher.tag("other", b"m")
    assert cipher.tag("kind", b"m") != cipher.index("kind", "m")[2:]


@pytest.mark.parametrize("keys", [{}, {0: b"1" * 32}, {256: b"1" * 32}, {1: b"1" * 31}, {1: b"1" * 32, 2: b""}])
def test_keys_of_another_form_are_refused(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="Encryption keys"):
        FieldCipher(keys)
