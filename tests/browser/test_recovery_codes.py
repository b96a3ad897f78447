"""A person prints recovery codes and signs in with one on another browser, with scripts and without."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp


def type_code(visitor: Visitor, code: str) -> None:
    visitor.page.locator("[name=code]").fill(code)
    with visitor.page.expect_navigation():
        visitor.page.locator("#sign-in").click()


def to_the_recovery_page(visitor: Visitor, person: Person) -> None:
    """From the first page by way of the list of all ways."""
    visitor.name_oneself(person, "password")
    visitor.page.locator("button[name=way][value=more]").click()
    visitor.page.locator("button[name=way][value=recovery]").click()


def printed(page: Page) -> list[str]:
    """The codes on paper, where nothing is left of what can only be pressed."""
    page.emulate_media(media="print")
    expect(page.locator("#codes")).to_be_visible()
    expect(page.locator("#kept")).to_be_hidden()
    expect(page.locator("#print")).to_be_hidden()
    codes = page.locator("#codes li").all_inner_texts()
    page.emulate_media(media="screen")
    return [re.sub(r"\s+", " ", code).strip() for code in codes]


def test_codes_are_printed_and_each_opens_one_session(
    idp_sqlite: RunningIdp, visitor: Visitor, new_visitor: NewVisitor, person: Person, library: DepartmentApp
) -> None:
    """Threat H04. Mutations: nothing on paper; a form that only a script can send; a code that works twice."""
    page = visitor.page
    page.goto(f"{idp_sqlite.issuer}/me/methods/recovery-codes")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    page.locator("button[name=way][value=code]").click()
    visitor.prove(person, "code")
    page.locator("#make-codes").click()
    expect(page.locator("#print")).to_be_visible(visible=visitor.has_scripts)
    codes = printed(page)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"(\d{4} ){3}\d{4}", code) for code in codes)
    page.get_by_role("link", name="大字").first.click()
    assert printed(page) == codes
    page.locator("#kept").click()
    expect(page.locator("[role=status]")).to_contain_text("备用码生效了")
    page.go_back()
    page.reload()
    expect(page.locator("#codes")).to_have_count(0)

    elsewhere = new_visitor(has_scripts=visitor.has_scripts, is_on_phone=True)
    elsewhere.page.goto(f"{library.base_url}/login")
    to_the_recovery_page(elsewhere, person)
    type_code(elsewhere, codes[3])
    elsewhere.page.locator("#person-name").wait_for()
    elsewhere.page.goto(f"{idp_sqlite.issuer}/me")
    expect(elsewhere.page.locator("[role=status]").first).to_contain_text("还剩 9 个")

    again = new_visitor(has_scripts=visitor.has_scripts)
    again.page.goto(f"{library.base_url}/login")
    to_the_recovery_page(again, person)
    type_code(again, codes[3])
    expect(again.page.locator("[role=alert]")).to_contain_text("已用过")
    type_code(again, codes[4].replace(" ", ""))
    again.page.locator("#person-name").wait_for()
