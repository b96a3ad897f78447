"""JWT Secured Authorization Response Mode (JARM): requirement 45 of the conformance facts."""

from collections.abc import Iterator

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import NewParty, PushingParty


@pytest.fixture(scope="module")
def party(new_party: NewParty) -> PushingParty:
    return new_party()


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, party: PushingParty, person: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(party.push().address, person)
        yield browser


def in_fragment(page: Page) -> Page:
    """The same answer where `Page.answer` looks for it."""
    address, mark, fragment = page.address.partition("#")
    assert mark
    assert "?" not in address
    return Page(f"{address}?{fragment}", page.status)


@pytest.mark.parametrize("mode", ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"])
def test_requirement_45_the_answer_is_signed(party: PushingParty, browser: FormBrowser, mode: str) -> None:
    """§2.1 and §2.3. Mutations: code, state or iss beside it; another audience."""
    question = party.push({"response_mode": mode})
    page = browser.get(question.address)
    if mode == "fragment.jwt":
        page = in_fragment(page)
    if mode == "form_post.jwt":
        (form,) = page.forms
        assert form.action == party.redirect_uri
        page = Page(f"{form.action}?response={form.fields['response']}", 200)
        assert set(form.fields) == {"response"}
    assert set(page.answer) == {"response"}
    told = party.read_response(page)
    assert set(told) == {"iss", "aud", "exp", "iat", "code", "state"}
    assert told["state"] == question.state
    assert party.redeem(Page(f"https://x?code={told['code']}", 200), question).status_code == 200


def test_requirement_45_errors_are_signed_too(party: PushingParty, browser: FormBrowser) -> None:
    """Mutation: a refusal that forgets the mode. The person says no, and nobody is there."""
    level_five = '{"id_token":{"acr":{"essential":true,"value":"urn:yizheng:level:5"}}}'
    question = party.push({"response_mode": "jwt", "claims": level_five})
    told = party.read_response(browser.get(question.address))
    assert (told["error"], told["state"]) == ("unmet_authentication_requirements", question.state)
    with FormBrowser(party.issuer) as stranger:
        question = party.push({"response_mode": "jwt", "prompt": "none"})
        told = party.read_response(stranger.get(question.address))
        assert told["error"] == "login_required"


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_it_is_signed_as_registered(new_party: NewParty, browser: FormBrowser, alg: str) -> None:
    party = new_party(profile="gov-standard", authorization_signed_response_alg=alg)
    question = party.ask({"response_mode": "jwt", "state": None})
    told = party.read_response(browser.get(question.address), [alg])
    assert "state" not in told


def test_it_is_no_id_token(party: PushingParty, browser: FormBrowser) -> None:
    """Threat C08: it names nobody, so it hints at nobody and opens nothing."""
    response = browser.get(party.push({"response_mode": "jwt"}).address).answer["response"]
    parameters, _ = party.parameters({"id_token_hint": response})
    assert party.post_pushed(parameters).json()["error"] == "invalid_request"
    assert party.userinfo(response).status_code == 401
