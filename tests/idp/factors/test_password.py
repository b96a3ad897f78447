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


@pytest.mark.parametrize(
    "phc",
    [
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$VLJ+vZqdLPdPFSLXYyXMWZ0dmFS0yEwQ6jyF2PO0VhE",
        "$argon2i$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$VLJ+vZqdLPdPFSLXYyXMWZ0dmFS0yEwQ6jyF2PO0VhE",
        "$2b$05$hQtyz7hFO2mR2JWJwhvSkO1sx/b0W7Bch8q9HdHK1FuQgbrCV2QAG",
        "$pbkdf2-sha256$29000$XouR0nqvdS6lNKY0ZkyJMQ$BZTI2icpEDTYnSi8mNNP04njbjETNFNC.yDwoSGtjlA",
        "$scrypt$ln=16,r=8,p=1$BiDEOGfsPcd4z1nrnRMiRA$WLnG5IKqOtR/skUb+Xlkh2vTlLFScEQohbLn9oG44D4",
        "$5$rounds=535000$sFmRoQlhv/czyQ.I$Km5BSQgpIAGi/bMq44RcjHM2bgg2WEkIm5n3baxDr18",
    ],
)
def test_hashes_of_other_systems_are_known_by_their_form(passwords: Argon2Passwords, phc: str) -> None:
    assert passwords.can_verify(phc)
    assert passwords.verify("wrong", phc) == (False, None)


@pytest.mark.parametrize(
    "phc",
    [
        "",
        "password",
        "$1$x$y",
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ",
        "$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHQ$VLJ+vZqdLPdPFSLXYyXMWZ0dmFS0yEwQ6jyF2PO0VhE",
        "$argon2id$v=19$m=65536,t=900,p=4$c29tZXNhbHQ$VLJ+vZqdLPdPFSLXYyXMWZ0dmFS0yEwQ6jyF2PO0VhE",
        "$2b$20$hQtyz7hFO2mR2JWJwhvSkO1sx/b0W7Bch8q9HdHK1FuQgbrCV2QAG",
        "$2b$12$short",
        "$pbkdf2-sha256$i=1000$YWJj$YWJj",
        "$pbkdf2-sha256$90000000$XouR0nqvdS6lNKY0ZkyJMQ$BZTI2icpEDTYnSi8mNNP04njbjETNFNC.yDwoSGtjlA",
        "$scrypt$ln=30,r=8,p=1$BiDEOGfsPcd4z1nrnRMiRA$WLnG5IKqOtR/skUb+Xlkh2vTlLFScEQohbLn9oG44D4",
        "$5$rounds=535000$sFmRoQlhv/czyQ.I",
        "$5$rounds=99999999$sFmRoQlhv/czyQ.I$Km5BSQgpIAGi/bMq44RcjHM2bgg2WEkIm5n3baxDr18",
        "$argon2id$\u0131",
        "\0",
        "$" * 10_000,
    ],
)
def test_what_nobody_could_sign_in_with_and_what_would_cost_too_much_is_told(
    passwords: Argon2Passwords, phc: str
) -> None:
    """Mutation: a hash taken by its beginning; no limit, so that whoever brings hashes chooses what a login costs."""
    assert not passwords.can_verify(phc)
