"""Client metadata: every member is checked, all faults are told, and no secret is repeated (RFC 7591 §2)."""

from typing import Any

import pytest

from idp.errors import Refused
from idp.model.client import ClientStatus, Profile
from idp.model.policy import Level
from idp.oauth.client_authentication import digest_of
from idp.oauth.client_metadata import client_of

SECRET = "s" * 43
GOOD: dict[str, Any] = {
    "client_id": "housing-fund",
    "client_name": "住房公积金",
    "client_secret": SECRET,
    "redirect_uris": ["https://app.example/callback"],
}
PUBLIC = {name: value for name, value in GOOD.items() if name != "client_secret"} | {
    "token_endpoint_auth_method": "none"
}


def refusal_of(metadata: dict[str, Any]) -> str:
    with pytest.raises(Refused) as caught:
        client_of(metadata)
    assert caught.value.code == "invalid_client_metadata"
    return caught.value.public


def test_what_is_not_told_has_a_safe_default() -> None:
    client = client_of(GOOD)
    assert (client.profile, client.channel, client.level) == (Profile.GOV_STANDARD, "website", Level.ONE)
    assert (client.status, client.asks_consent, client.scope) == (ClientStatus.ACTIVE, True, ("openid",))
    assert (client.grant_types, client.response_types) == (("authorization_code",), ("code",))
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.sector == "app.example"
    assert not client.is_sandbox


def test_a_secret_is_kept_as_its_digest() -> None:
    client = client_of(GOOD)
    assert client.secret_digests == (digest_of(SECRET),)
    assert SECRET not in repr(client)
    assert not client_of(PUBLIC).is_confidential


def test_everything_that_is_told_is_kept() -> None:
    client = client_of(
        {
            **GOOD,
            "post_logout_redirect_uris": ["https://app.example/out"],
            "client_uri": "https://app.example/",
            "initiate_login_uri": "https://app.example/login",
            "scope": "openid profile phone",
            "optional_scope": "phone",
            "id_token_signed_response_alg": "ES256",
            "channel": "app",
            "profile": "gov-high",
            "sector_identifier": "housing",
            "level": 3,
            "asks_consent": False,
            "purpose": {"zh-CN": "查账户", "en": "To look up"},
        }
    )
    assert client.post_logout_redirect_uris == ("https://app.example/out",)
    assert (client.scope, client.optional_scope) == (("openid", "profile", "phone"), ("phone",))
    assert (client.sector, client.level, client.asks_consent) == ("housing", Level.THREE, False)
    assert dict(client.purpose)["en"] == "To look up"
    assert (client.profile, client.id_token_signed_response_alg) == (Profile.GOV_HIGH, "ES256")


@pytest.mark.parametrize(
    "address",
    [
        "https://app.example/callback?keep=1",
        "https://app.example:8443/",
        "http://localhost:8001/callback",
        "http://127.0.0.1/callback",
        "http://[::1]/callback",
        "com.example.app:/callback",
        "cn.gov.city:/oauth",
    ],
)
def test_addresses_of_the_web_of_this_machine_and_of_native_apps_are_good(address: str) -> None:
    assert client_of({**GOOD, "redirect_uris": [address]}).redirect_uris == (address,)


UNSAFE = [
    "", " ", "/callback", "//app.example/cb", "app.example/cb", "https:", "https://", "https:///cb",
    "http://app.example/cb", "http://localhost.evil.example/cb", "http://10.0.0.1/cb", "http://localhost@evil.example/",
    "https://user@app.example/cb", "https://user:pw@app.example/cb", "http://user@localhost/cb",
    "https://app.example/cb#", "https://app.example/cb#x", "javascript:alert(1)", "data:text/html,x", "file:///etc",
    "ftp://app.example/", "myapp:/cb", "myapp://cb", "com.example.app://cb", "https://app.example\\@evil.example/",
    "https://app.example/\n", "ht\ntps://app.example/", "https://app.example/ cb", "https://应用.example/cb",
    "https://app.example/\0", "https://[::1/cb", "urn:ietf:wg:oauth:2.0:oob", "*", "https://*",
    "https://*.example/cb", "https://app.example;script-src/cb", "https://app.example:port/cb", "https://a,b/cb",
]  # fmt: skip


@pytest.mark.parametrize("member", ["redirect_uris", "post_logout_redirect_uris", "client_uri", "initiate_login_uri"])
def test_unsafe_addresses_are_refused_wherever_they_stand(member: str) -> None:
    """Mutations: a check by parsing alone (threat T12); `javascript:`; http beyond this machine."""
    for address in UNSAFE:
        value = [address] if member.endswith("uris") else address
        assert refusal_of({**GOOD, member: value}).startswith(member), address


BAD: list[tuple[dict[str, Any], str]] = [
    ({"client_id": ""}, "client_id"),
    ({"client_id": "a b"}, "client_id"),
    ({"client_id": "a\n"}, "client_id"),
    ({"client_id": "中"}, "client_id"),
    ({"client_id": "a" * 256}, "client_id"),
    ({"client_id": None}, "client_id"),
    ({"client_name": ""}, "client_name"),
    ({"client_name": "a" * 256}, "client_name"),
    ({"redirect_uris": []}, "redirect_uris"),
    ({"redirect_uris": "https://app.example/cb"}, "redirect_uris"),
    ({"redirect_uris": [f"https://app.example/{n}" for n in range(33)]}, "redirect_uris"),
    ({"redirect_uris": ["https://a.example/", "https://b.example/"]}, "sector_identifier"),
    ({"client_uri": "com.example.app:/"}, "client_uri"),
    ({"initiate_login_uri": "com.example.app:/login"}, "initiate_login_uri"),
    ({"application_type": "service"}, "application_type"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "none"}, "client_secret"),
    ({"client_secret": None}, "client_secret"),
    ({"client_secret": "s" * 31}, "client_secret"),
    ({"client_secret": "s" * 1025}, "client_secret"),
    ({"client_secret": ""}, "client_secret"),
    ({"grant_types": ["implicit"]}, "grant_types"),
    ({"grant_types": ["authorization_code", "password"]}, "grant_types"),
    ({"response_types": ["token"]}, "response_types"),
    ({"scope": "openid admin"}, "scope"),
    ({"optional_scope": "admin"}, "optional_scope"),
    ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
    ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
    ({"profile": "gov-low"}, "profile"),
    ({"level": 6}, "level"),
    ({"level": -1}, "level"),
    ({"purpose": {"en": ""}}, "purpose"),
    ({"sector_identifier": ""}, "sector_identifier"),
    ({"software_statement": "e30.e30.e30"}, "software_statement"),
    ({"Client_Name": "x"}, "Client_Name"),
    ({"is_sandbox": True}, "is_sandbox"),
]


@pytest.mark.parametrize(("change", "told"), BAD)
def test_each_bad_member_is_refused_by_name(change: dict[str, Any], told: str) -> None:
    """Mutations: unknown members ignored; a member without its check."""
    assert told in refusal_of({**GOOD, **change})


def test_all_bad_members_are_told_at_once() -> None:
    public = refusal_of({**GOOD, "client_id": "", "scope": "admin", "level": 9, "colour": "red"})
    assert all(member in public for member in ("client_id", "scope", "level", "colour"))


@pytest.mark.parametrize("change", [{"client_secret": ["hunter2"]}, {"client_id": "hunter2 "}, {"scope": ["hunter2"]}])
def test_no_refusal_repeats_a_value(change: dict[str, Any]) -> None:
    """Mutation: `hide_input_in_errors` left out."""
    assert "hunter2" not in refusal_of({**GOOD, **change})


@pytest.mark.parametrize("metadata", [{}, {"client_id": 1}, {"redirect_uris": {"a": 1}}])
def test_anything_else_is_refused_calmly(metadata: dict[str, Any]) -> None:
    assert refusal_of(metadata)
