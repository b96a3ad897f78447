"""K03, K06, K09, K11: nobody becomes somebody by saying so, by another's page, by a solved riddle, or by number and name."""

from collections.abc import Callable

import pytest

from idp.events import Action
from idp.http.languages import CHINESE
from idp.http.templates import Look
from idp.model.policy import Proofing
from tests.attacks.rig import Browser, Target, authorization_url
from tests.idp.http.page_states import CASES
from tests.idp.http.test_templates import PAGES
from tests.plugins.running_idp import Person

SAID = {
    "verified": "true",
    "outcome": "match",
    "status": "done",
    "similarity": "99",
    "liveness": "passed",
    "result": "match",
    "verdict": "eyJhbGciOiJub25lIn0.e30.",
    "transaction": "1",
    "proofing": "4",
    "level": "5",
    "name": "测试人",
    "number": "890101199003070011",
    "account_id": "1",
    "nonce": "n",
    "net_number": "N1",
}
"""What a client may say of itself, at every door behind which a source is asked."""
DOORS = (
    ("POST", "/me/name/verify"),
    ("POST", "/me/name/check"),
    ("POST", "/me/data/documents"),
    ("POST", "/me/proofing/face"),
    ("GET", "/me/proofing/face/return"),
    ("POST", "/me/proofing/net-id"),
    ("GET", "/me/proofing/net-id/return"),
    ("POST", "/me/proofing/bank"),
    ("GET", "/me/proofing/done"),
)
"""Whoever adds a door to a source adds its row."""
RIDDLES = ("captcha", "verify_code", "g-recaptcha-response", "h-captcha-response", "cf-turnstile-response", "geetest")


def proofing_of(target: Target, person: Person) -> Proofing:
    services = target.idp.installation.services
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(person.account_id)
    assert account is not None
    return account.proofed(services.clock()).level


def signed_in(target: Target, person: Person) -> Browser:
    """By the password, a moment ago."""
    browser = target.browser()
    target.log.keep_out(person.citizen_id)
    browser.follow(browser.sign_in(person))
    return browser


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_what_a_client_says_of_itself_is_nothing(target: Target, method: str, path: str) -> None:
    """K03. Red when a member of a form or a query is taken for what a source answered."""
    for action in (Action.PROOFING_CONSENTED, Action.ACCOUNT_NAMING_REFUSED, Action.NUMBER_CLAIMED):
        target.excuses(action, "which of them is written down depends on how far the request came")
    person = target.idp.new_person(proofing=1)
    browser = signed_in(target, person)
    query = "&".join(f"{name}={value}" for name, value in SAID.items())
    browser.open(path)
    for form in browser.page.forms if method == "POST" else []:
        if form.action == path:  # past the bench's look: an authority's page is nowhere that an app registered
            browser.http.post(path, data={**form.hidden, **SAID})
    browser.get(f"{path}?{query}")
    assert proofing_of(target, person) is Proofing.P1


def test_one_persons_page_tells_nothing_of_another(target: Target) -> None:
    """K06. Red when a session, a card, a passkey, an event or an app is found by its number alone."""
    alice, bob = target.idp.new_person(), target.idp.new_person()
    hers = signed_in(target, alice)
    with target.idp.installation.services.begin() as unit_of_work:
        (session,) = unit_of_work.sessions.unended(alice.account_id)
        (event, *_) = unit_of_work.events.of_person(alice.account_id, before=None, limit=5)
    his = signed_in(target, bob)
    for path in (
        f"/me/passkeys/{session.id}",
        f"/me/cards/{session.id}",
        "/me/apps/nobody",
        f"/me/devices?sid={session.sid}",
    ):
        assert his.get(path).status_code in {200, 303, 404}
    page = his.open("/me/devices")
    assert page.status_code == 200
    his.send({"sid": session.sid, "action": "one", "session": session.sid}, form=len(his.page.forms) - 1)
    assert hers.get("/me").status_code == 200, "her session is hers to end"
    told = his.open(f"/me/not-me?event={event.id}")
    assert told.status_code == 200
    assert alice.phone[-4:] not in told.text
    assert alice.citizen_id not in told.text


def test_no_page_asks_a_riddle_and_no_form_knows_the_answer_to_one() -> None:
    """K09: there is no captcha, so nothing can be reused, left out or solved elsewhere. Red when a form has such a field."""
    for template, context in CASES.values():
        html = PAGES.render(template, Look(CHINESE), here="/s/tx", **context)
        assert not any(f'name="{riddle}"' in html for riddle in RIDDLES), template


def test_a_solved_riddle_shortens_no_pause(target: Target) -> None:
    """K09. Red when a field that says that a riddle was solved lets a guesser go on."""
    target.excuses(Action.SIGN_IN_REFUSED, "the guesses are wrong by intent")
    person, browser = target.idp.new_person(), target.browser()
    solved = dict.fromkeys(RIDDLES, "ok")
    browser.open(authorization_url())
    browser.name(person.phone)
    answers = []
    for _ in range(7):
        answers.append(browser.send({**solved, "password": "wrong"}).status_code)
        if not browser.page.forms:
            break
    assert 429 in answers, answers


KNOWN: dict[str, Callable[[Person], dict[str, str]]] = {
    "sign-in": lambda person: {"username": person.citizen_id, "password": "测试人"},
    "by code": lambda person: {"username": person.citizen_id, "code": person.citizen_id[-6:]},
}


@pytest.mark.parametrize("door", KNOWN)
def test_number_and_name_open_nothing(target: Target, door: str) -> None:
    """K11. Red when what stands on a card in somebody's pocket is a factor, at the sign-in or on the way back in."""
    target.excuses(Action.SIGN_IN_REFUSED, "the guesses are wrong by intent")
    target.excuses(Action.CODE_SENT, "somebody asks for a code")
    person, browser = target.idp.new_person(), target.browser()
    target.log.keep_out(person.citizen_id)
    known = KNOWN[door](person)
    browser.open(authorization_url())
    way = "code" if "code" in known else "password"
    browser.name(known["username"], way)
    browser.follow(browser.send({**known, "name": "测试人", "id_number": person.citizen_id}))
    browser.open("/recover")
    if browser.page.forms:
        browser.follow(browser.send({**known, "name": "测试人", "id_number": person.citizen_id}))
    assert browser.get("/me").status_code == 303, "nobody is signed in here"
    with target.idp.installation.services.begin() as unit_of_work:
        assert list(unit_of_work.sessions.unended(person.account_id)) == []
