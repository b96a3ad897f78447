"""Redirect URIs are compared as they are; a native app's loopback port is its only freedom (RFC 9700 §4.1)."""

from dataclasses import replace

import pytest

from idp.oauth.client import RegisteredClient, matches_redirect_uri
from idp.oauth.client_metadata import client_of
from tests.idp.oauth.registered import METADATA

WEB = client_of(
    METADATA
    | {"redirect_uris": ["https://app.example/cb?keep=1", "http://127.0.0.1/cb"]}
    | {"sector_identifier": "app"}
)
NATIVE = replace(
    WEB,
    application_type="native",
    redirect_uris=(
        "http://127.0.0.1/cb",
        "http://[::1]:5000/cb",
        "com.example.app:/cb",
        "https://app.example/cb",
        "http://localhost/cb",
    ),
)
NOWHERE = [
    "", "https://app.example/cb", "https://app.example/cb?keep=1&x=2", "https://app.example/cb?keep=1#x",
    "https://app.example/cb?keep=2", "https://APP.example/cb?keep=1", "https://app.example:443/cb?keep=1",
    "https://app.example//cb?keep=1", "https://app.example/./cb?keep=1", "https://app.example/%63b?keep=1",
    "http://app.example/cb?keep=1", "https://app.example.evil.example/cb?keep=1", " https://app.example/cb?keep=1",
    "https://app.example/cb?keep=1\n", "https://app.example/cb?keep=1%00", "https://evil.example/?https://app.example/cb?keep=1",
    "http://127.0.0.1:5000/cb", "HTTP://127.0.0.1/cb",
]  # fmt: skip


@pytest.mark.parametrize("redirect_uri", NOWHERE)
def test_a_web_app_gets_exactly_what_it_registered(redirect_uri: str) -> None:
    """Mutations: a prefix, a parsed or a normalised comparison; the port of a web app ignored."""
    assert not matches_redirect_uri(WEB, redirect_uri)
    assert not RegisteredClient(WEB).check_redirect_uri(redirect_uri)
    assert all(matches_redirect_uri(WEB, registered) for registered in WEB.redirect_uris)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:5000/cb",
        "http://[::1]:1/cb",
        "com.example.app:/cb",
    ],
)
def test_a_native_app_listens_on_any_loopback_port(redirect_uri: str) -> None:
    """RFC 8252 §7.3."""
    assert matches_redirect_uri(NATIVE, redirect_uri)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1:0/cb", "http://127.0.0.1:65536/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:80:80/cb",
        "http://127.0.0.1:５/cb", "http://127.0.0.1:+5/cb", "http://127.0.0.1:5 /cb", "http://127.0.0.1:5/CB",
        "http://127.0.0.1:5/cb/", "http://127.0.0.1:5/cb?x=1", "http://127.0.0.1:5/cb#x", "http://127.0.0.1:5/x/cb",
        "http://127.0.0.1:5@evil.example/cb", "http://127.0.0.1.evil.example:5/cb", "https://127.0.0.1:5/cb",
        "http://localhost:5/cb", "http://127.0.0.2:5/cb", "http://[::1]/other", "http://[::2]:5/cb",
        "com.example.app:5/cb", "https://app.example:5/cb", "http://user@127.0.0.1:5/cb",
    ],
)  # fmt: skip
def test_a_native_app_has_no_other_freedom(redirect_uri: str) -> None:
    """Mutations: any host of the machine; the path ignored; a port that is not one."""
    assert not matches_redirect_uri(NATIVE, redirect_uri)


def test_the_questions_of_authlib_are_answered_from_the_registration() -> None:
    client = RegisteredClient(WEB)
    assert client.get_client_id() == "app"
    assert client.get_allowed_scope("openid admin phone openid") == "openid phone"
    assert client.get_allowed_scope("admin") is None
    assert client.get_allowed_scope("") is None
    assert client.get_allowed_scope(None) is None
    assert client.check_response_type("code")
    assert not client.check_response_type("token")
    assert client.check_grant_type("authorization_code")
    assert not client.check_grant_type("password")
