"""N07: JSON from outside is bounded before it is read, and nothing of it is carried that could break later."""

import base64
import json

import pytest

from idp.events import Action
from tests.attacks import wire
from tests.attacks.hostile_text import BROKEN_CLAIMS
from tests.attacks.rig import Browser, Target, authorization_parameters, authorization_url, error_of, told

ODD = {
    "nul": '{"userinfo":{"x":"\\u0000"}}',
    "long-int": '{"userinfo":{"x":%s}}' % ("1" * 4000),
    "negative-zero": '{"userinfo":{"x":-0.0,"y":1e-999}}',
    "twice": '{"userinfo":{"x":1},"userinfo":{"x":2}}',
    "sixteen-deep": '{"userinfo":' + '{"a":' * 15 + "1" + "}" * 15 + "}",
    "many-members": json.dumps({"userinfo": {f"c{number}": None for number in range(500)}}),
    "class": '{"__class__":"x","userinfo":{"__proto__":{"admin":true}}}',
    "pair-of-surrogates": '{"userinfo":{"x":"\\ud83d\\ude00"}}',
}
DEMANDS = ('"urn:unknown"', '["urn:yizheng:level:5"]', "[1]", "[null,{}]", "5", "null", "{}", '"urn:yizheng:level:９"')


@pytest.mark.parametrize("kind", BROKEN_CLAIMS)
def test_a_claims_parameter_that_cannot_be_carried_is_refused(target: Target, browser: Browser, kind: str) -> None:
    """By GET and by POST, as `invalid_request` at the client.

    Red when `claims_of` does not ask for depth, when it does not try to write what it read (both are a 500 at the
    sealing), when it does not expect RecursionError, and when `MAX_CLAIMS` goes.
    """
    with target.counts(Action.AUTHORIZATION_REFUSED, "invalid_request", times=2):
        asked = browser.get(authorization_url(claims=BROKEN_CLAIMS[kind]))
        posted = browser.follow(browser.post("/authorize", authorization_parameters(claims=BROKEN_CLAIMS[kind])))
        assert error_of(asked) == error_of(posted) == "invalid_request"
        assert told(asked.headers["location"])["state"] == told(posted.headers["location"])["state"]


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_claims_parameter_is_carried_to_the_end(either_target: Target, kind: str) -> None:
    """Sealed, stored and redeemed, on both pairs of stores. Red when PostgreSQL or the seal is given what it refuses."""
    browser = either_target.browser()
    browser.sign_in(either_target.person, authorization_url(claims=ODD[kind]))
    assert browser.redeem(browser.code(claims=ODD[kind])).status_code == 200


@pytest.mark.parametrize("demand", DEMANDS)
@pytest.mark.parametrize("member", ["value", "values"])
def test_a_broken_demand_is_never_no_demand(signed_in: Browser, member: str, demand: str) -> None:
    """An essential acr that we cannot read is unmet (threats §1.7: broken input counts as pass).

    Red when `essential_acr_of` drops what is not text.
    """
    claims = f'{{"id_token":{{"acr":{{"essential":true,"{member}":{demand}}}}}}}'
    answer = signed_in.open(authorization_url(claims=claims))
    assert error_of(answer) == "unmet_authentication_requirements"
    assert "code" not in told(answer.headers["location"])


HEADERS = {
    "deep": b'{"alg":"ES256","x":' + b"[" * 3000 + b"]" * 3000 + b"}",
    "open": b"[" * 11_000,
    "none": b'{"alg":"none"}',
    "list": b"[]",
    "number": b"1",
    "alg-list": b'{"alg":["ES256"],"kid":["a"]}',
    "kid-object": b'{"alg":"ES256","kid":{}}',
    "kid-nul": b'{"alg":"ES256","kid":"\\u0000"}',
    "kid-path": b'{"alg":"HS256","kid":"../../../../dev/null"}',
    "crit": b'{"alg":"ES256","crit":["x"],"b64":false}',
    "surrogate": b'{"alg":"ES256","kid":"\\ud800"}',
    "int": b'{"alg":"ES256","x":%s}' % (b"1" * 5000),
    "nan": b'{"alg":NaN}',
    "not-utf-8": b"\xff\xfe{",
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_token_from_outside_is_read_with_care(target: Target, signed_in: Browser, kind: str) -> None:
    """As id_token_hint, with our own kid put in where it fits; nobody is signed out by it.

    Red when `jose.verify` lets out what joserfc raises, and when `_respond` takes an unverified hint for a hint.
    """
    header = base64.urlsafe_b64encode(HEADERS[kind]).rstrip(b"=").decode()
    for token in (f"{header}.e30.AAAA", f"{header}.{header}.", f"{header}..", f".{header}.", header, "." * 20_000):
        for answer in (
            signed_in.post("/logout", {"id_token_hint": token}),
            signed_in.post("/logout", {"id_token_hint": token, "post_logout_redirect_uri": "https://rp.test/bye"}),
        ):
            assert answer.status_code in {200, 413}
            assert not answer.cookies
    assert "logout-confirm" in signed_in.page.ids


def test_a_json_body_is_not_a_form(target: Target) -> None:
    """Pitfall 6. Red when a body of another type is read as parameters."""
    for body in ("{}", "[" * 20_000, json.dumps(authorization_parameters()), '{"grant_type":"authorization_code"}'):
        for path in ("/token", "/authorize", "/userinfo", "/logout"):
            for kind in (
                "application/json",
                "text/plain",
                "multipart/form-data; boundary=x",
                "",
                "*/*",
                "application/*",
            ):
                header = b"Content-Type: " + kind.encode()
                answer = wire.request(target.issuer, "POST", path.encode(), header, body=body.encode())
                assert target.check(answer).status_code in {400, 401}
