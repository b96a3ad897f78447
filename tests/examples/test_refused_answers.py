"""Answers an app must not believe: nobody is signed in by them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.examples.fake_identity_provider import NAME, FakeIdentityProvider, Plan, SigningKey, encode
from tests.examples.running_app import RunningApp, text_of

ELSEWHERE = "http://localhost:1"


@dataclass(frozen=True)
class Lie:
    """One thing that is wrong, and the error code the person is told."""

    plan: Callable[[str], Plan]  # made for a client_id
    code: str = "invalid_id_token"


def _claims(**claims: Any) -> Lie:
    return Lie(lambda _: Plan(claims=claims))


def _header(**header: Any) -> Lie:
    return Lie(lambda _: Plan(header=header))


def _id_token(text: str) -> Lie:
    return Lie(lambda _: Plan(id_token=text))


LIES = {
    "wrong state": Lie(lambda _: Plan(answer={"state": "somebody else's"}), "invalid_state"),
    "no state": Lie(lambda _: Plan(answer={"state": None}), "invalid_state"),
    "wrong issuer in the answer": Lie(lambda _: Plan(answer={"iss": ELSEWHERE}), "invalid_issuer"),
    "no issuer in the answer": Lie(lambda _: Plan(answer={"iss": None}), "invalid_issuer"),
    "error of a wrong issuer": Lie(lambda _: Plan(answer={"error": "x", "iss": ELSEWHERE}), "invalid_issuer"),
    "code never issued": Lie(lambda _: Plan(answer={"code": "guessed"}), "invalid_grant"),
    "no code": Lie(lambda _: Plan(answer={"code": None}), "invalid_grant"),
    "wrong iss": _claims(iss=ELSEWHERE),
    "iss in a list": _claims(iss=[ELSEWHERE]),
    "no iss": _claims(iss=None),
    "wrong nonce": _claims(nonce="of another sign-in"),
    "no nonce": _claims(nonce=None),
    "wrong aud": _claims(aud="somebody else"),
    "no aud": _claims(aud=None),
    "wrong aud, given to us": Lie(lambda us: Plan(claims={"aud": "somebody else", "azp": us})),
    "an audience beside us": Lie(lambda us: Plan(claims={"aud": [us, "somebody else"], "azp": us})),
    "wrong azp": _claims(azp="somebody else"),
    "expired": _claims(exp=1_700_000_000),
    "no exp": _claims(exp=None),
    "exp that is no number": _claims(exp="tomorrow"),
    "exp that is not a number": _claims(exp=float("nan")),
    "from the future": _claims(iat=9_000_000_000),
    "no iat": _claims(iat=None),
    "no sub": _claims(sub=None),
    "empty sub": _claims(sub=""),
    "sub that is no text": _claims(sub=5),
    "wrong at_hash": _claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "alg none": _header(alg="none"),
    "alg none without kid": _header(alg="none", kid=None),
    "alg HS256 with the client secret": _header(alg="HS256"),
    "alg of another key": _header(alg="RS256"),
    "no kid": _header(kid=None),
    "unknown kid": _header(kid="never published"),
    "kid that is no text": _header(kid=7),
    "spoilt signature": Lie(lambda _: Plan(spoil_signature=True)),
    "no id_token": Lie(lambda _: Plan(tokens={"id_token": None})),
    "id_token that is no text": Lie(lambda _: Plan(tokens={"id_token": ["x"]})),
    "not a token": _id_token("x"),
    "three empty parts": _id_token(".."),
    "not UTF-8": _id_token("_w._w._w"),
    "a list for claims": _id_token(f"{encode({'alg': 'ES256', 'kid': 'x'})}.W10.AAAA"),
    "no access token": Lie(lambda _: Plan(tokens={"access_token": None}), "invalid_token_response"),
    "a token that is no bearer token": Lie(lambda _: Plan(tokens={"token_type": "DPoP"}), "invalid_token_response"),
    "userinfo of somebody else": Lie(lambda _: Plan(userinfo={"sub": "another"}), "invalid_userinfo"),
    "userinfo without sub": Lie(lambda _: Plan(userinfo={"sub": None}), "invalid_userinfo"),
    "access denied": Lie(lambda _: Plan(answer={"code": None, "error": "access_denied"}), "access_denied"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_nobody_is_signed_in(
    browser: httpx.Client, app: RunningApp, identity_provider: FakeIdentityProvider, lie: Lie
) -> None:
    """Each line goes red when its own check is taken out of `id_token`, `identity_provider` or `relying_party`."""
    identity_provider.plan = lie.plan(f"{app.name} client")
    page = browser.get("/login")
    assert page.status_code == 400
    assert (text_of(page, "rp-error") or "").startswith(lie.code)
    assert identity_provider.userinfo_reads == (lie.code == "invalid_userinfo")
    assert_nobody(browser, identity_provider)


def test_a_rotated_key_is_fetched_and_an_unknown_one_is_not_believed(
    browser: httpx.Client, identity_provider: FakeIdentityProvider
) -> None:
    """Red without the second look at the published keys, or when a key is taken that is not published."""
    assert text_of(browser.get("/login"), "person-name") == NAME
    identity_provider.signing_key = SigningKey(ec.generate_private_key(ec.SECP256R1()))
    assert (text_of(browser.get("/login"), "rp-error") or "").startswith("invalid_id_token")
    identity_provider.published = [identity_provider.signing_key]
    assert text_of(browser.get("/login"), "person-name") == NAME


def test_an_answer_belongs_to_the_browser_that_asked(
    browser: httpx.Client, app: RunningApp, identity_provider: FakeIdentityProvider
) -> None:
    """Red when a state is looked up without asking whose it is: an attacker's answer would sign the victim in."""
    attacker = browser.get("/login", follow_redirects=False)
    answer = browser.get(attacker.headers["location"], follow_redirects=False).headers["location"]
    with app.browser() as victim:
        victim.get("/login", follow_redirects=False)  # is on the way itself
        assert (text_of(victim.get(answer), "rp-error") or "").startswith("invalid_state")
        assert_nobody(victim, identity_provider)


@pytest.mark.parametrize("name", ["code", "state", "iss", "other"])
def test_a_parameter_that_stands_twice_is_refused(
    browser: httpx.Client, identity_provider: FakeIdentityProvider, name: str
) -> None:
    """RFC 6749 §3.1. Red when the first or the last of two values is quietly taken."""
    begun = browser.get("/login", follow_redirects=False)
    answer = browser.get(begun.headers["location"], follow_redirects=False).headers["location"]
    page = browser.get(f"{answer}&other=1&{name}=again")
    assert (page.status_code, (text_of(page, "rp-error") or "")[:8]) == (400, "invalid_")
    assert_nobody(browser, identity_provider)


def test_what_the_provider_says_is_shown_as_text(
    browser: httpx.Client, identity_provider: FakeIdentityProvider
) -> None:
    """Red when the page does not escape, or when a long or foreign text passes."""
    wild = "<script>alert(1)</script> \x00\u202e证" + "x" * 5000
    identity_provider.plan.answer = {"code": None, "error": "access_denied", "error_description": wild}
    page = browser.get("/login")
    assert "<script" not in page.text
    told = text_of(page, "rp-error") or ""
    assert told.startswith("access_denied: <script>alert(1)</script> xxx")
    assert len(told) < 300


def test_a_stranger_cannot_put_words_on_our_page(browser: httpx.Client) -> None:
    page = browser.get("/callback", params={"error": "call 400-123", "error_description": "win", "state": "x"})
    assert page.status_code == 400
    assert "400-123" not in page.text


def assert_nobody(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    identity_provider.plan = Plan(is_signed_in=False)
    page = browser.get("/")
    assert text_of(page, "person-name") is None
    assert text_of(page, "sign-in-link") is not None
