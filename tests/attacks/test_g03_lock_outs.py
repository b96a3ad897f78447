"""G03: a stranger who tries at every door, from wherever, locks nobody out of the browser on which they signed in before."""

import pytest

from idp.events import Action
from tests.attacks.rig import Browser, Target, authorization_url
from tests.attacks.strangers import known_phone

PASSWORD = "a pass phrase that is theirs"
TRIES = 7
DOORS = ("password", "code", "totp")


@pytest.fixture
def phone(target: Target) -> str:
    target.excuses(Action.SIGN_IN_REFUSED, "what is looked at is who gets in; tests of guesses count the tries")
    target.log.keep_out(PASSWORD)
    return known_phone(target, target.idp.installation.services.passwords.hash(PASSWORD))


def go_to(browser: Browser, phone: str, door: str) -> None:
    """The page of a proof, for who has named this person."""
    browser.open(authorization_url(prompt="login"))
    if "continue" in browser.page.ids:  # the page that knows who was here
        browser.open(f"{browser.here.partition('?')[0]}?again=1&other=1")
    browser.name(phone, "password" if door == "totp" else door)
    if door == "totp":
        browser.open(browser.here.replace("/password", "/totp"))


def tries(browser: Browser, phone: str, door: str) -> list[int]:
    go_to(browser, phone, door)
    form, proof = browser.page.forms[0], {"password": "wrong"} if door == "password" else {"code": "999999"}
    return [browser.post(form.action, {**form.hidden, **proof}).status_code for _ in range(TRIES)]


@pytest.mark.parametrize("door", DOORS)
def test_who_was_here_before_gets_in_while_a_stranger_tries(target: Target, phone: str, door: str) -> None:
    """Red when only the person's counter is asked, at any of the doors or in any of two processes."""
    home = target.browser()
    home.open(authorization_url())
    home.name(phone)
    assert home.submit(password=PASSWORD, may_sign_in=True).status_code == 303
    home.http.cookies.delete(target.cookie_name("session"))
    assert 429 in tries(target.browser(), phone, door)
    stranger = target.browser()
    go_to(stranger, phone, "password")
    assert stranger.send({"password": PASSWORD}).status_code == 429
    go_to(home, phone, "password")
    assert home.send({"password": PASSWORD}, may_sign_in=True).status_code == 303
