"""The identity provider says that a session ended, and lies about it in every way that the apps must see through."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.examples.fake_identity_provider import NAME, SUBJECT, FakeIdentityProvider, SigningKey
from tests.examples.running_app import RunningApp, text_of

EVENT = "http://schemas.openid.net/event/backchannel-logout"
SID = "session-of-the-provider"
numbers = iter(range(10**6))
Tell = Callable[..., httpx.Response]


@pytest.fixture
def tell(app: RunningApp, identity_provider: FakeIdentityProvider) -> Tell:
    """Posts a logout token with these claims changed; None leaves one out."""

    def post(**changes: Any) -> httpx.Response:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": identity_provider.issuer,
            "aud": f"{app.name} client",
            "sub": SUBJECT,
            "sid": SID,
            "iat": now,
            "exp": now + 120,
            "jti": f"token-{next(numbers)}",
            "events": {EVENT: {}},
        }
        identity_provider.plan.header.setdefault("typ", "logout+jwt")
        token = identity_provider.sign(claims | changes)
        identity_provider.plan.header.pop("typ")
        return httpx.post(f"{app.base_url}/backchannel-logout", data={"logout_token": token}, trust_env=False)

    return post


@pytest.fixture
def signed_in(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> httpx.Client:
    identity_provider.plan.claims["sid"] = SID
    browser.get("/login")
    assert is_signed_in(browser)
    identity_provider.plan.is_signed_in = False
    return browser


def is_signed_in(browser: httpx.Client) -> bool:
    return text_of(browser.get("/"), "person-name") == NAME


@pytest.mark.parametrize("left_out", [{}, {"sub": None}, {"sid": None}], ids=["both", "sid", "sub"])
def test_a_logout_token_ends_the_session_it_names(
    signed_in: httpx.Client, tell: Tell, left_out: dict[str, Any]
) -> None:
    answer = tell(**left_out)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_signed_in(signed_in)


@pytest.mark.parametrize("other", [{"sid": "another"}, {"sub": "another"}, {"sub": "another", "sid": None}])
def test_the_sessions_of_others_go_on(signed_in: httpx.Client, tell: Tell, other: dict[str, Any]) -> None:
    """Red when either of the two would be enough."""
    assert tell(**other).status_code == 200
    assert is_signed_in(signed_in)


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": None},
        {"aud": ["another client", "housing_fund client"]},
        {"sub": None, "sid": None},
        {"sid": 7},
        {"jti": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        pytest.param({"iat": int(time.time()) + 9999}, id="iat in hours"),  # an id that all processes agree on
        {"events": None},
        {"events": {}},
        {"events": {EVENT: {}, "more": {}}},
        {"events": [EVENT]},
        {"nonce": "n"},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_ends_nothing(signed_in: httpx.Client, tell: Tell, lie: dict[str, Any]) -> None:
    """§2.6: each check of the list, and 400 with no-store (§2.8)."""
    answer = tell(**lie)
    assert answer.status_code == 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_signed_in(signed_in)


@pytest.mark.parametrize(
    "header", [{"typ": "JWT"}, {"typ": None}, {"alg": "none"}, {"alg": "HS256"}, {"kid": "x"}], ids=str
)
def test_a_token_of_another_kind_or_key_ends_nothing(
    signed_in: httpx.Client, tell: Tell, identity_provider: FakeIdentityProvider, header: dict[str, Any]
) -> None:
    identity_provider.plan.header.update(header)
    assert tell().status_code == 400
    assert is_signed_in(signed_in)


def test_a_spoiled_signature_ends_nothing(
    signed_in: httpx.Client, tell: Tell, identity_provider: FakeIdentityProvider
) -> None:
    identity_provider.plan.spoil_signature = True
    assert tell().status_code == 400
    assert is_signed_in(signed_in)


@pytest.mark.parametrize("form", [{}, {"logout_token": ""}, {"logout_token": "a.b.c"}, {"logout_token": "x" * 9000}])
def test_nonsense_ends_nothing(app: RunningApp, signed_in: httpx.Client, form: dict[str, str]) -> None:
    answer = httpx.post(f"{app.base_url}/backchannel-logout", data=form, trust_env=False)
    assert answer.status_code == 400
    assert is_signed_in(signed_in)


def test_a_token_that_was_heard_before_ends_nothing_again(
    signed_in: httpx.Client, tell: Tell, identity_provider: FakeIdentityProvider
) -> None:
    """Its sender may not have heard our answer, so it gets the same one. Red without a memory of `jti`."""
    jti = f"token-{next(numbers)}"
    assert tell(jti=jti).status_code == 200
    identity_provider.plan.is_signed_in = True
    signed_in.get("/login")
    identity_provider.plan.is_signed_in = False
    assert is_signed_in(signed_in)
    assert tell(jti=jti).status_code == 200
    assert is_signed_in(signed_in)


def test_a_new_key_of_the_provider_is_fetched(
    signed_in: httpx.Client, tell: Tell, identity_provider: FakeIdentityProvider
) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    before = identity_provider.signing_key
    identity_provider.signing_key = SigningKey(ec.generate_private_key(ec.SECP256R1()))
    identity_provider.published = [identity_provider.signing_key, before]
    try:
        assert tell().status_code == 200
        assert not is_signed_in(signed_in)
    finally:
        identity_provider.signing_key = before
