"""K05: who may compare numbers learns about the person who signed in, so often a day, and about nobody else."""

from typing import Any

import httpx
import pytest

from idp.events import Action
from tests.attacks.answers import error_of
from tests.attacks.clients import EVIL, REDIRECT, SECRET, WEB
from tests.attacks.rig import Browser, Target
from tests.attacks.strangers import unknown_citizen_id
from tests.plugins.running_idp import Person

COMPARING = "attacked-comparing"
WORDS = {"en": "Social Insurance Law, Art. 74"}
BUDGET = 5
"""A day, by default."""


@pytest.fixture
def victim(target: Target) -> Person:
    """Somebody new, whose budget nobody has touched."""
    person = target.idp.new_person()
    target.log.keep_out(person.citizen_id, person.phone, person.password)
    return person


@pytest.fixture
def browser_of_victim(target: Target, victim: Person) -> Browser:
    """Signed in, at an app that may compare."""
    target.idp.register(
        {
            "client_id": COMPARING,
            "client_name": "核对号码的应用",
            "client_secret": SECRET,
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": "client_secret_post",
            "scope": "openid profile id_match",
            "purpose": WORDS,
            "licences": {"id_match": WORDS},
            "asks_consent": False,
            "grant_types": ["authorization_code", "refresh_token"],
        }
    )
    browser = target.browser()
    browser.follow(browser.sign_in(victim))
    return browser


def compare(browser: Browser, token: str, number: str, **more: str) -> httpx.Response:
    browser.target.log.keep_out(number)
    return browser.post("/id_match", {"number": number, **more}, Authorization=f"Bearer {token}")


def token_for(browser: Browser, client_id: str = COMPARING, scope: str = "openid id_match") -> dict[str, Any]:
    return browser.tokens(client_id, scope=scope)


def test_another_persons_number_is_like_nobodys(target: Target, victim: Person, browser_of_victim: Browser) -> None:
    """Red when the number is looked up, so that one that is taken differs from one that is not: in body or headers."""
    token = token_for(browser_of_victim)["access_token"]
    somebodys = compare(browser_of_victim, token, target.person.citizen_id)
    nobodys = compare(browser_of_victim, token, unknown_citizen_id())
    passport = compare(browser_of_victim, token, "E12345678")
    changing = {"date"}
    told = [
        (each.status_code, each.content, [pair for pair in each.headers.multi_items() if pair[0] not in changing])
        for each in (somebodys, nobodys, passport)
    ]
    assert told[0] == told[1] == told[2]
    assert somebodys.json() == {"match": False}


def test_no_way_around_leads_to_more_tries(target: Target, victim: Person, browser_of_victim: Browser) -> None:
    """Over two processes. Red when a new token, a refreshed one, another spelling or a right answer begins anew."""
    target.excuses(
        Action.COMPARISON_REFUSED, "the first is a row, those after it are counted: the test of the endpoint tells"
    )
    tokens = token_for(browser_of_victim)
    assert compare(browser_of_victim, tokens["access_token"], victim.citizen_id).json() == {"match": True}
    for _ in range(BUDGET - 1):
        assert compare(browser_of_victim, tokens["access_token"], unknown_citizen_id()).status_code == 200
    ways = [
        tokens["access_token"],
        browser_of_victim.refresh(tokens["refresh_token"], COMPARING).json()["access_token"],
        token_for(browser_of_victim)["access_token"],
    ]
    again = target.browser()
    again.follow(again.sign_in(victim))
    ways.append(token_for(again)["access_token"])
    for token in ways:
        for number in (
            victim.citizen_id,
            victim.citizen_id.lower(),
            f"{victim.citizen_id[:6]} {victim.citizen_id[6:]}",
        ):
            refused = compare(browser_of_victim, token, number)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["retry-after"]) <= 86_400


@pytest.mark.parametrize("client_id", [WEB, EVIL])
def test_an_app_without_the_licence_learns_nothing(
    target: Target, victim: Person, browser_of_victim: Browser, client_id: str
) -> None:
    """Red when the scope is given to whoever asks, or any token opens the door."""
    redirect = "https://evil.test/cb" if client_id == EVIL else REDIRECT
    code = browser_of_victim.code(client_id=client_id, scope="openid id_match id_number", redirect_uri=redirect)
    tokens = browser_of_victim.redeem(code, client_id, redirect_uri=redirect).json()
    assert tokens["scope"] == "openid"
    answers = [
        compare(browser_of_victim, tokens["access_token"], number)
        for number in (victim.citizen_id, unknown_citizen_id(), "x")
    ]
    assert {(each.status_code, each.content) for each in answers} == {(403, answers[0].content)}
    assert error_of(answers[0]) == "insufficient_scope"


def test_a_stolen_token_of_another_app_opens_no_more(
    target: Target, victim: Person, browser_of_victim: Browser
) -> None:
    """K06. Red when whose number is compared can be said by whoever asks."""
    token = token_for(browser_of_victim)["access_token"]
    for more in ({"sub": "1"}, {"account_id": "1"}, {"person": target.person.phone}):
        answer = compare(browser_of_victim, token, target.person.citizen_id, **more)
        assert answer.json() == {"match": False}, more


def test_what_is_compared_stands_in_no_log(target: Target, victim: Person, browser_of_victim: Browser) -> None:
    """The rig looks through the logs of server, nginx, PostgreSQL and Redis. Red when a number is an argument of a statement."""
    token = token_for(browser_of_victim)["access_token"]
    refused = browser_of_victim.get(f"/id_match?number={victim.citizen_id}", Authorization=f"Bearer {token}")
    assert refused.status_code == 405
