"""M03: nobody acts for somebody without a mandate that stands, at the app it names; and never as them on their own pages."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from idp.clock import date_in_china
from idp.events import Action
from idp.http.cookies import BROWSER_COOKIE
from idp.model.account import AccountKind, Identifier, IdentifierKind, NewAccount
from idp.model.client import TOKEN_EXCHANGE
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from idp.model.remit import Remit, Service
from idp.oauth.client_metadata import client_of
from idp.sessions import csrf
from tests.attacks.answers import error_of
from tests.attacks.clients import ACTING, RESOURCE, SECRET, WEB
from tests.attacks.doors import ACCOUNT_PAGES
from tests.attacks.mandates import PAGE, Agent, number_of, offered
from tests.attacks.rig import Target, authorization_url, told
from tests.plugins.running_idp import Person
from tests.specs.acting import end, helper, whole

ACCESS = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture
def agent(target: Target) -> Agent:
    """Somebody who may act for one other person, and so is asked."""
    agent = Agent.at(target)
    agent.helps()
    return agent


def of_others(agent: Agent) -> str:
    target = agent.target
    return helper(target.idp, target.idp.new_person(), target.idp.new_person(), whole(ACTING)).uid


def given_to_them_by_the_agent(agent: Agent) -> str:
    return helper(agent.target.idp, agent.person, agent.target.idp.new_person(), whole(ACTING)).uid


def ended(agent: Agent) -> str:
    mandate = agent.helps()
    agent.target.expects(Action.MANDATE_ENDED, times=2)  # one for each of the two
    end(agent.target.idp, mandate)
    return mandate.uid


def of_another_app(agent: Agent) -> str:
    return agent.helps(remit=whole(WEB)).uid


def of_another_channel(agent: Agent) -> str:
    return agent.helps(remit=Remit((Service(ACTING),), ("hall",))).uid


def not_begun(agent: Agent) -> str:
    """Nobody begins tomorrow what is offered today; the store would say so all the same."""
    services = agent.target.idp.installation.services
    return agent.helps(valid_from=type(services.clock())(services.clock() + 3600)).uid


def not_answered(agent: Agent) -> str:
    return offered(agent.target, agent.target.idp.new_person(), agent.person).uid


def of_an_officer(agent: Agent) -> str:
    """Work accounts let nobody act for them, whatever the store says."""
    target = agent.target
    services = target.idp.installation.services
    with services.begin() as unit_of_work:
        officer = unit_of_work.accounts.create(
            NewAccount(
                name="管理员",
                identifiers=(Identifier(IdentifierKind.EMAIL, f"officer{agent.person.account_id}@example.test"),),
                proofing=Proofing.P3,
                proofed_at=services.clock(),
                created_at=services.clock(),
                is_sandbox=True,
                kind=AccountKind.WORK,
            )
        )
        unit_of_work.commit()
    return agent.helps(Person("", "", "", "管理员", officer.id)).uid


def of_the_account(agent: Agent) -> str:
    return str(next(iter(agent.principals.values())).account_id)


def of_the_phone(agent: Agent) -> str:
    return next(iter(agent.principals.values())).phone


WITHOUT: tuple[Callable[[Agent], str], ...] = (
    *(of_others, given_to_them_by_the_agent, ended, of_another_app, of_another_channel, not_begun, not_answered),
    *(of_an_officer, of_the_account, of_the_phone),
    *(lambda _: "", lambda _: "forged", lambda _: "self ", lambda _: "SELF", lambda _: "1"),
)


@pytest.mark.parametrize("make", WITHOUT, ids=lambda each: str(each.__name__))
def test_nobody_acts_without_a_mandate_that_reaches(agent: Agent, make: Callable[[Agent], str]) -> None:
    """No grant, one that ended, another principal, another purpose, an officer; on the page and by request.

    Red when a uid of the form is looked up without the person, the app or its state.
    """
    chosen = make(agent)
    page = agent.asks()
    assert page.url.path.endswith(PAGE)
    assert len(chosen) < 20 or chosen not in page.text
    answer = agent.chooses(chosen)
    assert answer.url.path.endswith(PAGE), "the same page, which asks again"
    wish = [{"type": "mandate", "principal_type": "person", "identifier": chosen or "-"}]
    left = agent.asks(authorization_details=json.dumps(wish))
    assert told(left.headers["location"])["error"] == "access_denied"


def test_two_at_once_are_none(agent: Agent) -> None:
    """The form twice with two answers. Red when the last one, or the first, is taken."""
    (uid,) = agent.principals
    agent.asks()
    assert agent.chooses("self", uid).status_code in {200, 400}
    agent.asks()
    assert agent.chooses(uid, uid).status_code in {200, 400}


def test_an_app_that_was_not_let_is_told_of_nobody(agent: Agent) -> None:
    """Red when `accepts_mandates` is asked for on the page alone."""
    agent.helps(remit=whole(WEB, ACTING))
    wish = [{"type": "mandate", "principal_type": "person"}]
    left = agent.browser.open(authorization_url(authorization_details=json.dumps(wish)))
    assert told(left.headers["location"])["error"] == "invalid_authorization_details"
    tokens = agent.browser.tokens()
    assert not {"on_behalf_of", "org"} & set(agent.browser.userinfo(tokens["access_token"]).json())


def test_nobody_acts_through_a_chain_of_people(target: Target) -> None:
    """Five people, each of whom may act for the next: the first one reaches the second alone.

    Red when the mandates of a principal are an agent's, too.
    """
    agents = [Agent.at(target), *(Agent(target, target.idp.new_person(), target.browser()) for _ in range(4))]
    mandates = [one.helps(other.person) for one, other in pairwise(agents)]
    tokens = agents[0].tokens(mandates[0])
    claims = agents[0].browser.userinfo(tokens["access_token"]).json()
    assert claims["on_behalf_of"]["mandate"] == mandates[0].uid
    for further in mandates[1:]:
        agents[0].asks()
        assert agents[0].chooses(further.uid).url.path.endswith(PAGE)


def test_a_chain_of_services_is_kept_and_has_an_end(target: Target) -> None:
    """Five services, each of which may exchange for the next: two links, and the agent is the innermost of them.

    Red when the agent is forgotten, does not count, or is put outside of who acts now.
    """
    _register_chain(target)
    agent = Agent.at(target)
    mandate = agent.helps()
    code = agent.browser
    agent.asks(resource=f"{RESOURCE}/hop0", scope="openid chain:read")
    target.expects(Action.MANDATE_USED)
    answer = code.redeem(told(agent.chooses(mandate.uid).headers["location"])["code"], ACTING)
    token, depths = answer.json()["access_token"], []
    for hop in range(5):
        told_of = agent.browser.introspect(token, f"hop{hop}").json()
        depths.append(_depth(told_of))
        fields = {"grant_type": TOKEN_EXCHANGE, "subject_token": token, "subject_token_type": ACCESS}
        answer = agent.browser.as_client("/token", {**fields, "audience": f"{RESOURCE}/hop{hop + 1}"}, f"hop{hop}")
        if answer.status_code != 200:
            break
        token = answer.json()["access_token"]
    assert (depths, error_of(answer)) == ([1, 2], "invalid_request")
    assert told_of["act"]["act"].keys() == {"sub"}
    assert told_of["act"]["act"]["sub"] != told_of["sub"]


BEARERS = ("access_token", "refresh_token", "id_token")


@pytest.mark.parametrize("bearer", BEARERS)
def test_tokens_of_who_acts_open_no_page_of_the_principal(agent: Agent, bearer: str) -> None:
    """Factors, password, closing, delegating again, and the officers' interface; also as one more access token of ours.

    Red when a page or the interface takes a bearer that is not its own.
    """
    (mandate,) = agent.mandates
    value = agent.tokens(mandate)[bearer]
    agent.target.log.keep_out(value)
    stranger, before = agent.target.browser(), number_of(agent.target, agent.principals[mandate.uid])
    stranger.http.headers["Authorization"] = f"Bearer {value}"
    stranger.http.cookies.set(agent.target.cookie_name("session"), value)
    for path in ACCOUNT_PAGES:
        for answer in (stranger.get(path), stranger.post(path, {"action": "accept", "identity": mandate.uid})):
            assert answer.status_code in {303, 404, 405}, path
            assert answer.status_code != 303 or answer.headers["location"].startswith("/authorize"), path
    for path in ("/api/v1/people:find", "/api/v1/officers", "/api/v1/mandates:search"):
        assert stranger.post(path, {}).status_code in {401, 404, 405, 415}
    assert number_of(agent.target, agent.principals[mandate.uid]) == before


def test_whoever_acts_sees_and_changes_their_own_account_alone(target: Target) -> None:
    """The very session in which they acted: their own pages, and a new password that is their own.

    Red when an account page takes the principal of the last grant.
    """
    agent = Agent.at(target, proofing=3)
    mandate = agent.helps()
    agent.climbs()
    agent.tokens(mandate)
    principal, browser = agent.principals[mandate.uid], agent.browser
    for path in ACCOUNT_PAGES:
        assert principal.phone[-4:] not in browser.open(path).text, path
    kept = {each.account_id: password_of(target, each) for each in (principal, agent.person)}
    browser.open("/me/methods/password")
    chosen = "another long pass phrase of the bench"
    target.expects(Action.CREDENTIAL_CHANGED)
    browser.submit(password=chosen)
    changed = {
        each.account_id for each in (principal, agent.person) if password_of(target, each) != kept[each.account_id]
    }
    assert changed == {agent.person.account_id}


def test_nobody_hands_on_what_they_were_given(target: Target) -> None:
    """Who acts for a person offers it on: in the form's own fields, and in those that it has not. It becomes an offer of their own.

    Red when a form says for whom it is; then one more mandate of the principal stands in the store.
    """
    agent, third = Agent.at(target, proofing=3), target.idp.new_person()
    mandate, browser = agent.helps(), agent.browser
    agent.climbs()
    principal, before = agent.principals[mandate.uid], number_of(target, agent.principals[mandate.uid])
    number = str(principal.account_id)
    smuggled = {"principal": number, "principal_id": number, "mandate": mandate.uid, "on_behalf_of": mandate.uid}
    day = date_in_china(target.idp.installation.services.clock()) + timedelta(days=7)
    fields = {"phone": third.phone, "name": third.name, "until": day.isoformat(), f"app_{ACTING}": "1", **smuggled}
    browser.open("/me/delegations/new")
    form = next(form for form in browser.page.forms if form.action == "/me/delegations/new")
    target.expects(Action.MANDATE_OFFERED)
    browser.follow(browser.post(form.action, {**fields, "csrf": form.hidden["csrf"], "identity": mandate.uid}))
    for path in (f"/me/organizations/{mandate.uid}/new", f"/me/delegations/{mandate.uid}"):
        token = csrf.token(target.idp.installation.services.cipher, browser.cookie(BROWSER_COOKIE), path)
        browser.follow(browser.post(path, {**fields, "csrf": token, "role": "agent", "action": "accept"}))
    assert number_of(target, principal) == before
    assert number_of(target, agent.person) == 1


def password_of(target: Target, person: Person) -> str | None:
    """The digest that opens an account, as it is kept."""
    with target.idp.installation.services.begin() as unit_of_work:
        found = unit_of_work.credentials.get(person.account_id, CredentialKind.PASSWORD)
    return None if found is None else found.secret


def _register_chain(target: Target) -> None:
    """Six services, each of which may ask for a token for the next."""
    services = target.idp.installation.services
    with services.begin() as unit_of_work:
        for hop in range(6):
            metadata = {
                "client_id": f"hop{hop}",
                "client_name": f"第 {hop} 站",
                "client_secret": SECRET,
                "token_endpoint_auth_method": "client_secret_post",
                "redirect_uris": [],
                "response_types": [],
                "grant_types": [TOKEN_EXCHANGE] if hop < 5 else ["client_credentials"],
                "scope": "chain:read",
                "resource": f"{RESOURCE}/hop{hop}",
                "resource_scope": {"chain:read": {"zh-CN": "读取", "en": "Read"}},
                "exchange_audiences": [f"{RESOURCE}/hop{hop + 1}"] if hop < 5 else [],
                "accepts_mandates": ["persons"],
            }
            unit_of_work.clients.save(client_of(metadata, is_sandbox=True), services.clock())
        unit_of_work.commit()


def _depth(told_of: Mapping[str, Any]) -> int:
    act, depth = told_of.get("act"), 0
    while act:
        act, depth = act.get("act"), depth + 1
    return depth
