"""RFC 8707: an app says for which resource a token is; each knows the person by the `sub` of its own sector."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from idp.model.client import ClientStatus
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.pushing_party import PushingParty
from tests.specs.relying_party import Question

STANDARD: dict[str, Any] = {"profile": "gov-standard"}
ROADS, RIVERS, HEALTH = (f"https://{name}.example" for name in ("roads", "rivers", "health"))
READS = "roads:read rivers:read health:read"


@pytest.fixture(scope="module")
def app(idp_sqlite: RunningIdp) -> Iterator[PushingParty]:
    """It may have tokens for roads and rivers, which are one sector, and for health, which is another."""
    with ExitStack() as parties:
        for name, sector in (("roads", "transport"), ("rivers", "transport"), ("health", "health")):
            parties.enter_context(
                PushingParty(
                    idp_sqlite,
                    client_id=f"resource-{name}",
                    resource=f"https://{name}.example",
                    resource_scope={f"{name}:read": {"zh-CN": "读取", "en": "Read"}},
                    sector_identifier=sector,
                    grant_types=["client_credentials"],
                    redirect_uris=[],
                    response_types=[],
                    scope="",
                    **STANDARD,
                )
            )
        yield parties.enter_context(
            PushingParty(
                idp_sqlite,
                client_id="app-of-resources",
                grant_types=["authorization_code", "refresh_token", "client_credentials"],
                scope=f"openid profile {READS}",
                resources=[ROADS, RIVERS, HEALTH],
                access_token_format="jwt",
                **STANDARD,
            )
        )


@pytest.fixture(scope="module")
def somebody(idp_sqlite: RunningIdp) -> Person:
    return idp_sqlite.new_person()


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, app: PushingParty, somebody: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(app.ask().address, somebody)
        yield browser


def asking(app: PushingParty, *resources: str) -> Question:
    question = app.ask()
    query = urlencode([("resource", each) for each in resources])
    return Question(f"{question.address}&{query}", *app.remembered(question))


def told(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def redeem(app: PushingParty, browser: FormBrowser, question: Question, *resources: str) -> httpx.Response:
    page = browser.get(question.address)
    assert "code" in page.answer, page.address
    body = {
        "grant_type": "authorization_code",
        "code": page.answer["code"],
        "redirect_uri": app.redirect_uri,
        "code_verifier": question.code_verifier,
        **app.proof(),
    }
    return post(app, body, *resources)


def post(app: PushingParty, body: dict[str, str], *resources: str) -> httpx.Response:
    pairs = [*body.items(), *(("resource", each) for each in resources)]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return app.http.post(f"{app.issuer}/token", content=urlencode(pairs), headers=headers)


def test_a_token_is_for_the_resource_that_was_asked_for(app: PushingParty, browser: FormBrowser) -> None:
    """§2.1, §2.2. Mutations: the registered audience all the same; rights at other resources left in it."""
    tokens = redeem(app, browser, asking(app, ROADS)).json()
    claims = told(tokens["access_token"])
    assert (claims["aud"], set(claims["scope"].split())) == (ROADS, {"openid", "profile", "roads:read"})
    own = app.read(tokens["id_token"])[1]["sub"]
    assert claims["sub"] != own, "each sector its own"
    assert app.userinfo(tokens["access_token"]).status_code == 401


def test_of_several_of_one_sector_each_token_is_for_one(app: PushingParty, browser: FormBrowser) -> None:
    """§2.2; by the token request, at the refresh as well. Mutation: a resource that was not granted."""
    first = redeem(app, browser, asking(app, ROADS, RIVERS), RIVERS).json()
    assert told(first["access_token"])["aud"] == RIVERS
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = post(app, {**refresh, **app.proof()}, ROADS).json()
    assert told(second["access_token"])["aud"] == ROADS
    assert told(second["access_token"])["sub"] == told(first["access_token"])["sub"], "one sector"
    again = {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    assert post(app, {**again, **app.proof()}, HEALTH).json()["error"] == "invalid_target"
    assert told(post(app, {**again, **app.proof()}).json()["access_token"])["aud"] == ROADS


@pytest.mark.parametrize(
    "resources",
    [(ROADS, HEALTH), ("https://unknown.example",), (ROADS, "https://unknown.example"), (f"{ROADS}/",), ("urn:x:y",)],
    ids=str,
)
def test_two_sectors_or_a_stranger_are_no_target(
    app: PushingParty, browser: FormBrowser, resources: tuple[str, ...]
) -> None:
    """Mutations: only the first looked at; sectors not compared."""
    question = asking(app, *resources)
    answer = browser.get(question.address).answer
    assert (answer["error"], answer["state"]) == ("invalid_target", question.state)
    parameters, _ = app.parameters()
    pairs = [*parameters.items(), *app.proof().items(), *(("resource", each) for each in resources)]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    pushed = app.http.post(f"{app.issuer}/par", content=urlencode(pairs), headers=headers)
    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_target")


def test_pushed_and_signed_requests_name_them_too(app: PushingParty, browser: FormBrowser) -> None:
    """Mutations: the second value lost on its way through the store, or through JSON."""
    parameters, question = app.parameters()
    pairs = [*parameters.items(), *app.proof().items(), ("resource", ROADS), ("resource", RIVERS)]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    pushed = app.http.post(f"{app.issuer}/par", content=urlencode(pairs), headers=headers).json()
    led = Question(app.led_by(pushed["request_uri"]), *app.remembered(question))
    assert told(redeem(app, browser, led, RIVERS).json()["access_token"])["aud"] == RIVERS
    parameters, question = app.parameters()
    signed = app.request_object(parameters, resource=[ROADS, RIVERS])
    query = urlencode({"client_id": app.client_id, "request": signed})
    led = Question(f"{app.issuer}/authorize?{query}", *app.remembered(question))
    assert told(redeem(app, browser, led, RIVERS).json()["access_token"])["aud"] == RIVERS


def test_one_at_a_time_at_the_token_endpoint(app: PushingParty, browser: FormBrowser) -> None:
    assert redeem(app, browser, asking(app, ROADS, RIVERS), ROADS, RIVERS).json()["error"] == "invalid_target"
    assert redeem(app, browser, app.ask(), ROADS).json()["error"] == "invalid_target", "nothing was granted for it"


def test_a_machine_names_one_of_its_own(app: PushingParty) -> None:
    body = {"grant_type": "client_credentials"}
    claims = told(post(app, {**body, **app.proof()}, HEALTH).json()["access_token"])
    assert (claims["aud"], claims["scope"]) == (HEALTH, "health:read")
    for wrong in ((ROADS, HEALTH), ("https://unknown.example",)):
        assert post(app, {**body, **app.proof()}, *wrong).json()["error"] == "invalid_target"


def test_a_granted_resource_out_of_service_gets_no_more_tokens(
    idp_sqlite: RunningIdp, app: PushingParty, browser: FormBrowser
) -> None:
    """Mutation: looked at only where the token request names it."""
    tokens = redeem(app, browser, asking(app, HEALTH)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    services = idp_sqlite.installation.services

    def turn(status: ClientStatus) -> None:
        with services.begin() as unit_of_work:
            client = unit_of_work.clients.get("resource-health")
            assert client is not None
            unit_of_work.clients.save(replace(client, status=status), services.clock())
            unit_of_work.commit()

    turn(ClientStatus.DISABLED)
    assert post(app, {**refresh, **app.proof()}).json()["error"] == "invalid_target"
    turn(ClientStatus.ACTIVE)
    assert told(post(app, {**refresh, **app.proof()}).json()["access_token"])["aud"] == HEALTH
