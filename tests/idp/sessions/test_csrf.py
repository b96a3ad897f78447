"""Tokens of forms: good for one browser and one subject (threats F03, F04)."""

import pytest

from idp.sessions.csrf import matches, token
from idp.storage.encryption import FieldCipher


def test_a_token_belongs_to_one_browser_and_one_subject(cipher: FieldCipher) -> None:
    """Mutations: a plain digest; the browser or the subject left out; both joined without a divider."""
    good = token(cipher, "browser", "subject")
    assert matches(cipher, "browser", "subject", good)
    assert not matches(cipher, "other", "subject", good)
    assert not matches(cipher, "browser", "other", good)
    assert not matches(cipher, "browsers", "ubject", good)
    assert token(FieldCipher({1: b"another key of exactly 32 bytes!"}), "browser", "subject") != good


@pytest.mark.parametrize("hostile", ["", "0", "中", "\ud800", "\0", "a" * 100_000])
def test_hostile_tokens_and_cookies_match_nothing(cipher: FieldCipher, hostile: str) -> None:
    assert not matches(cipher, "browser", "subject", hostile)
    assert not matches(cipher, hostile, "subject", token(cipher, "browser", "subject"))


def test_without_a_browser_nothing_is_genuine(cipher: FieldCipher) -> None:
    """Mutation: the token of the empty cookie, which anybody can ask for."""
    assert not matches(cipher, "", "subject", token(cipher, "", "subject"))


def test_a_form_outlives_a_change_of_the_master_key() -> None:
    """Half of the processes have heard of it, half have not. Mutation: the key that writes is asked alone."""
    old, both = FieldCipher({1: b"1" * 32}), FieldCipher({1: b"1" * 32, 2: b"2" * 32})
    late = FieldCipher({1: b"1" * 32, 2: b"2" * 32})
    late.follow(lambda: (1, late.check(1)))
    assert matches(both, "browser", "subject", token(old, "browser", "subject"))
    assert matches(late, "browser", "subject", token(both, "browser", "subject"))
    assert not matches(FieldCipher({2: b"2" * 32}), "browser", "subject", token(old, "browser", "subject"))
