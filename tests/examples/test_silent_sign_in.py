"""Opening an app's front page: already signed in where the provider knows the person, and no loop where it does not."""

import httpx
import pytest

from tests.examples.fake_identity_provider import NAME, FakeIdentityProvider
from tests.examples.running_app import RunningApp, text_of


def test_the_app_opens_already_signed_in(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    assert text_of(browser.get("/"), "person-name") == NAME
    assert [asked.get("prompt") for asked in identity_provider.asked] == ["none"]


@pytest.mark.parametrize(
    "error", ["login_required", "interaction_required", "consent_required", "account_selection_required"]
)
def test_it_falls_back_to_the_signed_out_page_after_one_question(
    browser: httpx.Client, identity_provider: FakeIdentityProvider, error: str
) -> None:
    """Red (too many redirects) when the page forgets that it has just asked."""
    identity_provider.plan.answer = {"code": None, "error": error}
    page = browser.get("/")
    assert page.status_code == 200
    assert text_of(page, "sign-in-link") is not None
    assert text_of(page, "rp-error") is None
    assert len(identity_provider.asked) == 1


def test_it_asks_again_on_the_next_visit(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    """Who signs in at the other app in between finds this one open."""
    identity_provider.plan.is_signed_in = False
    assert text_of(browser.get("/"), "person-name") is None
    identity_provider.plan.is_signed_in = True
    assert text_of(browser.get("/"), "person-name") == NAME


def test_a_browser_without_cookies_is_not_sent_round_in_circles(
    app: RunningApp, identity_provider: FakeIdentityProvider
) -> None:
    identity_provider.plan.is_signed_in = False
    with app.browser() as browser:
        request = browser.build_request("GET", "/")
        for _ in range(4):
            browser.cookies.clear()
            page = browser.send(request, follow_redirects=False)
            if page.next_request is None:
                break
            request = page.next_request
            request.headers.pop("cookie", None)
        assert (text_of(page, "rp-error") or "").startswith("invalid_state")


def test_a_login_that_must_not_be_silent_tells_its_error(
    browser: httpx.Client, identity_provider: FakeIdentityProvider
) -> None:
    """`login_required` falls back quietly only when the app itself asked silently."""
    identity_provider.plan.answer = {"code": None, "error": "login_required"}
    assert text_of(browser.get("/login"), "rp-error") == "login_required"


def test_a_silent_question_that_fails_otherwise_tells_its_error(
    browser: httpx.Client, identity_provider: FakeIdentityProvider
) -> None:
    identity_provider.plan.answer = {"code": None, "error": "server_error"}
    assert text_of(browser.get("/"), "rp-error") == "server_error"
