"""A07: no parameter of ours leads to another site."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.attacks.rig import Browser, Target, authorization_url

ELSEWHERE = (
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r/evil.test",
    "\t//evil.test",
    " //evil.test",
    "https:evil.test",
    "https://evil.test",
    "HTTPS://evil.test",
    "http:/evil.test",
    "@evil.test",
    "evil.test",
    ".evil.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "/é",
    "/\u2028//evil.test",
    "/a\r\nLocation: https://evil.test",
    "/" + "a" * 3000,
    "",
)
HARMLESS = ("/", "/me", "/help?x=1", "/%09/evil.test", "/%2f%2fevil.test", "/%5cevil.test", "/@evil.test", "/a//b")
NAMES = (
    "return",
    "next",
    "returnUrl",
    "return_to",
    "redirect",
    "redirect_uri",
    "url",
    "continue",
    "target",
    "RelayState",
)


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: ascii(path)[:40])
def test_the_display_links_come_back_here(browser: Browser, path: str) -> None:
    """Red when `local_path` only asks for a leading slash, looks at no backslash, or lets controls pass."""
    for name in ("mode", "theme", "lang"):
        answer = browser.http.get("/display", params={name: "elder", "return": path})
        browser.target.check(answer)
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", HARMLESS)
def test_a_path_of_ours_is_kept(browser: Browser, path: str) -> None:
    """Red when everything leads to `/`: then the table above proves nothing."""
    answer = browser.http.get("/display", params={"return": path})
    assert browser.target.check(answer).headers["location"] == path


@pytest.mark.parametrize("address", ["//evil.test", "https://evil.test/cb", "/\\evil.test"])
def test_no_step_of_a_sign_in_takes_an_address(target: Target, address: str) -> None:
    """Query and form of every step are full of them, and the way stays on the stored request.

    Red when a step redirects to anything it was sent, for instance `see_other(request.parameters["next"])`.
    """
    browser = target.browser()
    wishes = dict.fromkeys(NAMES, address)
    query = "&".join(f"{name}={address}" for name in NAMES)
    browser.open(authorization_url())
    step = f"{browser.here}?{query}"
    form = browser.page.forms[0].hidden
    named = browser.post(step, {**wishes, **form, "username": target.person.phone, "way": "password"})
    page = named.headers["location"]
    browser.open(f"{page}?{query}")
    fields = {**wishes, **browser.page.forms[0].hidden, "password": target.person.password}
    proved = browser.post(f"{page}?{query}", fields, may_sign_in=True)
    assert proved.headers["location"].startswith("/authorize/")
    left = browser.get(f"{proved.headers['location']}?{query}").headers["location"]
    assert left.startswith("https://rp.test/cb?code=")
    assert "evil.test" not in left


@pytest.mark.parametrize("door", ["/logout", "/me", "/", "/help", "/s/x", "/authorize/x", "/s/x/cancel"])
def test_no_other_door_takes_an_address(target: Target, door: str) -> None:
    """Red when a page follows a `next`, or `/logout` an address without a hint."""
    browser = target.browser()
    for address in ("//evil.test", "https://evil.test/cb", "javascript:alert(1)", "/\\evil.test"):
        answer = browser.http.get(door, params={**dict.fromkeys(NAMES, address), "post_logout_redirect_uri": address})
        browser.target.check(answer)
        leads_to = urlsplit(answer.headers.get("location", ""))
        assert leads_to.netloc in {"", urlsplit(target.issuer).netloc}
        # The account leads back to the page that was asked for, with its query, which nothing follows.
        inside = parse_qs(leads_to.query) if door == "/me" else {"all": [leads_to.query]}
        assert inside.pop("state", ["/me?"])[0].startswith("/me?")
        assert "evil.test" not in str(inside)
        assert 'href="//evil.test' not in answer.text
        assert 'href="https://evil.test' not in answer.text
        assert "javascript:" not in answer.text
