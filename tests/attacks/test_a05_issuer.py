"""A05: every authorization response names its issuer (RFC 9207), byte for byte as discovery does."""

import base64
import json
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


def _silent_and_signed(browser: Browser) -> str:
    stranger = browser.target.browser()
    return stranger.open(authorization_url(prompt="none", response_mode="jwt")).headers["location"]


def _asking(**changes: str | None) -> Callable[[Browser], str]:
    return lambda browser: browser.open(authorization_url(**changes)).headers["location"]


WAYS: dict[str, tuple[str, Callable[[Browser], str]]] = {
    "code": ("", _asking()),
    "native": ("", _asking(client_id=NATIVE, redirect_uri=LOOPBACK)),
    "response_type": ("unsupported_response_type", _asking(response_type="token")),
    "doubled": ("invalid_request", lambda browser: browser.get(authorization_url() + "&state=2").headers["location"]),
    "scope": ("invalid_scope", _asking(scope="nothing")),
    "pkce": ("invalid_request", _asking(code_challenge=None)),
    "signed": ("", _asking(response_mode="jwt")),
    "signed error": ("login_required", _silent_and_signed),
    "fragment": ("", _asking(response_mode="fragment")),
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
    answer = _opened(told(location))
    assert answer["iss"] == issuer == target.issuer
    assert answer.get("error", "") == error
    assert answer["state"] in {"state-of-the-bench", "2"}
    assert bool(answer.get("code")) is not bool(error)
    assert set(answer) <= {"code", "state", "iss", "error", "error_description"}


def _opened(answer: dict[str, str]) -> dict[str, str]:
    """What stands in a signed answer (JARM): the issuer inside, and nothing beside."""
    if "response" not in answer:
        return answer
    assert set(answer) == {"response"}
    payload = answer["response"].split(".")[1]
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: value for name, value in claims.items() if name not in {"aud", "exp", "iat"}}


def test_the_issuer_does_not_follow_the_request(bare_target: Target) -> None:
    """By our own door, since nginx lets no other name through. Red when the issuer is built from Host or X-Forwarded-*."""
    forged = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
    browser = bare_target.browser(**forged, Forwarded="host=evil.test;proto=https")
    assert browser.get("/.well-known/openid-configuration").json()["issuer"] == bare_target.issuer
    location = browser.get(authorization_url(prompt="none")).headers["location"]
    assert location.startswith(f"{REDIRECT}?")
    assert told(location)["iss"] == bare_target.issuer
