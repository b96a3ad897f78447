"""Authorization requests: what is proven before anything is redirected."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.app import Installation
from idp.errors import Refused, RefusedAtClient
from idp.http.request import Parameters
from idp.model.client import ClientStatus
from idp.oauth.authorization_requests import PARAMETERS
from tests.idp.oauth.registered import CALLBACK, CHALLENGE, Registered, register

GOOD = {
    "client_id": "app",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def registered(installation: Installation) -> Registered:
    return register(installation)


def parameters(**changes: str | None) -> Parameters:
    return Parameters({name: value for name, value in (GOOD | changes).items() if value is not None})


def test_a_good_request_is_carried_on_whole(registered: Registered) -> None:
    asked, client = registered.server.authorization_requests.read(
        parameters(
            prompt="login consent",
            max_age="60",
            ui_locales="zh-CN en",
            acr_values="urn:yizheng:level:3 x",
            login_hint="13900000001",
            claims='{"id_token":{"acr":{"essential":true,"values":["urn:yizheng:level:4"]}}}',
            scope="openid profile email openid",
            unknown="ignored",
        )
    )
    assert client == registered.client
    assert (asked.client_id, asked.redirect_uri, asked.state, asked.nonce) == ("app", CALLBACK, "s", "n")
    assert (asked.prompt, asked.max_age) == (("login", "consent"), 60)
    assert (asked.ui_locales, asked.acr_values) == (("zh-CN", "en"), ("urn:yizheng:level:3", "x"))
    assert asked.essential_acr == ("urn:yizheng:level:4",)
    assert "email" not in asked.scope


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": None}, {"client_id": ""}, {"client_id": "other"}, {"client_id": "\0"}, {"client_id": "\ud800"},
        {"client_id": "a" * 100_000}, {"redirect_uri": None}, {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/"}, {"redirect_uri": f"{CALLBACK}/"}, {"redirect_uri": "\ud800"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("also", [{}, {"response_type": "token", "prompt": "none", "scope": "?", "max_age": "abc"}])
def test_without_client_and_redirect_uri_nothing_is_told_to_anybody(
    registered: Registered, change: dict[str, str | None], also: dict[str, str | None]
) -> None:
    """Mutation: another check before the redirect_uri is proven (threat A02)."""
    with pytest.raises(Refused) as caught:
        registered.server.authorization_requests.read(parameters(**change, **also))
    assert not isinstance(caught.value, RefusedAtClient)
    assert caught.value.code == "invalid_request"


def test_a_disabled_client_is_not_registered(registered: Registered) -> None:
    with registered.installation.services.begin() as unit_of_work:
        unit_of_work.clients.save(
            replace(registered.client, status=ClientStatus.DISABLED), registered.installation.services.clock()
        )
        unit_of_work.commit()
    with pytest.raises(Refused, match="not registered") as caught:
        registered.server.authorization_requests.read(parameters())
    assert not isinstance(caught.value, RefusedAtClient)


AT_CLIENT: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": ""}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code token"}, "unsupported_response_type"),
    ({"response_type": "id_token"}, "unsupported_response_type"),
    ({"response_type": "none"}, "unsupported_response_type"),
    ({"response_type": "CODE"}, "unsupported_response_type"),
    ({"scope": "admin"}, "invalid_scope"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": ""}, "invalid_request"),
    ({"code_challenge": CHALLENGE[:-1]}, "invalid_request"),
    ({"code_challenge": f"{CHALLENGE}A"}, "invalid_request"),
    ({"code_challenge": "=" * 43}, "invalid_request"),
    ({"code_challenge": "中" * 43}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "s256"}, "invalid_request"),
    ({"code_challenge_method": "S256 "}, "invalid_request"),
    ({"response_mode": "okay"}, "invalid_request"),
    ({"response_mode": "form_post", "state": "a\nb"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create none"}, "invalid_request"),
    ({"id_token_hint": "x"}, "invalid_request"),
    ({"max_age": "abc"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "1.5"}, "invalid_request"),
    ({"max_age": "٣"}, "invalid_request"),
    ({"max_age": "9" * 5000}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"id_token":[]}'}, "invalid_request"),
    ({"claims": '{"userinfo":null}'}, "invalid_request"),
    ({"claims": "[" * 100_000}, "invalid_request"),
    ({"claims": '{"a":' * 1000 + "1" + "}" * 1000}, "invalid_request"),
    ({"claims": '{"a":NaN}'}, "invalid_request"),
    ({"claims": '{"a":' + "9" * 5000 + "}"}, "invalid_request"),
    ({"claims": '{"a":1e999}'}, "invalid_request"),
    ({"claims": '{"a":"\\ud800"}'}, "invalid_request"),
    ({"claims": '"' + "a" * 1_000_000 + '"'}, "invalid_request"),
    ({"state": "s" * 2049}, "invalid_request"),
    ({"nonce": "n" * 2049}, "invalid_request"),
    ({"login_hint": "h" * 2049}, "invalid_request"),
    ({"acr_values": "a " * 2000}, "invalid_request"),
    ({"ui_locales": "zz " * 10_000}, "invalid_request"),
]


@pytest.mark.parametrize(("change", "code"), AT_CLIENT)
def test_everything_else_is_told_at_the_redirect_uri(
    registered: Registered, change: dict[str, str | None], code: str
) -> None:
    """Mutations: any of these checks left out; words of the request in the description (RFC 6749 §4.1.2.1)."""
    with pytest.raises(RefusedAtClient) as caught:
        registered.server.authorization_requests.read(parameters(**change))
    assert caught.value.code == code
    assert caught.value.reply_to.redirect_uri == CALLBACK
    assert caught.value.reply_to.state == change.get("state", "s")
    assert caught.value.public.isascii()
    assert not {'"', "\\"} & set(caught.value.public)
    for value in change.values():
        assert len(value or "") < 5 or str(value) not in caught.value.public


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", *PARAMETERS])
def test_a_parameter_is_sent_once(registered: Registered, name: str) -> None:
    """Mutation: the first, or the last, of two values taken; a redirect to one of two places (threat A03)."""
    doubled = parameters()
    doubled.doubled = frozenset({name})
    with pytest.raises(Refused, match=f"{name} once") as caught:
        registered.server.authorization_requests.read(doubled)
    assert isinstance(caught.value, RefusedAtClient) is (
        name not in {"client_id", "redirect_uri", "request", "request_uri"}
    )


def test_a_doubled_unknown_parameter_is_nothing(registered: Registered) -> None:
    doubled = parameters()
    doubled.doubled = frozenset({"utm_source"})
    registered.server.authorization_requests.read(doubled)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*GOOD, "prompt", "max_age", "claims", "response_mode"]), st.text(max_size=30)))
def test_any_text_in_any_parameter_is_taken_or_refused(registered: Registered, change: dict[str, str]) -> None:
    """Nothing of a request may become a failure, and nothing of it comes back in our words."""
    refused = None
    try:
        registered.server.authorization_requests.read(Parameters(GOOD | change))
    except Refused as caught:
        refused = caught
    assert refused is None or refused.public.isascii()
