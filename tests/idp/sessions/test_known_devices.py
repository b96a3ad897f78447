"""A browser is known to those who signed in on it, and to nobody by a cookie that we did not seal."""

import pytest
from pydantic_core import to_json

from idp.jose import base64url
from idp.model.account import IdentifierKind
from idp.model.policy import Method
from idp.sessions.known_devices import MOST, Known, known, knows, remember
from idp.storage.encryption import FieldCipher


def by(uid: str, method: Method = Method.PASSWORD) -> Known:
    return Known(uid, IdentifierKind.HK_MACAU_TRAVEL_PERMIT, method)


def test_a_browser_is_known_to_everybody_who_signed_in_on_it(cipher: FieldCipher) -> None:
    """Mutation: the last one replaces the others."""
    cookie = remember(cipher, remember(cipher, None, by("one")), by("two"))
    assert knows(cipher, cookie, "one")
    assert knows(cipher, cookie, "two")
    assert not knows(cipher, cookie, "three")


def test_the_oldest_is_forgotten_first_and_the_cookie_stays_small(cipher: FieldCipher) -> None:
    """Mutation: no bound; or who came again counts as having come when they came first."""
    cookie = None
    people = [f"{number:022}" for number in range(MOST)]
    for uid in (*people, people[0], "x" * 22):
        cookie = remember(cipher, cookie, by(uid))
    assert cookie is not None
    assert [uid for uid in people if not knows(cipher, cookie, uid)] == [people[1]]
    assert len(cookie) < 900


@pytest.mark.parametrize("hostile", [None, "", "0", "中", "\ud800", "\0", "a" * 100_000, "W10"])
def test_hostile_cookies_know_nobody(cipher: FieldCipher, hostile: str | None) -> None:
    """Mutation: read without the seal."""
    assert not knows(cipher, hostile, "one")
    assert knows(cipher, remember(cipher, hostile, by("one")), "one")


def test_a_cookie_of_another_installation_knows_nobody(cipher: FieldCipher) -> None:
    stranger = FieldCipher({1: b"another key of exactly 32 bytes!"})
    assert not knows(cipher, remember(stranger, None, by("one")), "one")


def test_who_came_last_stands_first_with_the_proof_they_gave_then(cipher: FieldCipher) -> None:
    """Mutations: in the order of the first visit; the proof of the first visit."""
    cookie = None
    for person in (by("one"), by("two"), by("one", Method.MESSAGE_CODE)):
        cookie = remember(cipher, cookie, person)
    assert known(cipher, cookie) == [by("one", Method.MESSAGE_CODE), by("two")]


def test_what_another_version_wrote_is_nobody(cipher: FieldCipher) -> None:
    """Mutation: a page ends with 500 after an upgrade, or after going back to an older version."""
    lines = [
        "one",
        ["two", "phone"],
        ["three", "horoscope", "pwd"],
        ["four", "phone", "palm"],
        ["five", "phone", "pwd"],
    ]
    cookie = base64url(cipher.seal("device", to_json(lines)))
    assert [each.uid for each in known(cipher, cookie)] == ["five"]
