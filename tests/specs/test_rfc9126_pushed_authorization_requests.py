"""RFC 9126, pushed authorization requests; requirements 34, 35 and 38 of the conformance facts, threats B07 and B11."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.idp.oauth.assertions import holder
from tests.idp.storage.storm import storm
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import NewParty, PushingParty

if TYPE_CHECKING:
    from tests.specs.relying_party import Changes

URN = "urn:ietf:params:oauth:request_uri:"
PUBLIC = {"token_endpoint_auth_method": "none", "jwks": None, "profile": "gov-standard"}


@pytest.fixture(scope="module")
def party(new_party: NewParty) -> PushingParty:
    return new_party()


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, party: PushingParty, person: Person) -> Iterator[FormBrowser]:
    """Somebody is signed in on it."""
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(party.push().address, person)
        yield browser


def is_code_of(page: Page, party: PushingParty) -> bool:
    return page.address.startswith(party.redirect_uri) and "code" in page.answer


def test_requirement_34_a_pushed_request_is_led_to_by_two_parameters(party: PushingParty, browser: FormBrowser) -> None:
    """§2.2 and §4. Mutations: 200; a guessable reference; a cache that may keep it."""
    parameters, question = party.parameters()
    answer = party.post_pushed(parameters)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert set(told) == {"request_uri", "expires_in"}
    assert told["request_uri"].startswith(URN)
    assert len(told["request_uri"]) >= len(URN) + 43, "256 bits"
    assert 10 <= told["expires_in"] < 600
    page = browser.get(party.led_by(told["request_uri"]))
    assert page.answer["state"] == question.state
    assert party.redeem(page, question).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_requirement_34_another_verb_is_refused(party: PushingParty, method: str) -> None:
    assert party.http.request(method, f"{party.issuer}/par").status_code == 405


def test_requirement_34_a_request_uri_is_not_pushed(party: PushingParty) -> None:
    """§2.1. Mutation: it is passed on."""
    parameters, _ = party.parameters()
    answer = party.post_pushed(parameters | {"request_uri": f"{URN}x"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_requirement_35_it_is_bound_to_its_client(
    party: PushingParty, new_party: NewParty, browser: FormBrowser
) -> None:
    """Threat B11. Mutation: a key without the client. The owner can still use it."""
    question = party.push()
    request_uri = dict(parse_qsl(urlsplit(question.address).query))["request_uri"]
    page = browser.get(new_party().led_by(request_uri))
    assert (page.status, page.error) == (400, "invalid_request_uri")
    assert is_code_of(browser.get(question.address), party)


def test_requirement_35_it_is_answered_once(party: PushingParty, browser: FormBrowser) -> None:
    """§4, threat B11. Mutation: it is never used up."""
    question = party.push()
    assert is_code_of(browser.get(question.address), party)
    page = browser.get(question.address)
    assert (page.status, page.error) == (400, "invalid_request_uri")


def test_requirement_35_the_page_may_be_loaded_twice_before_the_sign_in(party: PushingParty, person: Person) -> None:
    """Mutation: taken at the first look."""
    question = party.push()
    with FormBrowser(party.issuer) as another:
        assert another.get(question.address).has("username")
        assert another.get(question.address).has("username")
        assert is_code_of(another.go_through(question.address, person), party)


def test_requirement_35_one_that_is_over_is_refused(
    idp_sqlite: RunningIdp, party: PushingParty, browser: FormBrowser
) -> None:
    services = idp_sqlite.installation.services
    from idp.http.request import Parameters
    from idp.oauth.pushed_requests import Asked, PushedRequests

    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(party.client_id)
    assert client is not None
    parameters, _ = party.parameters()
    brief = PushedRequests(services.ephemeral, services.cipher, 1)
    request_uri = brief.keep(client, Asked(parameters=Parameters(parameters), is_proven=True))
    time.sleep(2.1)
    assert browser.get(party.led_by(request_uri)).error == "invalid_request_uri"


def test_one_answer_of_many_at_once(party: PushingParty, browser: FormBrowser) -> None:
    """Threat O02, over two processes. Mutation: looked at, then used."""
    question = party.push()
    cookies = dict(browser.http.cookies)

    def come(_: int) -> str:
        with httpx.Client(trust_env=False, timeout=20, cookies=cookies) as client:
            answer = client.get(question.address)
            while answer.is_redirect and answer.headers["location"].startswith(("/", party.issuer)):
                answer = client.get(httpx.URL(party.issuer).join(answer.headers["location"]))
            return str(answer.headers.get("location", ""))

    assert sum("code=" in told for told in storm(12, come)) == 1


@pytest.mark.parametrize("name", ["state", "nonce", "redirect_uri", "scope", "response_type", "prompt"])
def test_requirement_38_what_stands_beside_it_is_passed_over(
    party: PushingParty, browser: FormBrowser, name: str
) -> None:
    """Threat B11. Mutation: parameters of the address merged in."""
    question = party.push()
    page = browser.get(f"{question.address}&{name}=other")
    assert page.answer["state"] == question.state
    tokens = party.tokens(page, question)
    assert party.read(tokens["id_token"])[1]["nonce"] == question.nonce


def test_requirement_38_by_reference_and_by_value_is_one_too_many(party: PushingParty, browser: FormBrowser) -> None:
    """RFC 9101 §5, threat B11."""
    assert browser.get(f"{party.push().address}&request=x").error == "invalid_request"


def test_requirement_38_no_state_comes_back_where_none_was_sent(party: PushingParty, browser: FormBrowser) -> None:
    assert set(browser.get(party.push({"state": None}).address).answer) == {"code", "iss"}


@pytest.mark.parametrize("length", [64, 384])
def test_requirement_38_long_values_come_back_whole(party: PushingParty, browser: FormBrowser, length: int) -> None:
    question = party.push({"nonce": "n" * length, "state": "s" * length})
    page = browser.get(question.address)
    assert page.answer["state"] == "s" * length
    assert party.read(party.tokens(page, question)["id_token"])[1]["nonce"] == "n" * length


def test_requirement_32_gov_high_asks_no_other_way(party: PushingParty, browser: FormBrowser) -> None:
    """FAPI 2.0 §5.3.2.2. Mutation: the profile not looked at."""
    question = party.ask()
    answer = browser.get(question.address).answer
    assert (answer["error"], answer["state"], answer["iss"]) == ("invalid_request", question.state, party.issuer)
    signed = party.request_object(party.parameters()[0])
    page = browser.get(f"{party.issuer}/authorize?client_id={party.client_id}&request={signed}")
    assert page.answer["error"] == "invalid_request"


def test_who_registered_it_asks_no_other_way_either(new_party: NewParty, browser: FormBrowser) -> None:
    """§6. Mutation: the member is kept and not read."""
    free = new_party(profile="gov-standard")
    bound = new_party(profile="gov-standard", require_pushed_authorization_requests=True)
    assert is_code_of(browser.get(free.ask().address), free)
    assert browser.get(bound.ask().address).answer["error"] == "invalid_request"
    assert is_code_of(browser.get(bound.push().address), bound)


FAULTS: list[tuple[dict[str, str | None], str]] = [
    ({"redirect_uri": "https://evil.test/"}, "invalid_request"),
    ({"redirect_uri": None}, "invalid_request"),
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"scope": "unheard_of"}, "invalid_scope"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"response_mode": "x"}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
]


@pytest.mark.parametrize(("changes", "error"), FAULTS, ids=str)
def test_what_is_wrong_is_told_at_once(party: PushingParty, changes: dict[str, str | None], error: str) -> None:
    """§2.3: the client learns it before any person does. Mutation: kept first, looked at later."""
    parameters, _ = party.parameters(changes)
    answer = party.post_pushed(parameters)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["cache-control"] == "no-store"


def test_who_is_not_the_client_pushes_nothing(party: PushingParty) -> None:
    """§2.1: authenticated as at the token endpoint (threats E01, E03)."""
    parameters, _ = party.parameters()
    wrong: tuple[Changes, ...] = (
        {"client_assertion": None, "client_assertion_type": None},
        {"client_assertion": holder(kid="two").assertion(party.client_id, party.issuer, int(time.time()))},
        {"client_assertion": party.key.assertion(party.client_id, f"{party.issuer}/par", int(time.time()))},
        {"client_assertion": party.key.assertion(party.client_id, [party.issuer], int(time.time()))},
    )
    for changes in wrong:
        answer = party.post_pushed(parameters, changes)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), changes


def test_an_assertion_may_name_this_endpoint(new_party: NewParty) -> None:
    """§2: issuer, token endpoint and this one MUST be accepted; FAPI 2.0 leaves the issuer alone, above."""
    party = new_party(profile="gov-standard")
    parameters, _ = party.parameters()
    for audience in (party.issuer, f"{party.issuer}/token", f"{party.issuer}/par"):
        made = party.key.assertion(party.client_id, audience, int(time.time()))
        assert party.post_pushed(parameters, {"client_assertion": made}).status_code == 201


def test_nothing_stands_in_the_address(party: PushingParty) -> None:
    parameters, _ = party.parameters()
    answer = party.http.post(f"{party.issuer}/par?state=x", data={**parameters, **party.proof()})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "response_type", "request"])
def test_a_parameter_is_pushed_once(party: PushingParty, name: str) -> None:
    """Threat A03."""
    parameters, _ = party.parameters()
    pairs: list[tuple[str, Any]] = [*(parameters | party.proof()).items(), (name, "x"), (name, "y")]
    answer = party.http.post(
        f"{party.issuer}/par",
        content=httpx.QueryParams(pairs).__str__(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_app_without_a_secret_may_push_too_in_measure(new_party: NewParty, browser: FormBrowser) -> None:
    """§2.1, threat N12: each is stored. Mutation: no bound."""
    public = new_party(**PUBLIC)
    assert is_code_of(browser.get(public.push().address), public)
    parameters, _ = public.parameters()
    told = {public.post_pushed(parameters).status_code for _ in range(70)}
    assert told == {201, 429}


@pytest.mark.parametrize("place", ["code", "refresh_token", "state"])
def test_it_is_good_for_nothing_else(party: PushingParty, place: str) -> None:
    """Threat B07: a reference offered to the token endpoint."""
    question = party.push()
    request_uri = dict(parse_qsl(urlsplit(question.address).query))["request_uri"]
    grant = "refresh_token" if place == "refresh_token" else "authorization_code"
    body = {"grant_type": grant, place: request_uri, "redirect_uri": party.redirect_uri, "code_verifier": "v" * 43}
    answer = party.http.post(f"{party.issuer}/token", data={**body, **party.proof()})
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_request"}
