"""RFC 7662: what a protected resource and the client itself are told about a token, and everybody else is not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

RESOURCE = "https://archive.example/"
INACTIVE = b'{"active":false}'


@pytest.fixture(scope="module")
def archive(register: Callable[..., RelyingParty]) -> RelyingParty:
    """A protected resource of another sector."""
    return register(
        client_id="archive",
        resource=RESOURCE,
        resource_scope={"archive:read": {"zh-CN": "查看档案", "en": "Read the archive"}},
        sector_identifier="archive.example",
        grant_types=["client_credentials"],
        redirect_uris=[],
        scope="",
    )


@pytest.fixture(scope="module", params=["opaque", "jwt"])
def app(request: pytest.FixtureRequest, register: Callable[..., RelyingParty], archive: RelyingParty) -> RelyingParty:
    """An app whose tokens are for the archive, in both forms."""
    return register(
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        access_token_format=request.param,
        audience=archive.metadata["resource"],
        scope="openid profile archive:read",
    )


@pytest.fixture(scope="module")
def stranger(register: Callable[..., RelyingParty]) -> RelyingParty:
    return register()


@pytest.fixture(scope="module")
def tokens(idp_sqlite: RunningIdp, app: RelyingParty, person: Person) -> Iterator[dict[str, Any]]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = app.ask()
        yield app.tokens(browser.go_through(question.address, person), question)


def told(app: RelyingParty, token: str) -> dict[str, Any]:
    answer = app.post("/introspect", {"token": token})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    members: dict[str, Any] = answer.json()
    return members


def test_the_resource_and_the_client_are_told_the_same(
    app: RelyingParty, archive: RelyingParty, tokens: dict[str, Any]
) -> None:
    """§2.2. The `sub` is the one of the resource's sector; the client is told the one of its own, where the token itself is silent.

    Mutation: an app learns by which name another sector knows its people (OpenID Connect Core §8.1).
    """
    members, to_client = told(archive, tokens["access_token"]), told(app, tokens["access_token"])
    assert {**members, "sub": None} == {**to_client, "sub": None}
    assert members["active"] is True
    assert (members["client_id"], members["aud"], members["iss"]) == (app.client_id, RESOURCE, app.issuer)
    assert (members["scope"], members["token_type"]) == ("openid profile archive:read", "Bearer")
    assert members["exp"] - members["iat"] == 600
    _, claims = app.read(tokens["id_token"])
    assert members["auth_time"] == claims["auth_time"]
    assert members["acr"] == claims["acr"]
    assert members["sub"] != claims["sub"]
    is_jwt = tokens["access_token"].count(".") == 2
    assert to_client["sub"] == (members["sub"] if is_jwt else claims["sub"])


def test_a_token_for_others_does_not_open_userinfo(app: RelyingParty, tokens: dict[str, Any]) -> None:
    """RFC 9068 §4: whoever is not in `aud` refuses."""
    answer = app.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_a_machines_token_names_the_machine(app: RelyingParty, archive: RelyingParty) -> None:
    token = app.post("/token", {"grant_type": "client_credentials"}).json()["access_token"]
    members = told(archive, token)
    assert (members["sub"], members["client_id"], members["scope"]) == (app.client_id, app.client_id, "archive:read")
    assert "auth_time" not in members


def test_a_refresh_token_is_the_clients_own_matter(
    app: RelyingParty, archive: RelyingParty, tokens: dict[str, Any]
) -> None:
    members = told(app, tokens["refresh_token"])
    assert members["active"] is True
    assert "token_type" not in members
    assert told(archive, tokens["refresh_token"]) == {"active": False}


def test_everything_else_is_inactive_in_the_same_bytes(
    app: RelyingParty, archive: RelyingParty, stranger: RelyingParty, tokens: dict[str, Any]
) -> None:
    """Threat D08: another's token cannot be told from garbage; an id_token or a code is no access token (C08)."""
    access_token = tokens["access_token"]
    for client, token in (
        (stranger, access_token),
        (stranger, tokens["refresh_token"]),
        (stranger, "garbage"),
        (archive, access_token[:-2]),
        (archive, f"{access_token}x"),
        (archive, tokens["id_token"]),
        (app, tokens["id_token"]),
        (app, "1.2.3"),
        (app, "0.x"),
        (app, "中"),
    ):
        answer = client.post("/introspect", {"token": token})
        assert (answer.status_code, answer.content) == (200, INACTIVE), token[:30]


def test_only_a_confidential_client_may_ask(app: RelyingParty, city_app: RelyingParty, tokens: dict[str, Any]) -> None:
    """§2.1, threat D09: no authentication, a public client, a bearer as the only authentication."""
    token = tokens["access_token"]
    for form, headers in (
        ({"token": token}, {}),
        ({"token": token, "client_id": city_app.client_id}, {}),
        ({"token": token}, {"Authorization": f"Bearer {token}"}),
    ):
        answer = app.http.post(f"{app.issuer}/introspect", data=form, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert app.http.get(f"{app.issuer}/introspect?token={token}", headers=app.basic).status_code == 405


def test_the_token_is_never_in_the_address(app: RelyingParty) -> None:
    answer = app.http.post(f"{app.issuer}/introspect?token=x", data={"token": "x"}, headers=app.basic)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
