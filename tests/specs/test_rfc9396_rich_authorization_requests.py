"""RFC 9396: an app asks to deal with matters at a resource, by their codes; the person allows them one time, as a whole."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import PushingParty
from tests.specs.relying_party import Question
from tests.specs.test_rfc8707_resource_indicators import told

STANDARD: dict[str, Any] = {"profile": "gov-standard"}
PERMITS, TAXES = "https://permits.example", "https://taxes.example"
LICENCE, SHOP, RETURN = "11330000MB1000000A", "000172001000", "tax-return"
WORDS = {"zh-CN": "个体工商户注销", "en": "Close a small business"}


@pytest.fixture(scope="module")
def parties(idp_sqlite: RunningIdp) -> Iterator[dict[str, PushingParty]]:
    """Two resources of two sectors, an app that asks people, and one that asks nobody."""
    with ExitStack() as stack:
        resources = (
            ("permits", {LICENCE: WORDS, SHOP: {"zh-CN": "食品经营许可", "en": "Food licence"}}),
            ("taxes", {RETURN: {"zh-CN": "纳税申报", "en": "Tax return"}, "shared": {"en": "Shared"}}),
        )
        made = {
            name: stack.enter_context(
                PushingParty(
                    idp_sqlite,
                    client_id=f"matters-{name}",
                    client_name=name,
                    resource=f"https://{name}.example",
                    resource_matters=matters,
                    sector_identifier=name,
                    grant_types=["client_credentials"],
                    redirect_uris=[],
                    response_types=[],
                    scope="",
                    **STANDARD,
                )
            )
            for name, matters in resources
        }
        app: dict[str, Any] = {
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "resources": [PERMITS, TAXES],
            "authorization_details_types": ["matter"],
            "matters": [LICENCE, SHOP, RETURN],
            "access_token_format": "jwt",
            **STANDARD,
        }
        made["app"] = stack.enter_context(PushingParty(idp_sqlite, client_id="app-of-matters", **app))
        made["asking"] = stack.enter_context(
            PushingParty(idp_sqlite, client_id="asking-of-matters", **{**app, "asks_consent": True})
        )
        made["opaque"] = stack.enter_context(
            PushingParty(idp_sqlite, client_id="opaque-of-matters", **{**app, "access_token_format": "opaque"})
        )
        yield made


@pytest.fixture(scope="module")
def app(parties: dict[str, PushingParty]) -> PushingParty:
    return parties["app"]


@pytest.fixture(scope="module")
def somebody(idp_sqlite: RunningIdp) -> Person:
    return idp_sqlite.new_person()


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, app: PushingParty, somebody: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(app.ask().address, somebody)
        yield browser


def matter(code: str, *actions: str, **others: Any) -> dict[str, Any]:
    return {"type": "matter", "identifier": code, "actions": list(actions or ("view", "apply")), **others}


def granted(code: str, *actions: str, at: str = PERMITS) -> dict[str, Any]:
    return {**matter(code, *actions), "locations": [at]}


def asking(app: PushingParty, *details: dict[str, Any], **others: str) -> Question:
    return app.ask({"authorization_details": json.dumps(details), **others})


def tokens_of(app: PushingParty, page: Page, question: Question, **changes: str) -> dict[str, Any]:
    assert "code" in page.answer, page.address
    response = app.redeem(page, question, {**changes})
    answer: dict[str, Any] = response.json()
    return answer


def refreshed(app: PushingParty, refresh_token: str, *details: dict[str, Any]) -> dict[str, Any]:
    body = {"grant_type": "refresh_token", "refresh_token": refresh_token, **app.proof()}
    if details:
        body["authorization_details"] = json.dumps(details)
    answer: dict[str, Any] = app.http.post(f"{app.issuer}/token", data=body).json()
    return answer


def test_what_was_granted_stands_in_the_answer_and_in_the_token(app: PushingParty, browser: FormBrowser) -> None:
    """§7, §9.1. Mutations: left out of either; not bound to the resource that declares it."""
    question = asking(app, matter(LICENCE, "apply"), matter(SHOP, "view"))
    tokens = tokens_of(app, browser.get(question.address), question)
    expected = [granted(LICENCE, "apply"), granted(SHOP, "view")]
    claims = told(tokens["access_token"])
    assert tokens["authorization_details"] == claims["authorization_details"] == expected
    assert claims["aud"] == PERMITS


def test_a_token_request_may_take_less_and_never_more(app: PushingParty, browser: FormBrowser) -> None:
    """§6. Mutations: narrowed for good; another action, another matter let through."""
    question = asking(app, matter(LICENCE), matter(SHOP, "view"))
    narrow = json.dumps([matter(LICENCE, "view")])
    tokens = tokens_of(app, browser.get(question.address), question, authorization_details=narrow)
    assert tokens["authorization_details"] == [granted(LICENCE, "view")]
    token = tokens["refresh_token"]
    for wrong in (matter(SHOP, "apply"), matter(RETURN, "view"), matter(LICENCE, "view", locations=[TAXES])):
        assert refreshed(app, token, wrong)["error"] == "invalid_authorization_details"
    again = refreshed(app, token, matter(SHOP, "view"))
    assert again["authorization_details"] == [granted(SHOP, "view")]
    whole = refreshed(app, again["refresh_token"])
    assert whole["authorization_details"] == [granted(LICENCE), granted(SHOP, "view")]


@pytest.mark.parametrize(
    "details",
    [
        "x",
        "{}",
        "[]",
        "[1]",
        "[" * 3000,
        json.dumps([{"type": "payment", "identifier": LICENCE, "actions": ["view"]}]),
        json.dumps([{"identifier": LICENCE, "actions": ["view"]}]),
        json.dumps([{"type": "matter", "identifier": LICENCE}]),
        json.dumps([matter(LICENCE, "pay")]),
        json.dumps([matter(LICENCE) | {"actions": []}]),
        json.dumps([matter(LICENCE, privileges=["admin"])]),
        json.dumps([matter(LICENCE, locations=[])]),
        json.dumps([matter(LICENCE, locations=["https://unknown.example"])]),
        json.dumps([matter(LICENCE, locations=[TAXES])]),
        json.dumps([matter("unknown")]),
        json.dumps([matter("shared")]),
        json.dumps([matter(LICENCE)] * 9),
    ],
)
def test_what_is_not_of_the_type_is_refused(app: PushingParty, browser: FormBrowser, details: str) -> None:
    """§5. Mutations: an unknown member passed over; a matter that nobody let the app have."""
    question = app.ask({"authorization_details": details})
    answer = browser.get(question.address).answer
    assert (answer["error"], answer["state"]) == ("invalid_authorization_details", question.state)
    parameters, _ = app.parameters({"authorization_details": details})
    pushed = app.post_pushed(parameters)
    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_authorization_details")
    body = {"grant_type": "client_credentials", "authorization_details": details, **app.proof()}
    refused = app.http.post(f"{app.issuer}/token", data=body)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_authorization_details")


def test_matters_of_two_sectors_are_not_asked_for_at_once(app: PushingParty, browser: FormBrowser) -> None:
    answer = browser.get(asking(app, matter(LICENCE), matter(RETURN)).address).answer
    assert answer["error"] == "invalid_target"


def test_pushed_and_signed_requests_name_them_too(app: PushingParty, browser: FormBrowser) -> None:
    """§2, §3: in a request object they are JSON, not text."""
    question = app.push({"authorization_details": json.dumps([matter(SHOP)])})
    tokens = tokens_of(app, browser.get(question.address), question)
    assert tokens["authorization_details"] == [granted(SHOP)]
    parameters, question = app.parameters()
    signed = app.request_object(parameters, authorization_details=[matter(SHOP, "view")])
    query = urlencode({"client_id": app.client_id, "request": signed})
    led = Question(f"{app.issuer}/authorize?{query}", *app.remembered(question))
    tokens = tokens_of(app, browser.get(led.address), led)
    assert tokens["authorization_details"] == [granted(SHOP, "view")]


def test_a_machine_names_its_own(app: PushingParty) -> None:
    """§6.1. Mutation: a token for a resource that does not know the matter."""
    body = {"grant_type": "client_credentials", "authorization_details": json.dumps([matter(RETURN, "view")])}
    answer = app.http.post(f"{app.issuer}/token", data={**body, **app.proof()}).json()
    claims = told(answer["access_token"])
    assert (claims["aud"], claims["authorization_details"]) == (TAXES, [granted(RETURN, "view", at=TAXES)])
    both = {**body, "authorization_details": json.dumps([matter(RETURN), matter(SHOP)])}
    assert app.http.post(f"{app.issuer}/token", data={**both, **app.proof()}).json()["error"] == "invalid_target"


def test_introspection_tells_the_resource(parties: dict[str, PushingParty], browser: FormBrowser) -> None:
    """§9.2."""
    app, permits = parties["opaque"], parties["permits"]
    question = asking(app, matter(LICENCE, "view"))
    tokens = tokens_of(app, browser.get(question.address), question)
    answer = permits.http.post(
        f"{permits.issuer}/introspect", data={"token": tokens["access_token"], **permits.proof()}
    ).json()
    assert (answer["active"], answer["authorization_details"]) == (True, [granted(LICENCE, "view")])


def test_the_person_is_asked_each_time_in_the_words_of_the_resource(
    idp_sqlite: RunningIdp, parties: dict[str, PushingParty], somebody: Person
) -> None:
    """§12: shown, allowed or not as a whole. Mutation: an answer of before lets the next matter through."""
    app = parties["asking"]
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = asking(app, matter(LICENCE, "apply"))
        first = browser.sign_in(browser.get(question.address), somebody)
        assert all(told in first.html for told in (WORDS["zh-CN"], "办理", "permits", "同意只管这一次"))
        page = browser.press(first, {"id": "consent-allow"})
        tokens = tokens_of(app, page, question)
        assert tokens["authorization_details"] == [granted(LICENCE, "apply")]
        plain = browser.get(app.ask().address)
        assert "code" in plain.answer, "the scope is remembered"
        silent = browser.get(asking(app, matter(LICENCE, "apply"), prompt="none").address)
        assert silent.answer["error"] == "consent_required"
        again = browser.get(asking(app, matter(LICENCE, "apply")).address)
        refused = browser.press(again, {"id": "consent-deny"})
        assert refused.answer["error"] == "access_denied"


def test_what_a_resource_no_longer_declares_is_over(
    idp_sqlite: RunningIdp, app: PushingParty, browser: FormBrowser
) -> None:
    """Mutation: the family's word for it."""
    from dataclasses import replace

    question = asking(app, matter(LICENCE), matter(SHOP))
    tokens = tokens_of(app, browser.get(question.address), question)
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get("matters-permits")
        assert client is not None
        fewer = tuple(each for each in client.resource_matters if each[0] != SHOP)
        unit_of_work.clients.save(replace(client, resource_matters=fewer), services.clock())
        unit_of_work.commit()
    try:
        assert refreshed(app, tokens["refresh_token"])["authorization_details"] == [granted(LICENCE)]
    finally:
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client, services.clock())
            unit_of_work.commit()


def test_discovery_tells_the_type(app: PushingParty) -> None:
    """§10."""
    document = app.http.get(f"{app.issuer}/.well-known/openid-configuration").json()
    assert "matter" in document["authorization_details_types_supported"]
