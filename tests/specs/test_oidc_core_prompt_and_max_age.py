"""OpenID Connect Core §3.1.2.1, §3.1.2.3: asking silently, asking again, and how old a sign-in may be."""

import time
from typing import Any

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty


def claims_of(app: RelyingParty, page: Page, question: Question) -> dict[str, Any]:
    return app.read(app.tokens(page, question)["id_token"])[1]


def test_none_without_a_session_is_login_required(browser: FormBrowser, library: RelyingParty) -> None:
    """§3.1.2.6. Mutation: show the sign-in page whatever `prompt` says."""
    assert browser.get(library.ask({"prompt": "none"}).address).answer["error"] == "login_required"


def test_none_with_a_session_is_the_same_sign_in(signed_in: FormBrowser, library: RelyingParty) -> None:
    """Silent, and nothing about the person or the moment has changed."""
    told = []
    for prompt in (None, "none", "none"):
        question = library.ask({"prompt": prompt})
        told.append(claims_of(library, signed_in.get(question.address), question))
    assert len({(claims["sub"], claims["auth_time"], claims["sid"]) for claims in told}) == 1


def test_none_without_consent_is_consent_required(
    idp_sqlite: RunningIdp, browser: FormBrowser, library: RelyingParty, housing_fund: RelyingParty
) -> None:
    browser.go_through(library.ask().address, idp_sqlite.new_person())
    assert browser.get(housing_fund.ask({"prompt": "none"}).address).answer["error"] == "consent_required"


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_login_asks_again_and_moves_the_moment(
    browser: FormBrowser, library: RelyingParty, person: Person, prompt: str
) -> None:
    """Mutation: let an earlier session answer `prompt=login`."""
    first = library.ask()
    before = claims_of(library, browser.go_through(first.address, person), first)
    time.sleep(1.1)
    again = library.ask({"prompt": prompt})
    page = browser.get(again.address)
    assert page.has("username")
    after = claims_of(library, browser.sign_in(page, person), again)
    assert after["sub"] == before["sub"]
    assert after["auth_time"] > before["auth_time"]
    assert after["sid"] == before["sid"]  # the same person goes on in the same session


def test_consent_is_asked_again(idp_sqlite: RunningIdp, browser: FormBrowser, housing_fund: RelyingParty) -> None:
    """Once given it is remembered; `prompt=consent` asks all the same."""
    page = browser.sign_in(browser.get(housing_fund.ask().address), idp_sqlite.new_person())
    browser.press(page, {"id": "consent-allow"}, allow_phone_number="1")
    assert "code" in browser.get(housing_fund.ask().address).answer
    assert browser.get(housing_fund.ask({"prompt": "consent"}).address).has("consent-allow")


def test_max_age_asks_again_when_the_sign_in_is_older(
    browser: FormBrowser, library: RelyingParty, person: Person
) -> None:
    """Mutation: leave `max_age` out of `_must_sign_in_again`."""
    question = library.ask({"max_age": "300"})
    before = claims_of(library, browser.go_through(question.address, person), question)
    time.sleep(2.1)
    enough = library.ask({"max_age": "300"})
    assert claims_of(library, browser.get(enough.address), enough)["auth_time"] == before["auth_time"]
    assert browser.get(library.ask({"max_age": "1", "prompt": "none"}).address).answer["error"] == "login_required"
    too_old = library.ask({"max_age": "1"})
    page = browser.get(too_old.address)
    assert page.has("username")
    after = claims_of(library, browser.sign_in(page, person), too_old)
    assert after["auth_time"] > before["auth_time"]


def test_max_age_zero_is_prompt_login(signed_in: FormBrowser, library: RelyingParty) -> None:
    time.sleep(1.1)
    assert signed_in.get(library.ask({"max_age": "0"}).address).has("username")


def test_another_person_may_sign_in_over_the_first(
    idp_sqlite: RunningIdp, browser: FormBrowser, library: RelyingParty, person: Person
) -> None:
    """F01: the first session ends, and with it the tokens it gave."""
    first = library.ask()
    tokens = library.tokens(browser.go_through(first.address, person), first)
    again = library.ask({"prompt": "login"})
    after = claims_of(library, browser.sign_in(browser.get(again.address), idp_sqlite.new_person()), again)
    assert after["sub"] != library.read(tokens["id_token"])[1]["sub"]
    assert library.userinfo(tokens["access_token"]).status_code == 401
