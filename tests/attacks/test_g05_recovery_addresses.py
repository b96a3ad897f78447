"""G05: whatever a form of recovery is sent beside the one value it asks for, nothing goes to an address that was not stored or proven.

Messages about an account go where its person left them; a code goes to the one phone that was typed, and proves that phone alone.
"""

import re
from urllib.parse import urlencode

import pytest

from idp.accounts.slip import issue
from idp.events import Action
from idp.model.policy import Level
from tests.attacks import wire
from tests.attacks.rig import Browser, Target, authorization_url

MALLORY = "13700000666"
VICTIM = "13912345678"
DOUBLED = {
    "twice": [("username", VICTIM), ("username", MALLORY)],
    "a list by its name": [("username[]", VICTIM), ("username[]", MALLORY)],
    "a list by its number": [("username[0]", VICTIM), ("username[1]", MALLORY)],
    "a comma": [("username", f"{VICTIM},{MALLORY}")],
    "a semicolon": [("username", f"{VICTIM};{MALLORY}")],
    "a space": [("username", f"{VICTIM} {MALLORY}")],
    "a line": [("username", f"{VICTIM}\r\nBcc:{MALLORY}")],
    "a JSON list": [("username", f'["{VICTIM}","{MALLORY}"]')],
    "another name for it": [("phone", MALLORY), ("destination", MALLORY)],
}


def behind_the_slip(target: Target) -> Browser:
    """A person at the page that asks for their new phone."""
    person, services = target.idp.new_person(), target.idp.installation.services
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(person.account_id)
    assert account is not None
    code = issue(services, account, Level.TWO, services.clock()).code
    target.log.keep_out(code, code.replace(" ", ""))
    browser = target.browser()
    browser.open(authorization_url())
    browser.name(person.phone)
    browser.open(browser.here.replace("/password", "/slip"))
    browser.follow(browser.submit(code=code))
    assert browser.here.endswith("/new-start")
    return browser


@pytest.mark.parametrize("sent", DOUBLED)
def test_a_form_with_two_addresses_sends_to_none(target: Target, sent: str) -> None:
    """Red when the last one counts, when a list is read, and when a value is cut where a second one begins."""
    target.excuses(Action.SLIP_ISSUED, "the test hands it out")
    browser = behind_the_slip(target)
    token = browser.page.forms[0].hidden["csrf"]
    path = browser.page.forms[0].action
    body = urlencode([("csrf", token), *DOUBLED[sent]]).encode()
    answer = target.check(
        wire.request(target.issuer, "POST", path.encode(), browser.cookie_header, wire.FORM, body=body)
    )
    assert answer.status_code in {200, 400}
    assert "/new-start/code" not in answer.headers.get("location", "")


def test_a_second_address_in_the_query_is_not_read(target: Target) -> None:
    """Red when form and query are one."""
    target.excuses(Action.SLIP_ISSUED, "the test hands it out")
    target.excuses(Action.CODE_SENT, "to the phone that was typed")
    browser = behind_the_slip(target)
    form = browser.page.forms[0]
    answer = browser.post(f"{form.action}?username={MALLORY}", {**form.hidden, "username": VICTIM})
    assert re.search(r"139\*{4}5678", browser.follow(answer).text), "it went to the one in the form"
