"""A05: every authorization response names its issuer (RFC 9207), byte for byte as discovery does."""

from collections.abc import Callable

import pytest

from tests.attacks.rig import LOOPBACK, NATIVE, REDIRECT, SINGLE, Browser, Target, authorization_url, told

ONLY = {"client_id": SINGLE, "redirect_uri": "https://rp.test/only"}
LEVEL_FIVE = '{"id_token":{"acr":{"essential":true,"value":"urn:yizheng:level:5"}}}'


def cancelled(browser: Browser) -> str:
    browser.open(authorization_url(prompt="login"))
    return browser.get(f"{browser.here.partition('?')[0]}/cancel").headers["location"]


def denied(browser: Browser) -> str:
    browser.open(authorization_url(**ONLY, prompt="consent"))
    return browser.follow(browser.submit(action="deny")).headers["location"]


def silent(browser: Browser) -> str:
    return browser.target.browser().get(authorization_url(prompt="none")).headers["location"]


def unasked(browser: Browser) -> str:
    """By somebody who allowed nothing yet, whatever the person of the bench has allowed."""
    newcomer = browser.target.browser()
    newcomer.follow(newcomer.sign_in(browser.target.idp.new_person(password="a pass phrase that allowed nothing")))
    return newcomer.open(authorization_url(**ONLY, prompt="none")).headers["location"]


def _asking(**changes: str | None) -> Callable[[Browser], str]:
    return lambda browser: browser.open(authorization_url(**changes)).headers["location"]


WAYS: dict[str, tuple[str, Callable[[Browser], str]]] = {
    "code": ("", _asking()),
    "native": ("", _asking(client_id=NATIVE, redirect_uri=LOOPBACK)),
    "response_type": ("unsupported_response_type", _asking(response_type="token")),
    "doubled": ("invalid_request", lambda browser: browser.get(authorization_url() + "&state=2").headers["location"]),
    "scope": ("invalid_scope", _asking(scope="nothing")),
    "pkce": ("invalid_request", _asking(code_challenge=None)),
    "request": ("request_not_supported", _asking(request="x")),
    "request_uri": ("request_uri_not_supported", _asking(request_uri="x")),
    "silent": ("login_required", silent),
    "consent": ("consent_required", unasked),
    "level": ("unmet_authentication_requirements", _asking(claims=LEVEL_FIVE)),
    "cancelled": ("access_denied", cancelled),
    "denied": ("access_denied", denied),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_response_names_the_issuer_of_discovery(target: Target, signed_in: Browser, way: str) -> None:
    """Red when `authorization_response` leaves `iss` out, adds a slash to it, or is not the one place that renders
    (pitfall 3: in Authlib the errors of the consent step have none).
    """
    error, ask = WAYS[way]
    location = ask(signed_in)
    issuer = signed_in.get("/.well-known/openid-configuration").json()["issuer"]
    answer = told(location)
    assert answer["iss"] == issuer == target.issuer
    assert answer.get("error", "") == error
    assert answer["state"] in {"state-of-the-bench", "2"}
    assert bool(answer.get("code")) is not bool(error)
    assert set(answer) <= {"code", "state", "iss", "error", "error_description"}


def test_the_issuer_does_not_follow_the_request(bare_target: Target) -> None:
    """By our own door, since nginx lets no other name through. Red when the issuer is built from Host or X-Forwarded-*."""
    forged = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
    browser = bare_target.browser(**forged, Forwarded="host=evil.test;proto=https")
    assert browser.get("/.well-known/openid-configuration").json()["issuer"] == bare_target.issuer
    location = browser.get(authorization_url(prompt="none")).headers["location"]
    assert location.startswith(f"{REDIRECT}?")
    assert told(location)["iss"] == bare_target.issuer
