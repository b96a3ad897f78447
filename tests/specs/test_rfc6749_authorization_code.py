"""RFC 6749 §4.1 and §5 at the token endpoint: what a code is bound to, and what success and refusal look like."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.plugins.running_idp import Person
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty

Redeemable = Callable[..., tuple[Page, Question]]
ENTROPY = r"[A-Za-z0-9_-]{43,}"
"""In base64url at least 256 bits, which nobody can tell from random ones."""


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, after what §5.2 says of every one: JSON, kept by no cache, printable ASCII."""
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    told: dict[str, str] = response.json()
    assert set(told) == {"error", "error_description"}
    assert re.fullmatch(r"[ !#-\[\]-~]+", told["error_description"])
    return response.status_code, told["error"]


def test_a_code_brings_tokens(library: RelyingParty, redeemable: Redeemable) -> None:
    """§5.1; how random codes and tokens are (§10.10)."""
    page, question = redeemable()
    assert re.fullmatch(rf"\d+\.{ENTROPY}", page.answer["code"])
    response = library.redeem(page, question)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    tokens: dict[str, Any] = response.json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert tokens["token_type"] == "Bearer"
    assert 0 < tokens["expires_in"] <= 600
    assert tokens["scope"] == "openid profile"
    assert re.fullmatch(rf"\d+\.{ENTROPY}", tokens["access_token"])


def test_a_code_works_once_and_its_replay_takes_the_token_along(library: RelyingParty, redeemable: Redeemable) -> None:
    """§4.1.2."""
    page, question = redeemable()
    tokens = library.tokens(page, question)
    assert library.userinfo(tokens["access_token"]).status_code == 200
    assert refusal(library.redeem(page, question)) == (400, "invalid_grant")
    assert library.userinfo(tokens["access_token"]).status_code == 401


def test_a_code_belongs_to_its_client_and_survives_a_stranger(
    library: RelyingParty, housing_fund: RelyingParty, redeemable: Redeemable
) -> None:
    """§4.1.3, B03. Mutation: seal a code without its owner."""
    page, question = redeemable()
    assert refusal(housing_fund.redeem(page, question)) == (400, "invalid_grant")
    assert library.redeem(page, question).status_code == 200


@pytest.mark.parametrize(
    "redirect_uri", [None, "", "http://localhost:8002/callback/", "http://127.0.0.1:8002/callback"]
)
def test_a_code_belongs_to_its_redirect_uri(
    library: RelyingParty, redeemable: Redeemable, redirect_uri: str | None
) -> None:
    """§4.1.3; another registered one is not good enough, and the code is burnt."""
    page, question = redeemable()
    assert refusal(library.redeem(page, question, {"redirect_uri": redirect_uri})) == (400, "invalid_grant")
    assert refusal(library.redeem(page, question)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": None}, 400, "invalid_request"),
        ({"code": "x"}, 400, "invalid_grant"),
        ({"code": "编号"}, 400, "invalid_grant"),
        ({"client_id": "housing-fund"}, 400, "invalid_request"),
        ({"client_secret": "another"}, 400, "invalid_request"),
    ],
    ids=str,
)
def test_a_malformed_request_is_told_why(
    library: RelyingParty, redeemable: Redeemable, changes: dict[str, str | None], status: int, error: str
) -> None:
    """§5.2."""
    page, question = redeemable()
    assert refusal(library.redeem(page, question, changes)) == (status, error)


@pytest.mark.parametrize(
    "credentials",
    [("licence-library", "wrong"), ("licence-library", ""), ("nobody", "licence-library-secret"), ("city-app", "x")],
)
def test_a_client_that_cannot_prove_itself_learns_nothing(
    library: RelyingParty, redeemable: Redeemable, credentials: tuple[str, str]
) -> None:
    """§5.2 `invalid_client`: 401 with a challenge, in the same words for all; the code stays good."""
    page, question = redeemable()
    body = library.token_request(page.answer["code"], question)
    response = library.http.post(f"{library.issuer}/token", data=body, auth=credentials)
    assert refusal(response) == (401, "invalid_client")
    assert response.headers["www-authenticate"].startswith("Basic ")
    assert response.json()["error_description"] == "The client could not be authenticated."
    assert library.redeem(page, question).status_code == 200


def test_a_secret_counts_only_by_the_registered_method(library: RelyingParty, redeemable: Redeemable) -> None:
    """OpenID Connect Core §9. Mutation: accept every method for every client."""
    page, question = redeemable()
    credentials = {"client_id": library.client_id, "client_secret": library.metadata["client_secret"]}
    body = library.token_request(page.answer["code"], question, dict(credentials))
    assert refusal(library.http.post(f"{library.issuer}/token", data=body)) == (401, "invalid_client")


def test_a_secret_in_the_body_works_for_who_registered_it(
    signed_in: FormBrowser, register: Callable[..., RelyingParty]
) -> None:
    """§2.3.1 `client_secret_post`."""
    app = register(token_endpoint_auth_method="client_secret_post")
    question = app.ask()
    assert "id_token" in app.tokens(signed_in.get(question.address), question)


def test_parameters_in_the_address_are_refused(library: RelyingParty, redeemable: Redeemable) -> None:
    """§2.3.1: never in the URI, which is logged."""
    page, question = redeemable()
    body = library.token_request(page.answer["code"], question)
    answer = library.http.post(f"{library.issuer}/token", params=body, data={"grant_type": body["grant_type"]})
    assert refusal(answer) == (400, "invalid_request")


def test_only_post(library: RelyingParty) -> None:
    """§3.2."""
    answer = library.http.get(f"{library.issuer}/token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_code_dies_with_the_session(browser: FormBrowser, library: RelyingParty, person: Person) -> None:
    """J08: who signed out before the app came for the tokens gave none. Mutation: leave the gate out of `tokens`."""
    question = library.ask()
    page = browser.go_through(question.address, person)
    confirmation = browser.get("/logout")
    assert browser.press(confirmation, {"id": "logout-confirm"}).has("logged-out")
    assert refusal(library.redeem(page, question)) == (400, "invalid_grant")
