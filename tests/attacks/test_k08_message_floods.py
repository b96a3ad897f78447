"""K08: nobody's phone is rung up without end, no ring of phones rings at the city's cost, and no number that costs more.

What is counted are the messages that reached the gateway. How each budget ends, hour by hour, is in
`tests/idp/accounts/test_message_budget.py`, where the clock can be moved.
"""

import time
from collections.abc import Callable
from itertools import count

import httpx
import pytest

from tests.attacks.rig import Browser, Target, authorization_url
from tests.attacks.strangers import known_person, unknown_citizen_id, unknown_phone
from tests.attacks.test_g01_enumeration import faceless
from tests.idp.storage.storm import storm
from tests.plugins.running_idp import CODES_PER_ADDRESS, Person

_addresses = count(2)
PER_DEVICE = 20
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda phone: phone,
    "+86": lambda phone: f"+86{phone}",
    "+86 and spaces": lambda phone: f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}",
    "0086": lambda phone: f"0086{phone}",
    "86": lambda phone: f"86{phone}",
    "spaces": lambda phone: f" {phone[:3]} {phone[3:]} ",
    "hyphens": lambda phone: f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
    "full-width": lambda phone: phone.translate(FULL_WIDTH),
    "ideographic space": lambda phone: f"{phone[:3]}\u3000{phone[3:]}",
}


def stranger(target: Target, **headers: str) -> Browser:
    """A browser that was never here, at an address that nobody used in this run."""
    return target.browser_at(f"127.7.{next(_addresses)}.1", **headers)


def asks(browser: Browser, typed: str) -> httpx.Response:
    """From the app to what the first page answers to a name that wants a code."""
    browser.open(authorization_url(prompt="login"))
    return browser.submit(username=typed, way="code")


def rung(target: Target, phone: str) -> int:
    """How often this phone rang, once nothing waits to leave any more."""
    deadline = time.monotonic() + 30
    services = target.idp.installation.services
    while True:
        with services.begin() as unit_of_work:
            if unit_of_work.outbox.waiting() == 0:
                return sum(message["times"] for message in target.idp.messages_to(phone))
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_one_phone_in_every_spelling_rings_once(target: Target) -> None:
    """From as many browsers and addresses. Mutation: the text that was typed as the key of the budget."""
    phone = unknown_phone()
    statuses = {name: asks(stranger(target), spell(phone)).status_code for name, spell in SPELLINGS.items()}
    assert statuses == {name: 303 if name == "plain" else 429 for name in SPELLINGS}
    assert rung(target, phone) == 1


def test_one_phone_behind_other_names_and_doors_rings_once(target: Target) -> None:
    """By the person's citizen number and at the door of registration. Mutations: a budget per name; none at a door."""
    phone, citizen_id = known_person(target, target.idp.installation.services.passwords.hash("x"))
    assert asks(stranger(target), citizen_id).status_code == 303
    assert asks(stranger(target), phone).status_code == 429
    newcomer = stranger(target)
    newcomer.open(authorization_url(prompt="create"))
    assert newcomer.submit(username=phone).status_code == 429
    assert rung(target, phone) == 1


def test_pressing_send_again_rings_nobody_within_a_minute(target: Target) -> None:
    """Neither does calling. Mutation: the pause left to the page, which shows a time."""
    phone = unknown_phone()
    browser = stranger(target)
    browser.follow(asks(browser, phone))
    resend, call = (form.action for form in browser.page.forms if form.action.endswith(("/resend", "/call")))
    fields = browser.page.forms[0].hidden
    for _ in range(5):
        for action in (resend, call):
            assert browser.post(action, fields).status_code == 303
    assert rung(target, phone) == 1


def test_of_twelve_who_ask_at_once_one_rings_the_phone(target: Target) -> None:
    """Mutation: look for the pause, then begin it."""
    phone = unknown_phone()
    browsers = [stranger(target) for _ in range(12)]
    for browser in browsers:
        browser.open(authorization_url(prompt="login"))
    answers = storm(12, lambda number: browsers[number].submit(username=phone, way="code").status_code)
    assert sorted(answers) == [303] + [429] * 11
    assert rung(target, phone) == 1


@pytest.mark.parametrize(
    "fields",
    [
        [("username[]", "{phone}"), ("username[]", "{other}")],
        [("username[0]", "{phone}")],
        [("username", "{phone},{other}")],
        [("username", "{phone};{other}")],
        [("username", "{phone}\n{other}")],
        [("username", '["{phone}", "{other}"]')],
    ],
    ids=lambda fields: "&".join(f"{name}={value}" for name, value in fields),
)
def test_two_phones_in_one_field_ring_nobody(target: Target, fields: list[tuple[str, str]]) -> None:
    """Mutation: lists read as values, as many frameworks do."""
    phone, other = unknown_phone(), unknown_phone()
    browser = stranger(target)
    browser.open(authorization_url(prompt="login"))
    sent = [(name, value.replace("{phone}", phone).replace("{other}", other)) for name, value in fields]
    answer = browser.post(browser.page.forms[0].action, [*browser.page.forms[0].hidden.items(), *sent, ("way", "code")])
    if fields[0][0] == fields[-1][0] and len(fields) > 1:  # nobody's page sends a name twice
        assert answer.status_code == 400
    else:
        assert answer.status_code == 200
        assert 'id="username-error"' in answer.text
    assert rung(target, phone) == rung(target, other) == 0


def test_a_field_that_comes_twice_rings_one_phone_at_most(target: Target) -> None:
    phone, other = unknown_phone(), unknown_phone()
    browser = stranger(target)
    browser.open(authorization_url(prompt="login"))
    twice = [("username", phone), ("username", other), ("way", "code")]
    browser.post(browser.page.forms[0].action, [*browser.page.forms[0].hidden.items(), *twice])
    assert rung(target, phone) + rung(target, other) <= 1


@pytest.mark.parametrize(
    "typed",
    [
        "+19005551234",
        "0019005551234",
        "+882123456789",
        "+85291234567",
        "168888888888",
        "4008123123",
        "96096",
        "12000000000",
    ],
)
def test_what_costs_more_is_no_phone_of_a_person(target: Target, typed: str) -> None:
    """Premium, satellite and foreign numbers, in the form of each. Mutation: E.164 as it comes."""
    browser = stranger(target)
    answer = asks(browser, typed)
    assert answer.status_code == 200
    assert 'id="username-error"' in answer.text


def test_one_browser_rings_a_few_phones_a_day(target: Target) -> None:
    """With a cookie that it keeps, from ever new addresses. Mutation: device and address as one key."""
    browser = stranger(target)
    phones = [unknown_phone() for _ in range(PER_DEVICE + 1)]
    told = []
    for phone in phones:
        other = stranger(target)
        other.http.cookies.update(browser.http.cookies)
        told.append(asks(other, phone).status_code)
        browser.http.cookies.update(other.http.cookies)
    assert told == [303] * PER_DEVICE + [429]
    assert rung(target, phones[-1]) == 0


def test_one_address_rings_so_many_phones_an_hour_whatever_it_says_of_itself(target: Target) -> None:
    """A ring of numbers with a new browser for each, and a forged X-Forwarded-For.

    Mutations: the first address of that header believed; the cookie as the only key. On the hour the count begins
    anew, so that twice as many may pass.
    """
    address = f"127.7.{next(_addresses)}.1"
    for number in range(2 * CODES_PER_ADDRESS + 1):
        phone = unknown_phone()
        browser = target.browser_at(address, **{"X-Forwarded-For": f"198.51.100.{number % 250}"})
        answer = asks(browser, phone)
        browser.http.close()
        if answer.status_code == 429:
            break
    assert CODES_PER_ADDRESS <= number <= 2 * CODES_PER_ADDRESS
    assert rung(target, phone) == 0
    assert 1 <= int(answer.headers["retry-after"]) <= 3600
    assert "way" in answer.text
    assert asks(stranger(target), phone).status_code == 303, "the refused one used up nobody's budget"


def test_a_refusal_tells_nothing_of_accounts(target: Target) -> None:
    """Threat G01. Mutation: a budget for known people only; one that is counted before anybody is looked for."""
    known = known_person(target, target.idp.installation.services.passwords.hash("x"))
    seen = []
    for name, other in zip(known, (unknown_phone(), unknown_citizen_id()), strict=True):
        for typed in (name, other):
            asks(stranger(target), typed)
        seen += [faceless(asks(stranger(target), typed), typed) for typed in (name, other)]
    assert [status for status, _, _ in seen] == [429] * 4
    hidden = [[(name, value) for name, value in headers if name != "retry-after"] for _, _, headers in seen]
    assert hidden[0] == hidden[1]
    assert hidden[2] == hidden[3]
    assert (seen[0][1], seen[2][1]) == (seen[1][1], seen[3][1])


def test_a_gateway_is_believed_by_its_token_alone(target: Target) -> None:
    """A stranger reports somebody's message as lost. Mutation: no token asked for."""
    browser = stranger(target)
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {target.idp.carrier_token}"}):
        fields = {"Content-Type": "application/json", **headers}
        answer = browser.http.post(
            "/carriers/sms_http/reports", content=b'{"reports":[{"id":"x","status":"failed"}]}', headers=fields
        )
        assert target.check(answer).status_code == 401


def test_sandbox_people_are_not_counted(target: Target) -> None:
    """Automation signs in as often as it likes, where sandbox people may be at all. Mutation: they are."""
    person: Person = target.idp.new_person()
    assert [asks(stranger(target), person.phone).status_code for _ in range(3)] == [303] * 3
