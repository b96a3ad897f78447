"""Signing out: our own session first, then the provider's, and a page that says so."""

from urllib.parse import urlsplit

import httpx

from tests.examples.fake_identity_provider import NAME, FakeIdentityProvider
from tests.examples.running_app import RunningApp, text_of


def test_signing_out_ends_the_session_and_tells_the_provider(
    browser: httpx.Client, app: RunningApp, identity_provider: FakeIdentityProvider
) -> None:
    browser.get("/login")
    page = browser.post("/logout", headers={"Origin": app.base_url})
    assert (page.status_code, page.url.path) == (200, "/signed-out")
    assert text_of(page, "signed-out") is not None
    assert text_of(page, "sign-in-link") is not None
    assert "Yizheng knows" in page.text
    (ended,) = identity_provider.ended
    assert ended["id_token_hint"].count(".") == 2
    assert ended["client_id"] == f"{app.name} client"
    assert ended["post_logout_redirect_uri"] == app.base_url + "/signed-out"
    identity_provider.plan.is_signed_in = False
    assert text_of(browser.get("/"), "person-name") is None


def test_the_old_cookie_opens_nothing(
    browser: httpx.Client, app: RunningApp, identity_provider: FakeIdentityProvider
) -> None:
    """Red when signing out only takes the cookie back and keeps the session."""
    browser.get("/login")
    kept = dict(browser.cookies)
    browser.post("/logout")
    identity_provider.plan.is_signed_in = False
    with app.browser() as thief:
        thief.cookies.update(kept)
        assert text_of(thief.get("/"), "person-name") is None


def test_another_site_cannot_sign_a_person_out(browser: httpx.Client) -> None:
    """Red without the look at Origin."""
    browser.get("/login")
    assert browser.post("/logout", headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.post("/logout", headers={"Origin": "null"}).status_code == 403
    assert text_of(browser.get("/"), "person-name") == NAME


def test_a_link_does_not_sign_out(browser: httpx.Client) -> None:
    browser.get("/login")
    assert browser.get("/logout").status_code in {404, 405}
    assert text_of(browser.get("/"), "person-name") == NAME


def test_signing_out_without_a_session_stays_here(
    browser: httpx.Client, identity_provider: FakeIdentityProvider
) -> None:
    page = browser.post("/logout")
    assert text_of(page, "signed-out") is not None
    assert identity_provider.ended == []


def test_only_the_state_we_sent_shows_that_the_provider_knows(browser: httpx.Client) -> None:
    browser.get("/login")
    leaving = browser.post("/logout", follow_redirects=False)
    assert urlsplit(leaving.headers["location"]).path == "/end_session"
    page = browser.get("/signed-out", params={"state": "guessed"})
    assert text_of(page, "signed-out") is not None
    assert "Yizheng knows" not in page.text
