"""RFC 6750: how an access token is presented, and what is answered when it is not good enough."""

from collections.abc import Callable

import httpx
import pytest

from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Redeemable = Callable[..., tuple[Page, Question]]


@pytest.fixture(scope="module")
def token(signed_in: FormBrowser, library: RelyingParty) -> str:
    question = library.ask()
    return str(library.tokens(signed_in.get(question.address), question)["access_token"])


def ask(app: RelyingParty, method: str = "GET", **request: object) -> httpx.Response:
    return app.http.request(method, f"{app.issuer}/userinfo", **request)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_in_the_header(library: RelyingParty, token: str, method: str, scheme: str) -> None:
    """§2.1; the name of the scheme has no case (RFC 9110 §11.1)."""
    answer = ask(library, method, headers={"Authorization": f"{scheme} {token}"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_in_the_body(library: RelyingParty, token: str) -> None:
    """§2.2."""
    assert ask(library, "POST", data={"access_token": token}).status_code == 200


def test_never_in_the_address(library: RelyingParty, token: str) -> None:
    """§2.3, which RFC 9700 §4.3.2 forbids: addresses are logged. Mutation: read the query as well."""
    assert ask(library, params={"access_token": token}).status_code == 401
    assert ask(library, "POST", params={"access_token": token}).status_code == 401


def test_in_one_place_only(library: RelyingParty, token: str) -> None:
    """§2: clients MUST NOT use more than one method. Mutation: let the header win silently."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = ask(library, "POST", headers=headers, data={"access_token": token})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


def test_twice_is_not_once(library: RelyingParty, token: str) -> None:
    """A parameter must not stand twice (RFC 6749 §3.1)."""
    body = f"access_token={token}&access_token={token}"
    assert ask(library, "POST", headers=FORM, content=body).status_code == 400


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}], ids=str)
def test_without_a_token_the_challenge_says_how(library: RelyingParty, headers: dict[str, str]) -> None:
    """§3: a request without authentication gets a challenge without an error code."""
    answer = ask(library, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token + "A",
        lambda token: "1" + token,
        lambda token: token.partition(".")[0],
        lambda token: f"{'9' * 40}.{token.partition('.')[2]}",
        lambda token: token.replace(".", ".."),
        lambda _: "x" * 5000,
        lambda _: "eyJhbGciOiJub25lIn0.e30.",
    ],
)
def test_a_token_that_is_not_ours_is_invalid(library: RelyingParty, token: str, spoil: Callable[[str], str]) -> None:
    """§3.1. Mutation: look a token up by its number and leave out the comparison of the secret."""
    answer = library.userinfo(spoil(token))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_without_openid_there_is_no_userinfo(library: RelyingParty, redeemable: Redeemable) -> None:
    """§3.1 `insufficient_scope`, OpenID Connect Core §5.3."""
    tokens = library.tokens(*redeemable(scope="profile"))
    assert "id_token" not in tokens
    answer = library.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
