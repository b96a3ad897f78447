"""G04: a password is compared whole, after NFC, and what is too long is refused before it costs a hash."""

import time
import unicodedata
from typing import Literal

import httpx
import pytest

from idp.events import Action
from tests.attacks.answers import gives_session
from tests.attacks.records import recorded
from tests.attacks.rig import Browser, Target, authorization_url

Form = Literal["NFC", "NFD"]
COMPOSED = "un café à l’école № 一证 Å"
PASSWORDS = {
    "64": "x" * 64,
    "1000": "x" * 500 + "y" * 500,
    "1024": "一" * 1024,
    "72-and-more": "a" * 72 + "the rest",
    "composed": COMPOSED,
    "decomposed": unicodedata.normalize("NFD", COMPOSED),
    "leading-space": "  leading spaces",
    "trailing-space": "trailing spaces  ",
    "only-spaces": " " * 12,
    "emoji": "👩‍👩‍👧‍👦 family 🏳️‍🌈",
    "markup": "\"'<script>&amp;%00+\\",
    "controls": "tab\tand\x01one",
}
NEAR = {
    "64": ("x" * 63, "x" * 65, "X" * 64),
    "1000": ("x" * 500 + "y" * 499, "x" * 500 + "y" * 499 + "z", "x" * 500),
    "1024": ("一" * 1023, "一" * 1025, "一" * 1024 + "x"),
    "72-and-more": ("a" * 72, "a" * 72 + "the rest is another", "a" * 72 + "THE REST", "a" * 73),
    "composed": (COMPOSED.replace("é", "e"), unicodedata.normalize("NFKC", COMPOSED)),
    "decomposed": (COMPOSED.casefold(),),
    "leading-space": ("leading spaces", " leading spaces"),
    "trailing-space": ("trailing spaces", "trailing spaces \n "),
    "only-spaces": (" " * 11, "\u3000" * 12),
    "emoji": ("👩👩👧👦 family 🏳️‍🌈", "? family ?"),
    "markup": ("\"'<script>&%00+\\", "\"'<script>&amp;%00 \\"),
    "controls": ("tab and\x01one", "taband\x01one"),
}


def asked(target: Target, phone: str) -> Browser:
    """A browser on the page that asks this person for the password."""
    browser = target.browser()
    browser.open(authorization_url())
    browser.name(phone)
    return browser


def opens(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and gives_session(answer)


@pytest.mark.parametrize("kind", PASSWORDS)
def test_a_password_is_compared_whole(target: Target, kind: str) -> None:
    """The neighbours do not open it, the password itself does.

    Red when `_normalised` strips, case-folds, uses NFKC or cuts (`password[:72]`).
    """
    person = target.idp.new_person(password=PASSWORDS[kind])
    for near in NEAR[kind]:
        assert not opens(asked(target, person.phone).submit(password=near)), ascii(near)
    target.expects(Action.SIGN_IN_REFUSED, "wrong_password", len(NEAR[kind]))
    assert recorded(target.idp, Action.SIGN_IN_REFUSED, "wrong_password", person.account_id) == len(NEAR[kind])
    assert opens(asked(target, person.phone).submit(password=PASSWORDS[kind], may_sign_in=True))


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_the_same_keys_on_another_keyboard(target: Target, stored: Form, typed: Form) -> None:
    """Red when `_normalised` gives the password as it came, or in `hash` only."""
    person = target.idp.new_person(password=unicodedata.normalize(stored, COMPOSED))
    answer = asked(target, person.phone).submit(password=unicodedata.normalize(typed, COMPOSED), may_sign_in=True)
    assert opens(answer)


def test_nul_never_ends_a_password(target: Target) -> None:
    """A form with NUL is refused as a whole. Red when `_decode` cuts at NUL or lets it pass to the hash."""
    person = target.idp.new_person(password="before the end")
    for password in ("before the end\0", "before the end\0and behind", "\0before the end", "\0"):
        answer = asked(target, person.phone).submit(password=password)
        assert answer.status_code == 400
        assert not opens(answer)
    assert recorded(target.idp, Action.SIGN_IN_REFUSED, "wrong_password", person.account_id) == 0


@pytest.mark.parametrize("characters", [1025, 20_000, 60_000])
def test_too_long_is_refused_before_it_is_hashed(bare_target: Target, characters: int) -> None:
    """It is a wrong password like any other, only cheaper. Red when `MAX_CHARACTERS` is asked after the hash, or the
    try is not counted.
    """
    person = bare_target.idp.new_person(password="x" * 1024)
    browser = asked(bare_target, person.phone)
    hashed = _seconds(browser, "x" * 1023)
    assert _seconds(browser, "x" * characters) < hashed
    bare_target.expects(Action.SIGN_IN_REFUSED, "wrong_password", 2)
    assert recorded(bare_target.idp, Action.SIGN_IN_REFUSED, "wrong_password", person.account_id) == 2


def test_a_megabyte_is_refused_unread(target: Target) -> None:
    """Red when `MAX_BODY` is dropped."""
    browser = asked(target, target.person.phone)
    begun = time.monotonic()
    answer = browser.submit(password="x" * 2**20)
    assert answer.status_code == 413
    assert time.monotonic() - begun < 1
    assert recorded(target.idp, Action.SIGN_IN_REFUSED, "wrong_password", target.person.account_id) == 0


def test_an_empty_password_is_no_try(target: Target) -> None:
    """Red when nothing typed is looked up, or opens an account without a password."""
    browser = asked(target, target.person.phone)
    assert not opens(browser.submit(password=""))
    assert not opens(browser.submit())
    assert recorded(target.idp, Action.SIGN_IN_REFUSED, "wrong_password", target.person.account_id) == 0


def _seconds(browser: Browser, password: str) -> float:
    begun = time.perf_counter()
    answer = browser.submit(password=password)
    assert not opens(answer)
    assert answer.status_code == 200
    return time.perf_counter() - begun
