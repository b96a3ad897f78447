"""A01, and requirement 7 of conformance: a redirect_uri is compared as a string, or nothing leaves this server."""

from collections.abc import Callable

import httpx
import pytest

from idp.events import Action
from tests.attacks.redirect_uris import HOSTILE, NOT_LOOPBACK, label
from tests.attacks.rig import (
    EVIL,
    LOOPBACK,
    NATIVE,
    REDIRECT,
    REDIRECT_WITH_QUERY,
    SINGLE,
    WEB,
    Browser,
    Target,
    authorization_parameters,
    authorization_url,
    error_of,
    told,
)

Door = Callable[[Browser, str, str], httpx.Response]


def by_get(browser: Browser, client_id: str, redirect_uri: str) -> httpx.Response:
    return browser.get(authorization_url(client_id, redirect_uri=redirect_uri))


def by_post(browser: Browser, client_id: str, redirect_uri: str) -> httpx.Response:
    fields = authorization_parameters(client_id, redirect_uri=redirect_uri)
    return browser.follow(browser.post("/authorize", fields))


FRONT_DOORS: tuple[Door, ...] = (by_get, by_post)


@pytest.mark.parametrize("door", FRONT_DOORS)
@pytest.mark.parametrize("redirect_uri", HOSTILE, ids=label)
def test_only_the_registered_string_is_followed(target: Target, door: Door, redirect_uri: str) -> None:
    """A page without a way out, and one count.

    Red when `matches_redirect_uri` compares parsed URLs (`urlsplit(a)[:3] == urlsplit(b)[:3]`), and when it compares
    beginnings (`redirect_uri.startswith(registered)`).
    """
    with target.counts(Action.AUTHORIZATION_REFUSED, "invalid_request"):
        answer = door(target.browser(), WEB, redirect_uri)
        assert answer.status_code in {400, 414}
        assert "location" not in answer.headers
        assert error_of(answer) == "invalid_request"
    assert redirect_uri not in answer.text or redirect_uri in {"", "cb", "/cb", "null"}


@pytest.mark.parametrize("door", FRONT_DOORS)
@pytest.mark.parametrize("redirect_uri", NOT_LOOPBACK, ids=label)
def test_a_native_app_may_choose_its_port_and_nothing_else(target: Target, door: Door, redirect_uri: str) -> None:
    """RFC 8252 §7.3. Red when `_differs_in_port_only` takes any text for a port (`return bool(port)`)."""
    answer = door(target.browser(), NATIVE, redirect_uri)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("door", FRONT_DOORS)
@pytest.mark.parametrize("redirect_uri", [LOOPBACK, "http://[::1]:1/cb", "com.example.app:/cb"])
def test_the_free_port_is_free(target: Target, door: Door, redirect_uri: str) -> None:
    """Red when the loopback rule is dropped: the table above would be green for a server that refuses everybody."""
    browser = target.browser()
    assert browser.follow(door(browser, NATIVE, redirect_uri)).status_code == 200
    assert "sign-in" in browser.page.ids


@pytest.mark.parametrize("redirect_uri", [uri for uri in HOSTILE if uri], ids=label)
def test_the_token_endpoint_wants_the_same_string(target: Target, signed_in: Browser, redirect_uri: str) -> None:
    """RFC 6749 §4.1.3; the right client with a wrong redirect_uri burns its code.

    Red when `_ReadableCode.get_redirect_uri` gives None, which to Authlib means "not asked for", and when `_burning`
    burns nothing.
    """
    code = signed_in.code()
    answer = signed_in.redeem(code, redirect_uri=redirect_uri)
    assert answer.status_code == 400
    assert error_of(answer) in {"invalid_grant", "invalid_request"}
    if "\0" not in redirect_uri:  # refused before anybody could read which code was meant
        assert signed_in.redeem(code).status_code == 400


def test_the_token_endpoint_wants_it_at_all(target: Target, signed_in: Browser) -> None:
    """RFC 6749 §4.1.3. Red when `_ReadableCode.get_redirect_uri` gives None."""
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant"):
        assert signed_in.redeem(signed_in.code(), redirect_uri="").status_code == 400


@pytest.mark.parametrize("client_id", [WEB, SINGLE])
def test_a_missing_redirect_uri_is_never_guessed(browser: Browser, client_id: str) -> None:
    """Requirement 7, also with one address registered. Red when an absent redirect_uri matches the only one."""
    answer = browser.get(authorization_url(client_id, redirect_uri=None))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("client_id", [EVIL, "", "unknown", "nul\0", "é", 'a"b', "a" * 5000, f"{WEB} "])
def test_an_unknown_client_is_told_on_a_page(target: Target, client_id: str) -> None:
    """Nothing about the client is proven, so nothing is sent to its address.

    Red when the redirect_uri alone finds a client that has it.
    """
    with target.counts(Action.AUTHORIZATION_REFUSED, "invalid_request"):
        answer = target.browser().get(authorization_url(client_id))
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_the_registered_query_comes_back(target: Target, signed_in: Browser) -> None:
    """Requirement 7: kept byte for byte, with the answer behind it. Red when the separator is always `?`."""
    location = signed_in.open(authorization_url(redirect_uri=REDIRECT_WITH_QUERY)).headers["location"]
    assert location.startswith(f"{REDIRECT_WITH_QUERY}&code=")
    assert told(location)["tenant"] == "1"
    assert told(signed_in.open(authorization_url(redirect_uri=REDIRECT)).headers["location"])["code"]


def test_there_are_enough_hostile_addresses() -> None:
    """Red when somebody thins the table out."""
    assert len(set(HOSTILE)) == len(HOSTILE) > 80
    assert len(set(NOT_LOOPBACK)) == len(NOT_LOOPBACK) > 20
