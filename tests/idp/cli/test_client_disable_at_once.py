"""`idp client disable` beside a running server of two processes: the very next request is refused, whoever answers."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest

from idp.registration.status import disable, enable
from tests.plugins.running_idp import ROOT, Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

TRIES = 16
"""Each on a connection of its own, so that both processes are met."""
FEW_TRIES = 4
"""Where each try is a failed authentication: after some of them within a minute the address is told to slow down."""
API = "https://stopped-api.example/"
APP: dict[str, Any] = {
    "client_id": "to-be-stopped",
    "client_name": "要停用的应用",
    "client_secret": "secret-of-the-app-to-be-stopped-0123456789",
    "redirect_uris": ["http://localhost:8002/callback"],
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    "token_endpoint_auth_method": "client_secret_basic",
    "scope": "openid profile",
    "asks_consent": False,
    "id_token_signed_response_alg": "ES256",
}


def command(idp: RunningIdp, *arguments: str, told: object = None) -> str:
    """What `idp` prints, as an operator runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "idp", "--config", str(idp.config), *arguments],
        cwd=ROOT,
        input=None if told is None else json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def app(idp_server: RunningIdp) -> Iterator[RelyingParty]:
    """Registered by the command line, while the server runs."""
    command(idp_server, "client", "import", "-", told=[APP])
    command(idp_server, "client", "enable", "to-be-stopped")
    with RelyingParty(idp_server, APP) as app:
        yield app


@pytest.fixture
def person(idp_server: RunningIdp) -> Person:
    return idp_server.new_person()


@pytest.fixture
def browser(idp_server: RunningIdp) -> Iterator[FormBrowser]:
    with FormBrowser(idp_server.issuer) as browser:
        yield browser


def everywhere(ask: Callable[[httpx.Client], httpx.Response], tries: int = TRIES) -> set[tuple[int, str]]:
    """Status and error of the answers of both processes; 429 is a 401 that comes too often."""
    answers = set()
    for _ in range(tries):
        with httpx.Client(trust_env=False, timeout=20) as http:
            answer = ask(http)
        told: dict[str, Any] = {}
        with suppress(ValueError):
            told = answer.json()
        status = 401 if answer.status_code == 429 else answer.status_code
        answers.add((status, str(told.get("error", told.get("active", "")))))
    return answers


def test_the_next_request_is_refused_and_comes_back_with_enable(
    idp_server: RunningIdp, app: RelyingParty, person: Person, browser: FormBrowser
) -> None:
    """Mutation: a process that answers from a registration it read before."""
    question = app.ask()
    tokens = app.tokens(browser.go_through(question.address, person), question)
    waiting = app.ask()
    code = browser.get(waiting.address)  # single sign-on: a code that nobody has redeemed yet
    asks = {
        "authorize": lambda http: http.get(app.ask().address),
        "code": lambda http: http.post(
            f"{idp_server.issuer}/token", data=app.token_request(code.answer["code"], waiting), headers=app.basic
        ),
        "refresh": lambda http: http.post(
            f"{idp_server.issuer}/token",
            data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
            headers=app.basic,
        ),
        "itself": lambda http: http.post(
            f"{idp_server.issuer}/token", data={"grant_type": "client_credentials"}, headers=app.basic
        ),
        "introspection": lambda http: http.post(
            f"{idp_server.issuer}/introspect", data={"token": tokens["access_token"]}, headers=app.basic
        ),
        "userinfo": lambda http: http.get(
            f"{idp_server.issuer}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
        ),
    }
    assert everywhere(asks["userinfo"]) == {(200, "")}
    assert everywhere(asks["introspection"]) == {(200, "True")}
    assert "from now on every process refuses it" in command(idp_server, "client", "disable", "to-be-stopped")
    many = {"authorize", "userinfo"}
    refused = {name: everywhere(ask, TRIES if name in many else FEW_TRIES) for name, ask in asks.items()}
    assert refused == {
        "authorize": {(400, "")},
        "code": {(401, "invalid_client")},
        "refresh": {(401, "invalid_client")},
        "itself": {(401, "invalid_client")},
        "introspection": {(401, "invalid_client")},
        "userinfo": {(401, "invalid_token")},
    }
    command(idp_server, "client", "enable", "to-be-stopped")
    assert everywhere(asks["userinfo"]) == {(200, "")}
    assert app.refresh(tokens["refresh_token"]).status_code == 200, "nothing was deleted, nothing was used up"
    assert app.redeem(code, waiting).status_code == 200


def test_whoever_is_signing_in_is_told_on_a_page(
    idp_server: RunningIdp, app: RelyingParty, person: Person, browser: FormBrowser
) -> None:
    """Mutation: the one door looks at the registration when a request comes first, and never again."""
    page = browser.get(app.ask().address)
    command(idp_server, "client", "disable", "to-be-stopped")
    page = browser.sign_in(page, person)
    assert page.status == 400
    assert page.text("oidc-error").startswith("invalid_request")


def test_a_resource_hears_that_the_tokens_of_a_stopped_app_are_dead(
    idp_server: RunningIdp, person: Person, browser: FormBrowser
) -> None:
    """Both forms of access tokens. Mutation: `AccessTokens.resolve` without the client."""
    api = {
        **{name: value for name, value in APP.items() if name not in {"redirect_uris", "asks_consent"}},
        "client_id": "stopped-api",
        "grant_types": ["client_credentials"],
        "resource": API,
        "resource_scope": {"stopped:read": {"en": "Read"}},
    }
    users = [
        {
            **APP,
            "client_id": f"user-{form}",
            "access_token_format": form,
            "audience": API,
            "scope": "openid stopped:read",
        }
        for form in ("opaque", "jwt")
    ]
    command(idp_server, "client", "import", "-", told=[api, *users])
    services = idp_server.installation.services
    with ExitStack() as stack:
        resource = stack.enter_context(RelyingParty(idp_server, {**api, "redirect_uris": [""]}))
        for metadata in users:
            app = stack.enter_context(RelyingParty(idp_server, metadata))
            question = app.ask()
            token = app.tokens(browser.go_through(question.address, person), question)["access_token"]

            def is_active(token: str = token) -> bool:
                return bool(resource.post("/introspect", {"token": token}).json()["active"])

            for verb, answer in ((enable, True), (disable, False), (enable, True)):
                with services.begin() as unit_of_work:
                    verb(unit_of_work, app.client_id, services.clock())
                    unit_of_work.commit()
                assert is_active() is answer, (metadata["access_token_format"], verb)
