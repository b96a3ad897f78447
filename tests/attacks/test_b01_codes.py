"""B01, B02 and B07 to B10: a code is its client's, its verifier's, and good for one thing, once, for a minute."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from idp.events import Action
from tests.attacks import wire
from tests.attacks.answers import error_of
from tests.attacks.clients import BASIC, EVIL, LOOPBACK, NATIVE, READING, REDIRECT, SECRET, WEB
from tests.attacks.forgeries import unpadded
from tests.attacks.rig import VERIFIER, Browser, Target, authorization_url, told

STRANGERS = (EVIL, READING, NATIVE)
"""Another city's worst case: confidential and hostile, confidential with the same address, public without a secret."""


LENGTHS = pytest.mark.parametrize("nonce", ["nonce", "n" * 2048], ids=["sealed", "by-reference"])
"""With the longer one a code is too long for an address, and its client gets a reference to it."""


@LENGTHS
@pytest.mark.parametrize("client_id", STRANGERS)
def test_a_strangers_attempt_misses_and_the_owner_keeps_the_code(
    target: Target, signed_in: Browser, client_id: str, nonce: str
) -> None:
    """B01. Red when a code is sealed without its owner, and when a miss burns it."""
    code = signed_in.code(nonce=nonce)
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant"):
        assert error_of(signed_in.redeem(code, client_id)) == "invalid_grant"
    assert signed_in.redeem(code).status_code == 200


def test_a_stranger_without_the_secret_misses_as_well(target: Target, signed_in: Browser) -> None:
    """B01: the owner's name without its secret. Red when the code is burnt before the client is known."""
    code = signed_in.code()
    with target.counts(Action.TOKEN_REFUSED, "invalid_client", 2):
        assert error_of(signed_in.redeem(code, client_secret=None)) == "invalid_client"
        assert error_of(signed_in.redeem(code, client_secret=SECRET[:-1])) == "invalid_client"
    assert signed_in.redeem(code).status_code == 200


MISTAKES: dict[str, dict[str, Any]] = {
    "verifier": {"code_verifier": "a" * 43},
    "no-verifier": {"code_verifier": None},
    "redirect-uri": {"redirect_uri": "https://rp.test/cb?tenant=1&x=%2F"},
    "no-redirect-uri": {"redirect_uri": None},
}


@LENGTHS
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_owners_mistake_burns_the_code(target: Target, signed_in: Browser, mistake: str, nonce: str) -> None:
    """B01, as decided: whoever proves to be the client and fails the rest has no second try.

    Red when `_burning` burns nothing, or does not commit it.
    """
    code = signed_in.code(nonce=nonce)
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant", 2):
        assert error_of(signed_in.redeem(code, **MISTAKES[mistake])) == "invalid_grant"
        assert error_of(signed_in.redeem(code)) == "invalid_grant"


@LENGTHS
def test_a_second_redemption_revokes_what_the_first_one_brought(target: Target, signed_in: Browser, nonce: str) -> None:
    """B02: access token, refresh token, and what the refresh brought meanwhile; one event says so, once.

    Red when `_refuse_replay` does not kill the family, or each replay writes an event of its own.
    """
    code = signed_in.code(nonce=nonce)
    first = signed_in.redeem(code).json()
    second = signed_in.refresh(first["refresh_token"]).json()
    target.expects(Action.CODE_REPLAYED, "invalid_grant")
    for _ in range(2):
        assert error_of(signed_in.redeem(code)) == "invalid_grant"
    for token in (first["access_token"], second["access_token"]):
        assert signed_in.userinfo(token).status_code == 401
    assert error_of(signed_in.refresh(second["refresh_token"])) == "invalid_grant"


Make = Callable[[Browser], str]
Offer = Callable[[Browser, str], str]


def _grant(grant_type: str, name: str) -> Offer:
    def offer(browser: Browser, value: str) -> str:
        fields = {"grant_type": grant_type, name: value, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return error_of(browser.as_client("/token", fields))

    return offer


def _inactive(browser: Browser, value: str) -> str:
    return "" if browser.introspect(value).json()["active"] else "inactive"


def _bearer(browser: Browser, value: str) -> str:
    return error_of(browser.userinfo(value))


def _interaction(browser: Browser, value: str) -> str:
    return error_of(browser.get(f"/authorize/{value}"))


def _handle(browser: Browser) -> str:
    return browser.get(authorization_url(prompt="login")).headers["location"].partition("?")[0].rpartition("/")[2]


VALUES: dict[str, tuple[Make, str]] = {
    "code": (lambda browser: browser.code(), "code"),
    "code_by_reference": (lambda browser: browser.code(nonce="n" * 2048), "code"),
    "refresh_token": (lambda browser: str(browser.tokens()["refresh_token"]), "refresh_token"),
    "access_token": (lambda browser: str(browser.tokens()["access_token"]), "bearer"),
    "jwt_access_token": (lambda browser: str(browser.tokens(READING)["access_token"]), "bearer"),
    "id_token": (lambda browser: str(browser.tokens()["id_token"]), ""),
    "interaction": (_handle, "interaction"),
    "session": (lambda browser: browser.cookie("session"), ""),
}
"""Everything that opens something, with the consumer it is meant for. Whoever adds a kind of value adds a row."""
CONSUMERS: dict[str, tuple[Offer, str]] = {
    "code": (_grant("authorization_code", "code"), "invalid_grant"),
    "refresh_token": (_grant("refresh_token", "refresh_token"), "invalid_grant"),
    "device_code": (
        _grant("urn:ietf:params:oauth:grant-type:device_code", "device_code"),
        "unsupported_grant_type",
    ),
    "auth_req_id": (_grant("urn:openid:params:grant-type:ciba", "auth_req_id"), "unsupported_grant_type"),
    "bearer": (_bearer, "invalid_token"),
    "introspection": (_inactive, "inactive"),
    "interaction": (_interaction, "invalid_request"),
}
"""Everything that takes something, and how it says no. Whoever adds a grant or an endpoint adds a row."""


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_opens_what_it_is_for_and_nothing_else(target: Target, signed_in: Browser, kind: str) -> None:
    """B07 and C08: each value at each consumer, and it still works where it belongs afterwards.

    Red when a key or a seal does not name its kind, or a token is found without asking which it is.
    """
    make, own = VALUES[kind]
    value = make(signed_in)
    target.log.keep_out(value)
    spoken = {"introspection"} if "access_token" in kind or kind == "refresh_token" else set()
    for name, (offer, refusal) in CONSUMERS.items():
        if name != own and name not in spoken:
            assert offer(signed_in, value) == refusal, name
    works: dict[str, Callable[[], bool]] = {
        "code": lambda: signed_in.redeem(value).status_code == 200,
        "refresh_token": lambda: signed_in.refresh(value).status_code == 200,
        "bearer": lambda: signed_in.userinfo(value).status_code == 200,
        "interaction": lambda: signed_in.get(f"/authorize/{value}").status_code == 303,
    }
    assert own not in works or works[own]()


def test_an_injected_code_is_worth_nothing_elsewhere(target: Target, signed_in: Browser) -> None:
    """B09: the victim's code in the attacker's own session with the same app, whose verifier is another; and the id_token
    that comes at last names the nonce of the victim's request. Red when PKCE or the nonce is taken from the token request.
    """
    stolen = signed_in.code(nonce="nonce-of-the-victim")
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant"):
        answer = signed_in.redeem(stolen, code_verifier="the-verifier-of-the-attacker-0123456789-abcdef")
        assert error_of(answer) == "invalid_grant"
    tokens = signed_in.redeem(signed_in.code(nonce="nonce-of-the-victim"), nonce="nonce-of-the-attacker")
    claims = json.loads(wire_decoded(tokens.json()["id_token"]))
    assert claims["nonce"] == "nonce-of-the-victim"


def wire_decoded(token: str) -> bytes:
    """The claims of a JWT, unverified."""
    return unpadded(token.split(".")[1])


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
def test_an_endpoint_for_clients_takes_post_only(target: Target, signed_in: Browser, path: str, method: str) -> None:
    """B10, RFC 6749 §3.2. Red when `only` lets another method through, or the query is read for a form."""
    code = signed_in.code()
    target.log.keep_out(SECRET)
    fields = f"grant_type=authorization_code&code={code}&token={code}&client_id={WEB}"
    answer = target.check(wire.request(target.issuer, method, f"{path}?{fields}".encode()))
    assert answer.status_code == 405
    assert signed_in.redeem(code).status_code == 200


BODIES: dict[str, tuple[str, Callable[[dict[str, str]], str]]] = {
    "json": ("application/json", json.dumps),
    "multipart": ("multipart/form-data; boundary=x", lambda fields: "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ) + "--x--\r\n"),
    "text": ("text/plain", lambda fields: "&".join(f"{name}={value}" for name, value in fields.items())),
    "nothing": ("", lambda fields: "&".join(f"{name}={value}" for name, value in fields.items())),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_a_token_request_is_a_form(target: Target, signed_in: Browser, kind: str) -> None:
    """B10. Red when another media type is read, or credentials in the header make up for it."""
    code = signed_in.code(client_id=BASIC)
    media_type, write = BODIES[kind]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    basic = base64.b64encode(f"{BASIC}:{quote_plus(SECRET)}".encode())
    headers = [b"Content-Type: " + media_type.encode()] if media_type else []
    with target.counts(Action.TOKEN_REFUSED, "invalid_request"):
        body = write(fields).encode()
        asked = wire.request(target.issuer, "POST", b"/token", b"Authorization: Basic " + basic, *headers, body=body)
        assert target.check(asked).status_code == 400
    good = wire.request(
        target.issuer, "POST", b"/token", b"Authorization: Basic " + basic, wire.FORM,
        body="&".join(f"{name}={value}" for name, value in fields.items()).encode(),
    )  # fmt: skip
    assert target.check(good).status_code == 200


def test_a_code_of_another_app_of_the_same_person(target: Target, signed_in: Browser) -> None:
    """B01 the other way round: the native app's code is nothing to the web app. Red as above."""
    code = signed_in.code(client_id=NATIVE, redirect_uri=LOOPBACK)
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant"):
        assert error_of(signed_in.redeem(code, redirect_uri=LOOPBACK)) == "invalid_grant"
    assert signed_in.redeem(code, NATIVE, redirect_uri=LOOPBACK).status_code == 200
    assert told(signed_in.open(authorization_url()).headers["location"])["code"]
