"""RFC 6585 §4: whoever tries too often is told 429, and when to come back, at every page where people sign in."""

from collections.abc import Callable

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import RelyingParty

TRIES = 40

Door = Callable[[FormBrowser, RelyingParty, Person], Page]


def guesses_passwords(browser: FormBrowser, library: RelyingParty, person: Person) -> Page:
    page = browser.press(browser.get(library.ask().address), {"value": "password"}, username=person.phone)
    return _until_paused(page, lambda page: browser.press(page, {"id": "sign-in"}, password="wrong"))


def guesses_codes(browser: FormBrowser, library: RelyingParty, person: Person) -> Page:
    page = browser.press(browser.get(library.ask().address), {"value": "code"}, username=person.phone)
    return _until_paused(page, lambda page: browser.press(page, {"id": "sign-in"}, code="111111"))


def asks_for_codes(browser: FormBrowser, library: RelyingParty, person: Person) -> Page:
    """Somebody whose phone is under guessing is sent no code meanwhile."""
    guesses_passwords(browser, library, person)
    with FormBrowser(browser.issuer) as another:
        return another.press(another.get(library.ask().address), {"value": "code"}, username=person.phone)


def registers(browser: FormBrowser, library: RelyingParty, person: Person) -> Page:
    guesses_passwords(browser, library, person)
    with FormBrowser(browser.issuer) as another:
        page = another.get(library.ask({"prompt": "create"}).address)
        return another.press(page, {"id": "sign-in"}, username=person.phone)


DOORS: dict[str, Door] = {
    "password": guesses_passwords,
    "code": guesses_codes,
    "the first code": asks_for_codes,
    "registration": registers,
}


def _until_paused(page: Page, guess: Callable[[Page], Page]) -> Page:
    for _ in range(TRIES):
        page = guess(page)
        if page.status != 200:
            return page
    raise AssertionError(f"{TRIES} wrong guesses and no pause")


@pytest.mark.parametrize("door", DOORS)
def test_too_many_tries_are_told_with_the_time_to_come_back(
    idp_sqlite: RunningIdp, browser: FormBrowser, library: RelyingParty, door: str
) -> None:
    """Mutation: `_page` without its status, or without its header."""
    page = DOORS[door](browser, library, idp_sqlite.new_person())
    assert page.status == 429
    assert 1 <= int(page.headers["Retry-After"]) <= 24 * 3600
    assert "</html>" in page.html, "a page, and no bare refusal"
