"""Passwords: whole, normalised, in bounded time, imported ones included (threat G04)."""

import time
from pathlib import Path

import pytest
from passlib.hash import pbkdf2_sha256

from idp.errors import Unavailable
from idp.factors.hashing_pool import HashingPool
from idp.factors.password import MAX_CHARACTERS, Argon2Passwords


@pytest.fixture
def passwords(tmp_path: Path) -> Argon2Passwords:
    return Argon2Passwords(HashingPool(tmp_path, slots=1, places=1, wait_seconds=5), memory_kib=64, iterations=1)


@pytest.mark.parametrize(
    "password",
    ["a", "a\0b", " leading and trailing ", "密码 is 🔑", "x" * MAX_CHARACTERS, "' or 1=1", "\u202eabc", "é", "\n"],
)
def test_exactly_the_same_characters_match(passwords: Argon2Passwords, password: str) -> None:
    """Mutations: stripping, cutting, or folding the case."""
    phc = passwords.hash(password)
    assert phc.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert passwords.verify(password, phc) == (True, None)
    for other in (f"{password} ", f" {password}", password[:-1], f"{password}\0", password.swapcase() + "x", ""):
        assert passwords.verify(other, phc) == (False, None)


def test_two_keyboards_write_one_password(passwords: Argon2Passwords) -> None:
    """Mutation: no NFC (NIST SP 800-63B §3.1.1.2)."""
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert passwords.verify(decomposed, passwords.hash(composed)) == (True, None)
    assert passwords.verify(composed, passwords.hash(decomposed)) == (True, None)


def test_two_long_passwords_with_one_beginning_differ(passwords: Argon2Passwords) -> None:
    """Mutation: bcrypt for new passwords (the Okta incident)."""
    beginning = "b" * 72
    phc = passwords.hash(f"{beginning}1")
    assert passwords.verify(f"{beginning}2", phc) == (False, None)


@pytest.mark.parametrize("password", ["x" * 73, "密" * 25, "é" * 37])
def test_bcrypt_never_matches_by_a_beginning(passwords: Argon2Passwords, password: str) -> None:
    """Mutation: no look at the bytes before bcrypt, which ignores the rest."""
    assert passwords.verify(password, "$2b$05$hQtyz7hFO2mR2JWJwhvSkO1sx/b0W7Bch8q9HdHK1FuQgbrCV2QAG") == (False, None)


def test_more_than_we_hash_is_refused_before_hashing(
    passwords: Argon2Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: the length checked inside the slot."""
    phc = passwords.hash("x")

    def full(_pool: HashingPool, _work: object) -> None:
        raise Unavailable("busy")

    monkeypatch.setattr(HashingPool, "run", full)
    assert passwords.verify("x" * (MAX_CHARACTERS + 1), phc) == (False, None)
    assert passwords.verify("x" * 1_000_000, None) == (False, None)
    with pytest.raises(Unavailable):
        passwords.verify("x", phc)


def test_outdated_hashes_get_a_better_one_only_with_the_right_password(passwords: Argon2Passwords) -> None:
    imported = pbkdf2_sha256.using(rounds=10).hash("right")
    assert passwords.verify("wrong", imported) == (False, None)
    is_right, better = passwords.verify("right", imported)
    assert is_right
    assert better is not None
    assert passwords.verify("right", better) == (True, None)


def test_cheaper_argon2_is_outdated_as_well(tmp_path: Path) -> None:
    pool = HashingPool(tmp_path, slots=1, places=1, wait_seconds=5)
    cheap = Argon2Passwords(pool, memory_kib=64, iterations=1).hash("right")
    is_right, better = Argon2Passwords(pool, memory_kib=128, iterations=2).verify("right", cheap)
    assert is_right
    assert str(better).startswith("$argon2id$v=19$m=128,t=2,p=1$")


@pytest.mark.parametrize("phc", ["", "not a hash", "$argon2id$v=19$m=64,t=1,p=1$xx$yy", "$2b$12$short", "$1$x$y", "\0"])
def test_a_broken_hash_matches_nothing(passwords: Argon2Passwords, phc: str) -> None:
    """Mutation: an error of the library let through, which would be a 500 at somebody's sign-in."""
    assert passwords.verify("", phc) == (False, None)
    assert passwords.verify("\ud800", phc) == (False, None)


def test_without_a_hash_the_same_work_is_done_and_nothing_matches(tmp_path: Path) -> None:
    """Mutation: an early return, by which the clock tells who has an account (threat G01)."""
    pool = HashingPool(tmp_path, slots=1, places=1, wait_seconds=5)
    slow = Argon2Passwords(pool, memory_kib=16_384, iterations=4)
    phc = slow.hash("somebody")
    assert slow.verify("nobody has this password", None) == (False, None)  # makes the hash of nobody

    def seconds(password: str, stored: str | None) -> float:
        started = time.process_time()
        slow.verify(password, stored)
        return time.process_time() - started

    known = min(seconds("wrong", phc) for _ in range(5))
    unknown = min(seconds("wrong", None) for _ in range(5))
    assert 0.5 < unknown / known < 2
