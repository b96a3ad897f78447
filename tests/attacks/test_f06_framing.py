"""F06: no reply that a browser would show can be framed or run anything inline, errors included.

The rig asserts the headers on every HTML reply it ever gets (`answers.assert_is_guarded_page`); here every page and
every kind of error is really fetched.
"""

import pytest

from tests.attacks import wire
from tests.attacks.answers import assert_is_guarded_page
from tests.attacks.doors import ACCOUNT_PAGES, OFFICER_PAGES, PLAIN_PAGES, all_paths, named_handle
from tests.attacks.rig import SINGLE, Browser, Target, authorization_url

MACHINE_TYPES = ("application/json", "application/jwk-set+json", "application/problem+json")


@pytest.mark.parametrize(
    "path",
    [
        *(path for path in PLAIN_PAGES if path not in {"/", "/display", "/recover", *ACCOUNT_PAGES, *OFFICER_PAGES}),
        "/logout",
        "/nowhere",
    ],
)
def test_every_plain_page(browser: Browser, signed_in: Browser, path: str) -> None:
    """Signed in or not. Red when `page_headers` lacks `frame-ancestors 'none'`, `X-Frame-Options` or any other line."""
    assert_is_guarded_page(browser.get(path))
    assert_is_guarded_page(signed_in.get(path))


@pytest.mark.parametrize("path", ["/recover", *ACCOUNT_PAGES, *OFFICER_PAGES])
def test_every_account_page(browser: Browser, signed_in: Browser, path: str) -> None:
    """The page, or the step of the sign-in that it leads to. Red as above."""
    assert_is_guarded_page(browser.open(path))
    assert_is_guarded_page(signed_in.open(path))


def test_every_step_of_a_sign_in(target: Target) -> None:
    """Name, ways, password, code, consent, with and without something wrong on them. Red as above."""
    browser = target.browser()
    asked = authorization_url(SINGLE, redirect_uri="https://rp.test/only", prompt="consent")
    assert_is_guarded_page(browser.open(asked))
    assert_is_guarded_page(browser.submit(username="not a number"))
    browser.open(asked)
    assert_is_guarded_page(browser.name(target.person.phone, "code"))
    assert_is_guarded_page(browser.submit(code="12"))
    handle = named_handle(browser, target)
    for step in ("", "/ways", "/password"):
        assert_is_guarded_page(browser.get(f"/s/{handle}{step}"))
    browser.follow(browser.sign_in(target.person, asked))
    assert "consent-allow" in browser.page.ids
    assert_is_guarded_page(browser.get(browser.here))


def test_every_kind_of_error(bare_target: Target) -> None:
    """400, 404, 405, 413 and 414, by the framework-free surface and by Flask alike.

    Red when `mount` leaves errors to Flask's own pages.
    """
    browser = bare_target.browser()
    replies = [
        browser.get("/authorize"),
        browser.get("/authorize/x"),
        browser.get("/s/x"),
        browser.get("/nowhere"),
        browser.get("/help?" + "a" * 40_000),
        browser.get("/authorize?a=" + "a" * 40_000),
        browser.post("/authorize", {"a": "a" * 100_000}),
        browser.post("/help", {}),
        browser.post("/logout", {"a": "\0"}),
        bare_target.check(wire.request(bare_target.issuer, "PUT", b"/me")),
        bare_target.check(wire.request(bare_target.issuer, "OPTIONS", b"/help")),
    ]
    shown = [answer for answer in replies if answer.headers["content-type"].startswith("text/html")]
    assert {answer.status_code for answer in shown} == {200, 400, 404, 405, 413, 414}
    for answer in shown:
        assert_is_guarded_page(answer)


def test_nothing_else_is_html(target: Target, signed_in: Browser) -> None:
    """Whatever has a body and is no guarded page says another type, and `nosniff` stands on what is served as a file.

    Red when an endpoint answers JSON as text/html.
    """
    for path in all_paths(signed_in, target):
        for answer in (signed_in.get(path), signed_in.post(path, {})):
            if answer.content and "text/html" not in answer.headers["content-type"]:
                assert answer.headers["content-type"].startswith(MACHINE_TYPES)
    stylesheet = signed_in.get("/help").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert signed_in.get(stylesheet).headers["x-content-type-options"] == "nosniff"


def test_a_form_may_end_at_the_app_and_nowhere_else(target: Target, browser: Browser) -> None:
    """Red when `form_target` gives more than the origin, or `page_headers` leaves `form-action` open."""
    policy = browser.open(authorization_url()).headers["content-security-policy"]
    assert policy.endswith("form-action 'self' https://rp.test")
    assert browser.get("/help").headers["content-security-policy"].endswith("form-action 'self'")
