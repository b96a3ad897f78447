"""F01, F02, F09 and F12: whose session it is, when it ends, and what a page repeats."""

import pytest

from idp.events import Action
from tests.attacks.answers import error_of
from tests.attacks.rig import Browser, Target, authorization_url, told

SESSION = "__Host-session"


def code_without_asking(browser: Browser) -> bool:
    """Whether somebody is signed in here."""
    return "code" in told(browser.open(authorization_url(prompt="none")).headers["location"])


@pytest.mark.parametrize("planted", ["1.planted", "999999999.x", "", "0", "a" * 200])
def test_a_planted_session_is_never_the_one_that_is_opened(target: Target, planted: str) -> None:
    """F01, CVE-2024-28197: in a cookie, in the address, in the form. Red when `begin` takes a value that came."""
    browser = target.browser()
    browser.http.cookies.set(SESSION, planted)
    browser.open(f"{authorization_url()}&session={planted}&sid={planted}")
    browser.name(target.person.phone)
    answer = browser.send({"password": target.person.password, "session": planted}, may_sign_in=True)
    given = answer.cookies[SESSION]
    assert given != planted
    assert len(given) > 40
    stranger = target.browser()
    stranger.http.cookies.set(SESSION, planted)
    assert not code_without_asking(stranger)


def test_two_people_in_one_browser_never_meet(target: Target) -> None:
    """F02: the second signs in over the first; what the first one had is over, and is nobody's.

    Red when a session changes its person instead of ending.
    """
    browser, other = target.browser(), target.idp.new_person()
    browser.follow(browser.sign_in(target.person))
    first, old = browser.tokens(), browser.cookie("session")
    target.excuses(Action.SIGNED_OUT, "whether the first one's end is an event of its own is not asked here")
    browser.follow(browser.sign_in(other, authorization_url(prompt="login")))
    second = browser.tokens()
    mine, theirs = browser.userinfo(second["access_token"]), browser.userinfo(first["access_token"])
    assert mine.status_code == 200
    assert theirs.status_code == 401
    assert error_of(browser.refresh(first["refresh_token"])) == "invalid_grant"
    stranger = target.browser()
    stranger.http.cookies.set(SESSION, old)
    assert not code_without_asking(stranger)


def test_after_a_sign_out_everything_of_the_session_is_dead(target: Target) -> None:
    """F09: cookie, access token, refresh token, a code under way. Red when `holds` forgets the session."""
    browser = target.browser()
    browser.follow(browser.sign_in(target.person))
    tokens, code, old = browser.tokens(), browser.code(), browser.cookie("session")
    browser.get("/logout")
    target.expects(Action.SIGNED_OUT)
    browser.submit(action="confirm")
    browser.http.cookies.set(SESSION, old)
    assert not code_without_asking(browser)
    assert browser.userinfo(tokens["access_token"]).status_code == 401
    assert browser.introspect(tokens["access_token"]).json() == {"active": False}
    assert error_of(browser.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert error_of(browser.redeem(code)) == "invalid_grant"


MARKUP = ("<script>alert(1)</script>", '"><img src=x>', "'-alert(1)-'", "{{7*7}}", "${7*7}", "</title><b>")


@pytest.mark.parametrize("text", MARKUP)
def test_nothing_that_came_is_markup(target: Target, text: str) -> None:
    """F12: hints, languages, errors, addresses. The rig asserts CSP and inline script on every page.

    Red when a template marks a value as safe, or an expression in it is evaluated.
    """
    browser = target.browser()
    browser.open(authorization_url(prompt="login", login_hint=text, ui_locales=text))
    pages = [browser.get(browser.here).text, browser.submit(username=text).text]
    pages += [
        browser.http.get(path, params={"error_description": text, "error": text, "lang": text, "state": text}).text
        for path in ("/authorize", "/logout", "/help", "/me", "/s/x", f"/{text}", "/display")
    ]
    target.expects(Action.AUTHORIZATION_REFUSED, "invalid_request")
    for page in pages:
        assert text not in page or text in {"{{7*7}}", "${7*7}"}
        assert "49" not in page.partition('id="username"')[2][:200]
