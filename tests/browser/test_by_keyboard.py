"""Tab, Enter and Space are enough: every path is walked by somebody who cannot hold a mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import SANDBOX_CODE, Visitor
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.acting import helper, whole


@pytest.fixture
def keyboard(visitor: Visitor) -> Keyboard:
    return Keyboard(visitor.page)


def test_signing_in_by_code_allowing_and_signing_out(
    visitor: Visitor, keyboard: Keyboard, housing_fund: DepartmentApp, person: Person
) -> None:
    visitor.page.goto(f"{housing_fund.base_url}/login")
    keyboard.type_into("[name=username]", person.phone)
    keyboard.reach("[name=shared]")
    visitor.page.keyboard.press("Space")
    expect(visitor.page.locator("[name=shared]")).to_be_checked()
    keyboard.press("#sign-in")
    keyboard.type_into("[name=code]", SANDBOX_CODE)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")  # in the field, without going to the button
    keyboard.press("#consent-allow", "Space")
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_signing_in_by_password_after_a_mistake(
    visitor: Visitor, keyboard: Keyboard, library: DepartmentApp, person: Person
) -> None:
    """The summary leads to the field: with scripts it has the focus, without it is the first link of the page."""
    visitor.page.goto(f"{library.base_url}/login")
    keyboard.press("#sign-in")
    if visitor.has_scripts:
        expect(visitor.page.locator("[data-focus]")).to_be_focused()
    keyboard.reach("[data-focus] a")
    visitor.page.keyboard.press("Enter")
    if not visitor.page.locator("[name=username]:focus").count():  # without scripts the next Tab goes there
        visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.type(person.phone)
    keyboard.press("button[value=password]")
    keyboard.type_into("[name=password]", person.password)
    keyboard.press("#sign-in")
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_registering(visitor: Visitor, keyboard: Keyboard, library: DepartmentApp, idp_sqlite: RunningIdp) -> None:
    """Up to the page that takes the code, which is the same as for those who are known."""
    answer = visitor.context.request.get(f"{library.base_url}/login", max_redirects=0)
    visitor.page.goto(answer.headers["location"] + "&prompt=create")
    keyboard.type_into("[name=username]", idp_sqlite.new_person().phone)
    keyboard.press("#sign-in")
    keyboard.type_into("[name=code]", SANDBOX_CODE)
    keyboard.press("#sign-in")
    expect(visitor.page.locator("#person-name")).to_be_visible()


def test_acting_for_somebody_and_for_oneself_again(
    visitor: Visitor, keyboard: Keyboard, library: DepartmentApp, person: Person, idp_sqlite: RunningIdp
) -> None:
    """The first choice is oneself; the other one is a Tab away, and so is the way back."""
    mandate = helper(idp_sqlite, idp_sqlite.new_person(), person, whole(library.client_id))
    visitor.page.goto(f"{library.base_url}/login")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    keyboard.reach("[name=identity][value=self]")
    keyboard.press(f"[name=identity][value='{mandate.uid}']")
    expect(visitor.page.locator("#acting-for")).to_be_visible()
    visitor.page.goto(f"{idp_sqlite.issuer}/me/as")
    keyboard.press(".acting button", "Space")
    expect(visitor.page.locator(".acting")).to_have_count(0)


def test_refusing(visitor: Visitor, keyboard: Keyboard, housing_fund: DepartmentApp, person: Person) -> None:
    visitor.page.goto(f"{housing_fund.base_url}/login")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    keyboard.press("#consent-deny")
    expect(visitor.page.locator("#rp-error")).to_contain_text("access_denied")


def test_another_way_and_the_way_out(
    visitor: Visitor, keyboard: Keyboard, library: DepartmentApp, person: Person
) -> None:
    visitor.page.goto(f"{library.base_url}/login")
    visitor.name_oneself(person, "code")
    keyboard.press("button[value=password]", "Space")
    expect(visitor.page.locator("[name=password]")).to_be_visible()
    keyboard.press(".stub a")
    expect(visitor.page.locator("#rp-error")).to_contain_text("access_denied")


def test_signing_out_and_changing_the_look(
    visitor: Visitor, keyboard: Keyboard, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    visitor.sign_in_at(library, person, "password")
    visitor.page.goto(f"{idp_sqlite.issuer}/me")
    keyboard.press("header a[href*='mode=elder']")
    keyboard.press("#sign-out")
    expect(visitor.page.locator("#logged-out")).to_be_visible()


def test_the_first_stop_skips_the_header(visitor: Visitor, keyboard: Keyboard, idp_sqlite: RunningIdp) -> None:
    visitor.page.goto(f"{idp_sqlite.issuer}/help")
    keyboard.reach(".skip")
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.closest('header') === null")


def test_a_trap_would_be_found(new_visitor: NewVisitor, idp_sqlite: RunningIdp) -> None:
    """The keyboard itself is tried: what cannot be reached, and a focus that nobody sees."""
    page = new_visitor().page
    page.goto(f"{idp_sqlite.issuer}/help")
    with pytest.raises(AssertionError, match="cannot be reached"):
        Keyboard(page).reach("#nowhere")
    page.reload()
    page.evaluate("document.querySelector('.brand').style.outline = 'none'")
    with pytest.raises(AssertionError, match="brand"):
        Keyboard(page).reach("#nowhere")
