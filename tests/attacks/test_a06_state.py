"""A06: `state` is echoed as it came or refused; on no way does it break out of a header, an address or a page."""

import re

import pytest

from tests.attacks.rig import REDIRECT, Browser, authorization_url, error_of, told

LEVEL_FIVE = '{"id_token":{"acr":{"essential":true,"value":"urn:yizheng:level:5"}}}'
STATES = (
    "a\r\nLocation: https://evil.test\r\n\r\n<script>alert(1)</script>",
    "a\nSet-Cookie: session=1",
    "\"'><script>alert(1)</script>",
    "\\\"';--",
    "&code=stolen&iss=https://evil.test",
    "#access_token=stolen",
    "?a=b&c=d+e%20f%2B",
    "é 一证 \U0001f600",
    "\u2028\u2029\u202e\ufeff",
    " leading and trailing ",
    "\t",
    "{{7*7}}${7*7}",
    "s" * 2048,
)


@pytest.mark.parametrize("state", STATES, ids=lambda state: ascii(state)[:40])
def test_state_comes_back_as_it_was_sent(signed_in: Browser, state: str) -> None:
    """On success and on error. Red when `authorization_response` joins the query by hand instead of encoding it."""
    for changes in ({}, {"scope": "nothing"}, {"claims": LEVEL_FIVE}):
        location = signed_in.open(authorization_url(**{"state": state, **changes})).headers["location"]
        assert location.startswith(f"{REDIRECT}?")
        assert location.isascii()
        assert location.isprintable()
        answer = told(location)
        assert answer["state"] == state
        assert bool(answer.get("code")) is not bool(answer.get("error"))


@pytest.mark.parametrize("state", STATES, ids=lambda state: ascii(state)[:40])
def test_state_never_reaches_a_page(browser: Browser, state: str) -> None:
    """Neither the sign-in page nor the page of an error repeats it. Red when `error.html` shows `here`, or the sign-in
    form carries the request in hidden fields.
    """
    for answer in (browser.open(authorization_url(state=state)), browser.open(authorization_url("x", state=state))):
        assert answer.headers["content-type"].startswith("text/html")
        assert state.strip() == "" or state not in answer.text
        assert "evil.test" not in re.sub(r'href="/display\?[^"]*"', "", answer.text)


@pytest.mark.parametrize("name", ["state", "nonce"])
@pytest.mark.parametrize("length", [2049, 8192])
def test_what_is_too_long_is_refused_not_cut(signed_in: Browser, name: str, length: int) -> None:
    """Red when `MAX_TEXT` is not checked, or the value is cut to it."""
    answer = signed_in.get(authorization_url(**{name: "s" * length}))
    assert error_of(answer) == "invalid_request"
    if name == "state":
        assert told(answer.headers["location"])["state"] == "s" * length


@pytest.mark.parametrize("state", STATES, ids=lambda state: ascii(state)[:40])
def test_state_is_a_value_in_a_form_or_refused(signed_in: Browser, state: str) -> None:
    """By form_post, where `state` is written into HTML. Red when the template marks a value as safe, and when a state
    with line breaks, which forms change on their way, is not refused in the query.
    """
    for changes in ({}, {"scope": "nothing"}):
        answer = signed_in.open(authorization_url(**{"state": state, "response_mode": "form_post", **changes}))
        if {"\r", "\n"} & set(state):
            assert error_of(answer) == "invalid_request"
            assert told(answer.headers["location"])["state"] == state
            continue
        assert "location" not in answer.headers
        (form,) = signed_in.page.forms
        assert (form.action, form.hidden["state"], form.hidden["iss"]) == (REDIRECT, state, signed_in.target.issuer)
        assert set(form.hidden) <= {"code", "state", "iss", "error", "error_description"}
        assert bool(form.hidden.get("code")) is not bool(form.hidden.get("error"))
