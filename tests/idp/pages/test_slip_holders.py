"""Whoever holds a slip meets no stranger's traces, and gets no more by it than the window gave (threats G03, G08, K08)."""

import re
from dataclasses import replace

from idp.accounts import export
from idp.app import Installation
from idp.model.policy import Level
from tests.idp.installed import CITIZEN_ID, PHONE, Moment
from tests.idp.pages import test_lost_phone as lost
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_correct import code_in, messages
from tests.idp.pages.test_new_start import (
    NEW_PASSWORD,
    NEW_PHONE,
    by_password,
    new_slip,
    person_of,
    show,
)


def wrong_passwords(installation: Installation, times: int) -> None:
    """A stranger at the ordinary door."""
    stranger = Browser(installation)
    page = stranger.get("/me")
    page = stranger.post(stranger.path, csrf=csrf_of(page), username=PHONE, way="password")
    for _ in range(times):
        stranger.post(stranger.path, csrf=csrf_of(page), password="wrong wrong wrong")


def test_a_stranger_at_the_ordinary_door_does_not_keep_the_holder_of_a_slip_out(
    with_person: Installation, clock: Moment
) -> None:
    """Threat G03. Mutations: tries at a slip stand on the person's counter, too; a new slip does not clear its own."""
    for _ in range(3):
        wrong_passwords(with_person, 8)
        clock.pass_by(3590)
    show(Browser(with_person), new_slip(with_person))
    for _ in range(6):
        show(Browser(with_person), "0000 0000")
    assert show(Browser(with_person), "0000 0000").status == 429
    owner = Browser(with_person)
    show(owner, new_slip(with_person))
    assert owner.here.endswith("/new-start")


def test_wrong_codes_of_somebody_signed_in_do_not_pause_a_new_start(
    browser: Browser, with_person: Installation
) -> None:
    """Mutation: one counter for both."""
    thief = Browser(with_person)
    thief.sign_in(thief.get(lost.PATH))
    page = thief.post(lost.PATH, csrf=csrf_of(thief.get(lost.PATH)), contact="13711113333")
    wrong = f"{(int(code_in(messages(with_person))) + 1) % 10**6:06}"
    for _ in range(6):
        thief.post(f"{lost.PATH}/code", csrf=csrf_of(page), code=wrong)
    show(browser, new_slip(with_person))
    browser.post(browser.path, csrf=csrf_of(browser.get(browser.path)), username=NEW_PHONE)
    assert browser.here.endswith("/new-start/code")


def test_all_that_is_known_of_a_person_is_not_given_away_on_the_first_day(
    browser: Browser, with_person: Installation, clock: Moment
) -> None:
    """Mutations: the cap holds at apps alone; a copy that was made before is read."""
    export.make(with_person.services, person_of(with_person).id, clock())
    show(browser, new_slip(with_person, Level.ONE))
    by_password(browser)
    page = browser.get("/me/data").body.decode()
    assert "才能带走一份" in page
    assert "ask-export" not in page
    assert CITIZEN_ID not in browser.get("/me/data/export.json").body.decode()
    assert CITIZEN_ID not in browser.get("/me/data/export").body.decode()
    clock.pass_by(86_400)
    browser.sign_in(browser.get("/me/data/export"), NEW_PASSWORD, CITIZEN_ID)
    assert CITIZEN_ID in browser.get("/me/data/export.json").body.decode()


def test_a_void_slip_sends_no_messages(browser: Browser, with_person: Installation) -> None:
    """Threat K08. Mutation: only the last step asks the store."""
    show(browser, new_slip(with_person))
    new_slip(with_person)
    messages(with_person)
    browser.post(browser.path, csrf=csrf_of(browser.get(browser.path)), username="13700001111")
    assert browser.here.endswith("/slip?over=1")
    assert not [each for each in messages(with_person) if each.payload["destination"].endswith("13700001111")]


def test_a_second_slip_does_not_lift_what_the_first_holds(
    browser: Browser, with_person: Installation, clock: Moment
) -> None:
    show(browser, new_slip(with_person, Level.ONE))
    by_password(browser)
    clock.pass_by(3600)
    other = Browser(with_person)
    show(other, new_slip(with_person, Level.TWO))
    by_password(other, "另一个很长的句子 在这里")
    account = person_of(with_person)
    assert account.ceiling_at(clock()) is Level.ONE
    assert account.cap is not None
    assert account.cap.until == clock() + 86_400


def test_a_channel_without_message_codes_asks_for_a_password(with_person: Installation) -> None:
    """Mutation: a new start goes by what the city can send, and not by what the channel allows."""
    channels = dict(with_person.services.channels)
    channels["website"] = replace(channels["website"], factors=frozenset({"passkey", "password"}))
    narrow = replace(with_person, services=replace(with_person.services, channels=channels))
    browser = Browser(narrow)
    show(browser, new_slip(narrow))
    assert browser.here.endswith("/new-start/password")
    start = browser.path.removesuffix("/password")
    browser.post(start, csrf=csrf_of(browser.get(browser.path)), username=NEW_PHONE)
    assert not re.search(r"/code$", browser.here)
