"""G11: whatever looks like a name is that name in its one canonical form, or no name at all; never somebody else's.

The doors that take a name: the first page of a sign-in and of a registration, `login_hint`, which only fills in. None takes
a mail address.
"""

from collections.abc import Callable

import pytest

from tests.attacks.doors import handle_in
from tests.attacks.rig import Browser, Target, authorization_url
from tests.attacks.strangers import unknown_citizen_id

Spelling = Callable[[str], str]

ALIKE: dict[str, Spelling] = {
    "full-width": lambda name: "".join(chr(ord(char) + 0xFEE0) for char in name),
    "full-width-spaced": lambda name: "\u3000".join(chr(ord(char) + 0xFEE0) for char in name),
    "joined": lambda name: "\u200d".join(name) + "\u202e",
    "hyphens": lambda name: f"{name[:3]}\u2010{name[3:7]}\u2011{name[7:]}",
}
"""One number in other characters: the same person, and one counter."""
STRANGE: dict[str, Spelling] = {
    "arabic-indic": lambda name: "".join(chr(ord(char) - ord("0") + 0x0660) for char in name),
    "devanagari": lambda name: "".join(chr(ord(char) - ord("0") + 0x0966) for char in name),
    "letters-for-digits": lambda name: name.replace("1", "l").replace("0", "O"),
    "dotless-i": lambda name: name.replace("1", "\u0131"),
    "cyrillic": lambda name: name.replace("0", "\u041e"),
    "combining": lambda name: name + "\u0301",
    "second": lambda name: f"{name},{name}",
    "mail": lambda name: f"{name}@\u0435xample.org",
    "mail-dotless-i": lambda name: f"m{name}@g\u0131thub.com",
    "mail-full-width": lambda name: f"{name}\uff20example.org",
}
"""Other characters that a reader or a case-fold takes for it."""


def _named(browser: Browser, typed: str) -> str:
    """What the page of the proof calls the person; empty when the name was none."""
    browser.open(authorization_url(prompt="login"))
    answer = browser.submit(username=typed, way="password")
    if answer.status_code != 303:
        assert "username-error" in browser.page.ids
        return ""
    return browser.follow(answer).text.partition('class="mask')[2].partition("</b>")[0]


@pytest.mark.parametrize("spelling", ALIKE)
def test_one_number_in_other_characters_is_one_person(target: Target, spelling: str) -> None:
    """Red when a name is compared before it is canonical: another account, or another counter of guesses."""
    person = target.person
    for name in (person.phone, person.citizen_id):
        typed = ALIKE[spelling](name)
        target.log.keep_out(typed)
        browser = target.browser()
        assert _named(browser, typed) == _named(target.browser(), name) != ""
        browser.submit(password=person.password, may_sign_in=True)


@pytest.mark.parametrize("spelling", STRANGE)
@pytest.mark.parametrize("page", ["sign-in", "register"])
def test_what_only_looks_like_a_number_is_none(target: Target, spelling: str, page: str) -> None:
    """Red when digits of other scripts are read as ours, or letters are folded to what they resemble."""
    for name in (target.person.phone, unknown_citizen_id()):
        typed = STRANGE[spelling](name)
        browser = target.browser()
        if page == "sign-in":
            assert _named(browser, typed) == ""
            continue
        browser.open(authorization_url(prompt="create"))
        answer = browser.submit(username=typed)
        assert answer.status_code == 200
        assert "username-error" in browser.page.ids


@pytest.mark.parametrize("spelling", [*ALIKE, *STRANGE])
def test_a_hint_names_nobody(target: Target, spelling: str) -> None:
    """Red when `login_hint` skips the page that takes the name, or stands in the address that follows."""
    typed = (ALIKE | STRANGE)[spelling](target.person.phone)
    answer = target.browser().get(authorization_url(login_hint=typed, prompt="login"))
    assert answer.status_code == 303
    assert typed not in answer.headers["location"]
    assert handle_in(answer.headers["location"])
