"""A03: a parameter that stands twice has no value, in either order, in query, body, or both."""

from urllib.parse import urlencode

import httpx
import pytest

from idp.events import Action
from tests.attacks.rig import (
    REDIRECT,
    SECRET,
    VERIFIER,
    WEB,
    Browser,
    Target,
    authorization_parameters,
    authorization_url,
    error_of,
    told,
)

OTHER_VALUES = {
    "scope": "openid phone",
    "state": "another-state",
    "response_type": "token",
    "code_challenge": "a" * 43,
    "code_challenge_method": "plain",
    "nonce": "another-nonce",
    "prompt": "none",
    "max_age": "1",
    "claims": "{}",
    "response_mode": "query",
    "login_hint": "13900000000",
    "acr_values": "urn:yizheng:level:5",
    "ui_locales": "en",
    "id_token_hint": "x",
    "display": "page",
    "dpop_jkt": "a" * 43,
}
PROOFS = {"client_id": "evil-rp", "redirect_uri": "https://evil.test/cb", "request": "x", "request_uri": "x"}


def doubled(name: str, value: str, *, is_first: bool) -> str:
    """The flawless request with one parameter a second time, before or behind the first."""
    pairs = list(authorization_parameters().items())
    pairs = pairs if name in dict(pairs) else [*pairs, (name, value)]
    return urlencode([(name, value), *pairs] if is_first else [*pairs, (name, value)])


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("name", PROOFS)
def test_a_doubled_proof_leads_nowhere(target: Target, name: str, is_first: bool) -> None:
    """Red when `read` or `_verified` does not call `refuse_doubled`; also the same value twice is refused."""
    for value in (PROOFS[name], authorization_parameters().get(name, PROOFS[name])):
        query = doubled(name, value, is_first=is_first)
        for answer in (target.browser().get(f"/authorize?{query}"), _posted(target.browser(), query)):
            assert answer.status_code == 400
            assert "location" not in answer.headers
            assert error_of(answer) == "invalid_request"


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("name", OTHER_VALUES)
def test_anything_else_doubled_is_refused_at_the_client(target: Target, name: str, is_first: bool) -> None:
    """RFC 6749 §3.1. Red when the name is missing from `PARAMETERS`, or one of two values wins."""
    query = doubled(name, OTHER_VALUES[name], is_first=is_first)
    for answer in (target.browser().get(f"/authorize?{query}"), _posted(target.browser(), query)):
        assert answer.headers["location"].startswith((f"{REDIRECT}?", f"{REDIRECT}#"))
        assert error_of(answer) == "invalid_request"
        assert "code" not in told(answer.headers["location"])


def test_an_unknown_parameter_may_stand_twice(browser: Browser) -> None:
    """RFC 6749 §3.1: what is not known is ignored. Red when every doubled name is refused."""
    answer = browser.get(f"{authorization_url()}&utm_source=a&utm_source=b")
    assert answer.headers["location"].startswith("/s/")


def test_the_body_of_a_posted_request_is_all_there_is(browser: Browser) -> None:
    """Red when `_as_get` sends the query of the POST along, so that each half could pass alone."""
    answer = browser.post("/authorize?redirect_uri=https://evil.test/cb", authorization_parameters())
    assert answer.headers["location"] == authorization_url()


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier"])
def test_a_token_request_says_each_thing_once(target: Target, signed_in: Browser, name: str, is_first: bool) -> None:
    """RFC 6749 §3.2. Red when `token_response` does not call `refuse_doubled`."""
    fields = [
        ("grant_type", "authorization_code"),
        ("code", signed_in.code()),
        ("redirect_uri", REDIRECT),
        ("client_id", WEB),
        ("client_secret", SECRET),
        ("code_verifier", VERIFIER),
    ]
    extra = [(name, dict(fields)[name])]
    with target.counts(Action.TOKEN_REFUSED, "invalid_request"):
        answer = signed_in.post("/token", extra + fields if is_first else fields + extra)
    assert (answer.status_code, error_of(answer)) == (400, "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier"])
def test_a_token_request_hides_nothing_in_the_url(target: Target, signed_in: Browser, name: str) -> None:
    """RFC 6749 §2.3.1 and §3.2: neither instead of the body nor beside it. Red when the query is merged into the form
    (pitfall 6), and when `token_response` does not look at it.
    """
    code = signed_in.code()
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "client_id": WEB,
        "client_secret": SECRET,
        "code_verifier": VERIFIER,
    }
    query = urlencode({name: fields[name]})
    for body in (fields, {**fields, name: ""}):
        answer = signed_in.post(f"/token?{query}", body)
        assert (answer.status_code, error_of(answer)) == (400, "invalid_request")
    assert signed_in.redeem(code).status_code == 200


def _posted(browser: Browser, query: str) -> httpx.Response:
    answer = browser.http.post(
        "/authorize", content=query.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    return browser.follow(browser.target.check(answer))
