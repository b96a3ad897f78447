"""RFC 9068: access tokens that their receiver reads by itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty


@pytest.fixture(scope="module")
def app(register: Callable[..., RelyingParty]) -> RelyingParty:
    return register(access_token_format="jwt", grant_types=["authorization_code", "refresh_token"])


@pytest.fixture(scope="module")
def tokens(idp_sqlite: RunningIdp, app: RelyingParty, person: Person) -> Iterator[dict[str, Any]]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = app.ask()
        yield app.tokens(browser.go_through(question.address, person), question)


def read(app: RelyingParty, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """As a protected resource does it (§4): by our published keys, an algorithm it chose itself."""
    keys = KeySet.import_key_set(app.http.get(f"{app.issuer}/jwks").json())
    found = jwt.decode(token, keys, algorithms=["ES256"])
    return found.header, found.claims


def test_header_and_claims_are_those_of_the_profile(app: RelyingParty, tokens: dict[str, Any]) -> None:
    """§2.1 and §2.2: the type, a kid, and every required claim; §2.2.1: how the person signed in."""
    header, claims = read(app, tokens["access_token"])
    assert header["typ"] == "at+jwt"
    assert header["kid"]
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (app.issuer, app.issuer, app.client_id)
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] <= 600
    assert claims["scope"] == tokens["scope"]
    _, told = app.read(tokens["id_token"])
    for name in ("sub", "auth_time", "acr", "amr"):
        assert claims[name] == told[name], name


def test_no_two_have_the_same_jti(app: RelyingParty, tokens: dict[str, Any]) -> None:
    """§2.2."""
    again = app.refresh(tokens["refresh_token"]).json()
    assert read(app, tokens["access_token"])[1]["jti"] != read(app, again["access_token"])[1]["jti"]


def test_it_opens_userinfo(app: RelyingParty, tokens: dict[str, Any]) -> None:
    answer = app.userinfo(tokens["access_token"])
    assert answer.status_code == 200
    assert answer.json()["sub"] == app.read(tokens["id_token"])[1]["sub"]


def test_an_id_token_does_not(app: RelyingParty, tokens: dict[str, Any]) -> None:
    """§4, threat C08: the type is looked at. Mutation: verify without `typ`."""
    assert app.userinfo(tokens["id_token"]).status_code == 401


def test_it_is_no_hint(app: RelyingParty, tokens: dict[str, Any]) -> None:
    """Threat C08: an access token signs nobody out."""
    answer = app.http.get(f"{app.issuer}/logout", params={"id_token_hint": tokens["access_token"]})
    assert answer.status_code in {200, 400}
    assert app.userinfo(tokens["access_token"]).status_code == 200
