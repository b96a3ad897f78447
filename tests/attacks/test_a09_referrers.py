"""A09: an address with somebody in it is told to nobody, and no page fetches anything from anywhere else."""

import re

import pytest

from tests.attacks.rig import SINGLE, Browser, Target, authorization_url

FETCHED = re.compile(
    r"""(?:src|srcset|action|data|poster|background|formaction)\s*=\s*["']?\s*([^"'\s>]+)"""
    r"""|<link[^>]*href\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)"""
)


def fetched(text: str) -> set[str]:
    """What a browser loads by itself, or sends a form to."""
    return {address for found in FETCHED.findall(text) for address in found if address}


def pages(browser: Browser, target: Target) -> dict[str, str]:
    """Every page that can stand behind an address with a hint in it. Whoever adds a step adds a row."""
    before = target.browser()
    before.follow(before.sign_in(target.person))
    hint = before.tokens()["id_token"]
    asked = {"login_hint": target.person.phone, "id_token_hint": hint, "prompt": "login"}
    shown = {"name": browser.open(authorization_url(**asked)).text}
    shown["password"] = browser.name(target.person.phone).text
    shown["ways"] = browser.get(browser.here.replace("/password", "/ways")).text
    browser.open(authorization_url(**asked))
    shown["code"] = browser.name(target.person.phone, "code").text
    asked = {"client_id": SINGLE, "redirect_uri": "https://rp.test/only", "prompt": "consent"}
    browser.follow(browser.sign_in(target.person, authorization_url(**asked)))
    shown["consent"] = browser.get(browser.here).text
    shown["error"] = browser.get(authorization_url("nobody", login_hint=target.person.phone)).text
    shown["logout"] = browser.get("/logout?id_token_hint=x").text
    return shown


def test_no_page_loads_from_elsewhere(target: Target, browser: Browser) -> None:
    """`Referrer-Policy: no-referrer` stands on every page, as the rig asserts on each answer.

    Red when a page shows a picture, a font or a script of another origin, an app's logo among them.
    """
    seen: set[str] = set()
    for name, html in pages(browser, target).items():
        for address in fetched(html):
            assert re.fullmatch(r"/(?!/)[^\\]*|data:image/.*", address), (name, address)
            seen |= {address} if address.startswith("/static/") else set()
    assert seen
    for address in seen:
        text = browser.get(address).text
        assert not [found for found in fetched(text) if not re.match(r"/static/|data:|\.?\.?/?[\w-]+\.", found)]


@pytest.mark.parametrize("path", ["/help", "/me", "/status", "/privacy", "/accessibility", "/logout", "/nowhere"])
def test_every_answer_says_so(browser: Browser, path: str) -> None:
    """Red when `page_headers` loses the policy."""
    assert browser.get(f"{path}?login_hint=x").headers["referrer-policy"] == "no-referrer"


def test_the_answer_to_the_app_carries_it_too(target: Target, signed_in: Browser) -> None:
    """The redirect with the code: from here the browser would name the address it came from.

    Red when `see_other` goes without the policy of the page before it: the code stands in no Referer but the app's own.
    """
    answer = signed_in.open(authorization_url())
    assert answer.headers["location"].startswith("https://rp.test/cb?code=")
    assert target.person.phone not in answer.headers["location"]
