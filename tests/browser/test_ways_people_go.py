"""Back buttons, second tabs, wrong codes, borrowed addresses: nothing people do with a browser leads nowhere."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from idp.clock import after
from idp.interaction.handles import Interactions
from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.journey import Journey
from tests.browser.test_refusals import open_a_day_later
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp


def test_back_to_the_name_and_on_with_another(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """The code page was for the wrong phone; back, the right one, on."""
    visitor.page.goto(f"{library.base_url}/login")
    visitor.name_oneself(idp_sqlite.new_person(), "password")
    visitor.page.go_back()
    visitor.name_oneself(person, "password")
    expect(visitor.page.locator("main")).to_contain_text(person.phone[-4:])
    visitor.prove(person, "password")
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_back_after_signing_in_never_asks_again(visitor: Visitor, library: DepartmentApp, person: Person) -> None:
    """From the app back into the sign-in: the session is enough, so the person is in the app again."""
    visitor.sign_in_at(library, person, "password")
    for _ in range(2):
        visitor.page.go_back()
        expect(visitor.page.locator("#sign-in, #consent-allow, #oidc-error")).to_have_count(0)
    visitor.page.goto(library.base_url)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_who_was_here_goes_on_without_typing_a_number(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """C01 (b): continue, then as somebody else, then nobody is known any more."""
    page, other = visitor.page, idp_sqlite.new_person()
    visitor.sign_in_at(library, person, "password")
    visitor.context.clear_cookies(name="session")
    page.goto(f"{library.base_url}/login")
    expect(page.locator("main")).not_to_contain_text(person.phone[-4:])
    page.locator("#sign-in").click()
    visitor.prove(person, "password")
    expect(page.locator("#person-name")).to_have_text(person.name)
    visitor.context.clear_cookies(name="session")
    page.goto(f"{library.base_url}/login")
    visitor.name_oneself(other, "password")  # by the form for somebody else
    visitor.prove(other, "password")
    visitor.context.clear_cookies(name="session")
    page.goto(f"{library.base_url}/login")
    expect(page.locator("button[name=as]")).to_have_count(2)
    page.locator("button[name=forget]").click()
    expect(page.locator("[name=username]")).to_be_visible()
    page.goto(f"{library.base_url}/login")
    expect(page.locator("[name=username]")).to_be_visible()


def test_two_tabs_sign_in_at_two_apps(
    visitor: Visitor, housing_fund: DepartmentApp, library: DepartmentApp, person: Person
) -> None:
    """Both have the first page open; one signs in, and the other need only be looked at again."""
    other = visitor.new_tab()
    visitor.page.goto(f"{library.base_url}/login")
    other.goto(f"{housing_fund.base_url}/login")
    visitor.name_oneself(person, "code")
    visitor.prove(person, "code")
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    other.reload()
    other.locator("#consent-allow").click()
    expect(other.locator("#person-name")).to_have_text(person.name)


def test_two_tabs_type_at_the_same_time(
    visitor: Visitor, housing_fund: DepartmentApp, library: DepartmentApp, person: Person
) -> None:
    """Neither is told that its page has run out, and each arrives at its own app."""
    other = visitor.new_tab()
    visitor.page.goto(f"{library.base_url}/login")
    other.goto(f"{housing_fund.base_url}/login")
    visitor.name_oneself(person, "password")
    visitor.name_oneself(person, "password", other)
    visitor.prove(person, "password")
    visitor.prove(person, "password", other)
    other.locator("#consent-allow").click()
    expect(other.locator("#person-name")).to_have_text(person.name)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_two_tabs_of_one_app(visitor: Visitor, housing_fund: DepartmentApp, person: Person) -> None:
    """The second tab of the same app arrives as well."""
    other = visitor.new_tab()
    visitor.page.goto(f"{housing_fund.base_url}/login")
    other.goto(f"{housing_fund.base_url}/login")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    visitor.page.locator("#consent-allow").click()
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    other.reload()
    expect(other.locator("#person-name")).to_have_text(person.name)


@pytest.mark.parametrize("way", ["code", "password"])
def test_wrong_then_right(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person, way: str
) -> None:
    """The title says it first, the field says what to do, and what was typed before is not lost."""
    visitor.page.goto(f"{library.base_url}/login")
    visitor.name_oneself(person, way)
    visitor.page.locator(f"[name={way}]").fill("123456")
    visitor.page.locator("#sign-in").click()
    expect(visitor.page).to_have_title(re.compile("^错误"))
    expect(visitor.page.locator(f"[name={way}]")).to_have_attribute("aria-invalid", "true")
    expect(visitor.page.locator(f"#{way}-error")).to_be_visible()
    visitor.prove(person, way)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_the_summary_of_what_is_wrong_has_the_focus(new_visitor: NewVisitor, library: DepartmentApp) -> None:
    visitor = new_visitor()
    visitor.page.goto(f"{library.base_url}/login")
    visitor.page.locator("#sign-in").click()
    expect(visitor.page.locator("[role=alert]")).to_be_focused()


def test_the_address_of_somebody_elses_sign_in_is_worth_nothing(
    visitor: Visitor, new_visitor: NewVisitor, library: DepartmentApp, person: Person
) -> None:
    """F02: an address that was sent along, or is stale, opens in no other browser; the page names other ways.

    Mutation: leave the comparison with the browser's cookie out of `Interactions.find`.
    """
    visitor.page.goto(f"{library.base_url}/login")
    visitor.name_oneself(person, "code")
    visitor.prove(person, "code")
    addresses = [address for address in visitor.visited if "/s/" in address]
    assert len(addresses) >= 2
    stranger = new_visitor()
    stranger.page.goto(f"{library.base_url}/login")  # a sign-in of its own, so that its browser is known as well
    for address in (*addresses, re.sub(r"/s/.*", "/s/gone", addresses[0]), addresses[0].replace("/s/", "/authorize/")):
        stranger.page.goto(address)
        expect(stranger.page.locator("#oidc-error")).to_contain_text("invalid_request")
        expect(stranger.page.locator("#support-code")).to_be_visible()
        expect(stranger.page.locator("main a[href='tel:12345']")).to_be_visible()


def test_larger_and_darker_on_the_way(visitor: Visitor, housing_fund: DepartmentApp, person: Person) -> None:
    """The links of the header change the look and lose nothing of the sign-in."""
    page = visitor.page
    page.goto(f"{housing_fund.base_url}/login")
    page.get_by_role("link", name="大字版").click()
    visitor.name_oneself(person, "code")
    expect(page.locator("html")).to_have_attribute("data-mode", "elder")
    page.locator("header a:visible", has_text="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("header a[lang=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    visitor.prove(person, "code")
    expect(page.locator("html")).to_have_attribute("data-mode", "elder")
    page.locator("#consent-allow").click()
    expect(page.locator("#person-name")).to_have_text(person.name)


def test_on_a_shared_computer_nothing_outlives_the_browser(
    visitor: Visitor, library: DepartmentApp, person: Person
) -> None:
    """The ticked box makes the session end with the browser."""
    visitor.page.goto(f"{library.base_url}/login")
    visitor.page.locator("[name=shared]").check()
    visitor.name_oneself(person, "code")
    visitor.prove(person, "code")
    (cookie,) = [cookie for cookie in visitor.context.cookies() if cookie["name"] == "session"]
    assert cookie["expires"] == -1


def test_without_cookies_the_person_is_told(new_visitor: NewVisitor, library: DepartmentApp, person: Person) -> None:
    visitor = new_visitor()
    visitor.page.goto(f"{library.base_url}/login")
    visitor.context.clear_cookies()
    visitor.name_oneself(person, "code")
    expect(visitor.page.locator("#oidc-error")).to_contain_text("invalid_request")


def test_reloading_what_a_form_answered_says_the_same(visitor: Visitor, library: DepartmentApp, person: Person) -> None:
    """The browser sends the form again; a page that was the answer to a right one is a page of its own (303)."""
    visitor.page.goto(f"{library.base_url}/login")
    visitor.name_oneself(person, "password")
    visitor.page.reload()
    expect(visitor.page.locator("[name=password]")).to_be_visible()
    visitor.page.locator("#sign-in").click()
    expect(visitor.page).to_have_title(re.compile("^错误"))
    visitor.page.reload()
    expect(visitor.page).to_have_title(re.compile("^错误"))
    visitor.prove(person, "password")
    visitor.page.reload()
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_back_from_allowing_is_allowed_already(visitor: Visitor, housing_fund: DepartmentApp, person: Person) -> None:
    """From the app back into the question that was answered: on to the app, without a second question."""
    visitor.sign_in_at(housing_fund, person, "password")
    visitor.page.go_back()
    visitor.page.reload()
    visitor.page.goto(housing_fund.base_url)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_a_day_old_link_leads_back_to_its_app(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, housing_fund: DepartmentApp, person: Person
) -> None:
    """What is over is said, and the one button starts again at the app. Mutation: `SignInOver` without its app."""
    open_a_day_later(Journey(visitor, idp_sqlite, library, housing_fund, person))
    expect(visitor.page.locator("h1")).to_contain_text("已经结束")
    visitor.page.get_by_role("link", name=f"回到{library.name}").click()
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_a_link_from_another_browser_leads_to_its_app(
    visitor: Visitor, new_visitor: NewVisitor, library: DepartmentApp, person: Person
) -> None:
    """The stranger cannot go on in it, but is not left alone with it."""
    visitor.page.goto(f"{library.base_url}/login")
    stranger = new_visitor()
    stranger.page.goto(f"{library.base_url}/login")
    stranger.page.goto(visitor.page.url)
    expect(stranger.page.locator("h1")).to_contain_text("浏览器")
    stranger.page.get_by_role("link", name=f"回到{library.name}").click()
    expect(stranger.page.locator("[name=username]")).to_be_visible()


def test_an_expired_code_brings_a_new_one(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """The same page, which says so and takes the new code. Mutation: an expired code that counts as a wrong one."""
    visitor.page.goto(f"{library.base_url}/login")
    visitor.name_oneself(person, "code")
    let_the_code_expire(visitor, idp_sqlite)
    visitor.prove(person, "code")
    expect(visitor.page.locator("[role=status]")).to_contain_text("过期")
    expect(visitor.page.locator("[name=code]")).to_be_visible()
    visitor.prove(person, "code")
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_a_dead_carrier_stops_nobody(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """No message comes; the page that waits for one leads to the password and to the hall."""
    with stopped(idp_sqlite, "carrier"):
        visitor.page.goto(f"{library.base_url}/login")
        visitor.name_oneself(person, "code")
        expect(visitor.page.locator("main a[href='/help#hall']")).to_be_visible()
        with visitor.page.expect_navigation():
            visitor.page.locator("button[name=way][value=password]").click()
        visitor.prove(person, "password")
        expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def let_the_code_expire(visitor: Visitor, idp: RunningIdp) -> None:
    """As after ten minutes: the store has forgotten it, and the time to send a new one has come."""
    services = idp.installation.services
    browser = next(each["value"] for each in visitor.context.cookies() if each["name"] == "browser")
    interactions = Interactions(services.ephemeral, services.cipher, services.clock)
    begun = interactions.find(visitor.page.url.partition("/s/")[2].partition("/")[0], browser)
    assert begun is not None
    assert begun.login is not None
    services.ephemeral.take(f"message_code:{begun.login.challenge}")
    interactions.save(begun.with_login(replace(begun.login, code_sent_at=after(services.clock(), -600))))


@contextmanager
def stopped(idp: RunningIdp, name: str) -> Iterator[None]:
    """One of the processes does nothing until the end of the block."""
    process = idp.processes[name]
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
