"""RFC 7009: a client calls its own tokens back."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

GRANTS = ["authorization_code", "refresh_token", "client_credentials"]


@pytest.fixture(scope="module")
def app(register: Callable[..., RelyingParty]) -> RelyingParty:
    """Opaque access tokens."""
    return register(grant_types=GRANTS)


@pytest.fixture(scope="module")
def jwt_app(register: Callable[..., RelyingParty]) -> RelyingParty:
    """Access tokens that speak for themselves."""
    return register(grant_types=GRANTS, access_token_format="jwt")


@pytest.fixture(scope="module")
def signed_in_here(idp_sqlite: RunningIdp, app: RelyingParty, person: Person) -> Any:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(app.ask().address, person)
        yield browser


def tokens_of(app: RelyingParty, browser: FormBrowser) -> dict[str, Any]:
    question = app.ask()
    return app.tokens(browser.get(question.address), question)


def revoked(app: RelyingParty, token: str, **changes: str | None) -> int:
    return app.post("/revoke", {"token": token}, changes).status_code


@pytest.mark.parametrize("hint", [None, "refresh_token", "access_token", "something_else"])
def test_a_refresh_token_takes_its_family_along(
    app: RelyingParty, signed_in_here: FormBrowser, hint: str | None
) -> None:
    """§2.1; a wrong hint does no harm. Threat D06: after 200 nothing of the family works."""
    tokens = tokens_of(app, signed_in_here)
    newer = app.refresh(tokens["refresh_token"]).json()
    assert revoked(app, newer["refresh_token"], token_type_hint=hint) == 200
    for dead in (tokens, newer):
        assert app.userinfo(dead["access_token"]).status_code == 401
        assert app.refresh(dead["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_older_refresh_token_still_names_the_family(app: RelyingParty, signed_in_here: FormBrowser) -> None:
    """Whoever lost the newest one can still call everything back."""
    tokens = tokens_of(app, signed_in_here)
    newer = app.refresh(tokens["refresh_token"]).json()
    assert revoked(app, tokens["refresh_token"]) == 200
    assert app.refresh(newer["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["app", "jwt_app"])
def test_an_access_token_goes_alone(request: pytest.FixtureRequest, kind: str, signed_in_here: FormBrowser) -> None:
    """Threat D07, as documented: the refresh token lives on, in both forms of access tokens."""
    app: RelyingParty = request.getfixturevalue(kind)
    tokens = tokens_of(app, signed_in_here)
    assert app.userinfo(tokens["access_token"]).status_code == 200
    assert revoked(app, tokens["access_token"]) == 200
    assert app.userinfo(tokens["access_token"]).status_code == 401
    assert revoked(app, tokens["access_token"]) == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_strangers_token_is_left_alone(app: RelyingParty, jwt_app: RelyingParty, signed_in_here: FormBrowser) -> None:
    """Threat D07: the same 200 as for garbage, and no effect."""
    tokens = tokens_of(app, signed_in_here)
    answers = [
        jwt_app.post("/revoke", {"token": token})
        for token in (tokens["refresh_token"], tokens["access_token"], "garbage", "1.x", "e30.e30.x")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"")}
    assert app.userinfo(tokens["access_token"]).status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"token": None}, 400, "invalid_request"),
        ({"token": ""}, 400, "invalid_request"),
        ({"client_secret": "a wrong secret in the body"}, 400, "invalid_request"),
    ],
)
def test_bad_requests(app: RelyingParty, changes: dict[str, str | None], status: int, error: str) -> None:
    """§2.2.1."""
    answer = app.post("/revoke", {"token": "x"}, changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_only_a_client_may_ask(app: RelyingParty) -> None:
    for form in ({"token": "x"}, {"token": "x", "client_id": app.client_id}):
        answer = app.http.post(f"{app.issuer}/revoke", data=form)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert app.http.get(f"{app.issuer}/revoke?token=x").status_code == 405
