"""M04: an offer to act is for one person, answered once; and whatever was got by a mandate dies when it ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from idp.clock import Instant
from idp.events import Action
from idp.http.cookies import BROWSER_COOKIE
from idp.model.mandate import Mandate
from idp.sessions import csrf
from tests.attacks.answers import error_of
from tests.attacks.clients import ACTING
from tests.attacks.mandates import PAGE, Agent, kept, offered
from tests.attacks.rig import Browser, Target, told
from tests.specs.acting import end

AT_ONCE = 20
BOTH_PROCESSES = 6
"""Asked so often, the front has asked each of the two more than once."""


def page_of(mandate: Mandate) -> str:
    return f"/me/delegations/{mandate.uid}"


def answer_to(browser: Browser, mandate: Mandate, action: str = "accept") -> str:
    """Send the form, with the token that its page would have; where that leads. No page gives it to whom it is not shown."""
    browser.open(page_of(mandate))
    cipher = browser.target.idp.installation.services.cipher
    token = csrf.token(cipher, browser.cookie(BROWSER_COOKIE), page_of(mandate))
    answer = browser.post(page_of(mandate), {"csrf": token, "action": action})
    return str(answer.headers.get("location", ""))


def was_accepted(location: str) -> bool:
    return location.endswith("?done=accepted")


def not_meant(_target: Target, _agent: Agent, mandate: Mandate) -> Mandate:
    """Everything is right, only somebody else asks."""
    return mandate


def of_whoever_offers(target: Target, agent: Agent, _mandate: Mandate) -> Mandate:
    return offered(target, agent.person, target.idp.new_person())


def forged(_target: Target, _agent: Agent, mandate: Mandate) -> Mandate:
    """One character beside one that there is."""
    last = "A" if mandate.uid[-1] != "A" else "B"
    return replace(mandate, uid=mandate.uid[:-1] + last)


@pytest.mark.parametrize("make", [not_meant, of_whoever_offers, forged], ids=lambda each: str(each.__name__))
def test_an_offer_is_for_whom_it_names(target: Target, make: Callable[[Target, Agent, Mandate], Mandate]) -> None:
    """For another guardian, of oneself, and one that there is not: the same answer, and nothing is written.

    Red when `_is_meant` is not asked, or the page of who may not see it is another one than that of none.
    """
    agent, meant = Agent.at(target), target.idp.new_person()
    mandate = make(target, agent, offered(target, target.idp.new_person(), meant))
    answer = agent.browser.get(page_of(mandate))
    is_own_offer = make is of_whoever_offers
    assert (answer.status_code, answer.headers.get("location")) == (
        (200, None) if is_own_offer else (303, "/me/delegations")
    )
    assert not was_accepted(answer_to(agent.browser, mandate))
    assert kept(target, mandate).mandate.accepted_at is None


def test_a_namesake_and_the_phone_alone_are_not_enough(target: Target) -> None:
    """The same name with another phone; the same phone that was not proven, and is another's now.

    Red when the digest leaves out one of the two, or a phone that nobody proved counts.
    """
    meant, namesake = target.idp.new_person(), Agent.at(target)
    mandate = offered(target, target.idp.new_person(), meant)
    assert meant.name == namesake.person.name
    assert not was_accepted(answer_to(namesake.browser, mandate))
    assert "delegations/" + mandate.uid not in namesake.browser.open("/me/delegations").text
    assert kept(target, mandate).mandate.accepted_at is None


def test_of_twenty_answers_one_counts(target: Target) -> None:
    """Replayed at once over two processes, and again later. Red when `accept` is no change of one row's state."""
    agent = Agent.at(target)
    mandate = offered(target, target.idp.new_person(), agent.person)
    agent.browser.open(page_of(mandate))
    form = next(form for form in agent.browser.page.forms if form.action == page_of(mandate))
    fields = {"csrf": form.hidden["csrf"], "action": "accept"}
    target.expects(Action.MANDATE_ACCEPTED, times=2)  # one for each of the two
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(agent.browser.http.post, form.action, data=fields) for _ in range(AT_ONCE)]
    answers = [target.check(each.result()) for each in asked]
    assert sum(was_accepted(answer.headers.get("location", "")) for answer in answers) == 1
    assert not was_accepted(answer_to(agent.browser, mandate))
    assert kept(target, mandate).mandate.agent_id == agent.person.account_id


def declined(target: Target, agent: Agent, mandate: Mandate) -> None:
    target.expects(Action.MANDATE_ENDED, times=2)
    assert answer_to(agent.browser, mandate, "end").endswith("?done=declined")


def taken_back(target: Target, _agent: Agent, mandate: Mandate) -> None:
    target.expects(Action.MANDATE_ENDED)
    end(target.idp, mandate)


def given_up(target: Target, agent: Agent, mandate: Mandate) -> None:
    target.expects(Action.MANDATE_ACCEPTED, times=2)
    target.expects(Action.MANDATE_ENDED, times=2)
    assert was_accepted(answer_to(agent.browser, mandate))
    assert answer_to(agent.browser, mandate, "end").endswith("?done=ended")


@pytest.mark.parametrize("happens", [declined, taken_back, given_up], ids=lambda each: str(each.__name__))
def test_what_is_over_is_answered_no_more(target: Target, happens: Callable[[Target, Agent, Mandate], None]) -> None:
    """Replayed after its end: the form that was right a moment ago. Red when `accept` passes over `ended_at`."""
    agent = Agent.at(target)
    mandate = offered(target, target.idp.new_person(), agent.person)
    happens(target, agent, mandate)
    assert not was_accepted(answer_to(agent.browser, mandate))
    assert kept(target, mandate).mandate.ended_at is not None
    assert "code" in told(agent.asks().headers["location"]), "there is nobody to act for, so nobody is asked"


def test_an_offer_runs_out(target: Target) -> None:
    """Red when the day until which to answer is looked at on the page alone."""
    agent, now = Agent.at(target), target.idp.installation.services.clock()
    mandate = offered(target, target.idp.new_person(), agent.person, answer_by=Instant(now - 1))
    assert not was_accepted(answer_to(agent.browser, mandate))
    assert kept(target, mandate).mandate.accepted_at is None


def test_ended_while_it_is_accepted_it_is_ended(target: Target) -> None:
    """Ten answers and an end, at once: whatever came first, nobody acts afterwards.

    Red when accepting brings back what was ended.
    """
    agent = Agent.at(target)
    mandate = offered(target, target.idp.new_person(), agent.person)
    agent.browser.open(page_of(mandate))
    form = next(form for form in agent.browser.page.forms if form.action == page_of(mandate))
    target.excuses(Action.MANDATE_ACCEPTED, "whether an answer came before the end is chance")
    target.excuses(Action.MANDATE_ENDED, "whether it had an agent by then is chance, too")
    fields = {"csrf": form.hidden["csrf"], "action": "accept"}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(agent.browser.http.post, form.action, data=fields) for _ in range(10)]
        ending = threads.submit(end, target.idp, mandate)
    for each in asked:
        target.check(each.result())
    ending.result()
    assert kept(target, mandate).mandate.ended_at is not None
    assert "code" in told(agent.asks().headers["location"])


def test_what_lives_dies_with_the_mandate(target: Target) -> None:
    """A code, two families, a session that waits: the moment it ends, in both processes.

    Red when one of the endpoints believes the token, or keeps what it was told.
    """
    agent = Agent.at(target)
    mandate = agent.helps()
    first, second, code = agent.tokens(mandate), agent.tokens(mandate), agent.code(mandate)
    agent.asks()
    for tokens in (first, second):
        assert agent.browser.introspect(tokens["access_token"], ACTING).json()["active"] is True
    target.expects(Action.MANDATE_ENDED, times=2)
    end(target.idp, mandate)
    for tokens in (first, second):
        for _ in range(BOTH_PROCESSES):
            for kind in ("access_token", "refresh_token"):
                assert agent.browser.introspect(tokens[kind], ACTING).json() == {"active": False}
            assert agent.browser.userinfo(tokens["access_token"]).status_code == 401
        assert error_of(agent.browser.refresh(tokens["refresh_token"], ACTING)) == "invalid_grant"
    assert error_of(agent.browser.redeem(code, ACTING)) == "invalid_grant"
    agent.asks()
    assert agent.chooses(mandate.uid).url.path.endswith(PAGE)


def test_of_twenty_uses_of_a_single_one_one_counts(target: Target) -> None:
    """Twenty sign-ins wait with the same choice, over two processes. Red when `use` reads first and writes then."""
    agent = Agent.at(target)
    mandate = agent.helps(is_single_use=True)
    waiting = []
    for _ in range(AT_ONCE):
        agent.asks()
        form = agent.browser.page.forms[0]
        chosen = agent.browser.post(form.action, {"csrf": form.hidden["csrf"], "identity": mandate.uid})
        waiting.append(chosen.headers["location"])
    target.expects(Action.MANDATE_USED)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(agent.browser.http.get, path) for path in waiting]
    answers = [target.check(each.result()).headers["location"] for each in asked]
    assert sum("code" in told(each) for each in answers if each.startswith("https://")) == 1
