"""Whoever comes to an account page is signed in first, and comes back to exactly that page."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.idp.pages.page_browser import Browser


def test_a_stranger_signs_in_and_comes_back_to_the_page(browser: Browser) -> None:
    # Mutation: the state is dropped, and everybody ends at /me.
    page = browser.get("/me?from=mail")
    assert browser.here.startswith("/s/")
    assert "我的账号" in page.body.decode()
    done = browser.sign_in(page)
    assert (done.status, browser.here) == (200, "/me?from=mail")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/me", "/authorize?x=1", "/me/signed-in?state=/me", "/mean"]
)
def test_it_leads_to_nowhere_else(browser: Browser, wanted: str) -> None:
    # Mutation: any local path is taken, and a link to us signs people out or loops.
    browser.sign_in(browser.get("/me"))
    browser.get(f"/me/signed-in?{urlencode({'state': wanted})}")
    assert browser.here == "/me"


def test_the_code_of_the_account_is_good_for_nothing(browser: Browser) -> None:
    answer = browser.caller.get("/me")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["client_id"] == ["account"]
    assert len(asked["code_challenge"][0]) == 43
