"""Sign in once, and two apps that know nothing of each other are open; sign out, and they ask again."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp

STEPS = "/s/"


@pytest.mark.parametrize("way", ["code", "password"])
def test_one_login_opens_two_apps(
    visitor: Visitor, housing_fund: DepartmentApp, library: DepartmentApp, person: Person, way: str
) -> None:
    visitor.sign_in_at(housing_fund, person, way)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    before = len(visitor.visited)
    visitor.page.goto(library.base_url)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    assert visitor.page.url == library.base_url + "/"
    assert [address for address in visitor.visited[before:] if STEPS in address] == []


def test_signing_out_at_an_app_ends_it(visitor: Visitor, housing_fund: DepartmentApp, person: Person) -> None:
    """RP-initiated logout leads back to the app at once, and the next sign-in is asked for."""
    visitor.sign_in_at(housing_fund, person)
    visitor.page.locator("#sign-out").click()
    expect(visitor.page.locator("#signed-out")).to_be_visible()
    assert visitor.page.url.startswith(f"{housing_fund.base_url}/signed-out?state=")
    visitor.page.locator("#sign-in-link").click()
    expect(visitor.page.locator("button[name=as]")).to_be_visible()  # asked again, known by name


def test_signing_out_at_the_account_page_ends_it(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    visitor.sign_in_at(library, person)
    visitor.page.goto(f"{idp_sqlite.issuer}/me")
    expect(visitor.page.locator("h1")).to_contain_text("测*人")
    visitor.page.locator("#sign-out").click()
    expect(visitor.page.locator("#logged-out")).to_be_visible()
    visitor.page.goto(f"{library.base_url}/login")
    expect(visitor.page.locator("button[name=as]")).to_be_visible()  # asked again, known by name


def test_signing_out_at_one_app_is_heard_by_the_other(
    visitor: Visitor, housing_fund: DepartmentApp, library: DepartmentApp, person: Person
) -> None:
    """Back-channel logout: the other shows it when it is next loaded. Mutation: the worker without its handler."""
    visitor.sign_in_at(housing_fund, person)
    visitor.page.goto(library.base_url)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    visitor.page.goto(housing_fund.base_url)
    visitor.page.locator("#sign-out").click()
    expect(visitor.page.locator("#signed-out")).to_be_visible()

    def is_signed_out() -> bool:
        visitor.page.goto(library.base_url)
        return visitor.page.locator("#sign-in-link").is_visible()

    assert any(is_signed_out() for _ in range(20))


def test_the_page_says_by_itself_which_apps_know(
    visitor: Visitor, idp_sqlite: RunningIdp, housing_fund: DepartmentApp, library: DepartmentApp, person: Person
) -> None:
    """With scripts in place, without them by the link that looks again. Mutation: the page without script or link."""
    visitor.sign_in_at(housing_fund, person)
    visitor.page.goto(library.base_url)
    visitor.page.goto(f"{idp_sqlite.issuer}/me")
    visitor.page.locator("#sign-out").click()
    rows = visitor.page.locator("#apps > li")
    again = visitor.page.locator("[data-look-again] a:visible")
    while not visitor.has_scripts and again.count():
        visitor.page.wait_for_timeout(1000)  # nobody presses faster, and after eight looks the page gives up
        again.click()
    expect(rows.locator(".tag:not([hidden])")).to_have_text(["已退出", "已退出"])
    expect(rows.locator("bdi")).to_have_text([housing_fund.name, library.name])
    expect(visitor.page.locator("#apps-summary")).to_have_text("应用也都退出了，一共 2 个。")


def test_staying_signed_in_stays(
    visitor: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """The other button of the same question."""
    visitor.sign_in_at(library, person)
    visitor.page.goto(f"{idp_sqlite.issuer}/logout")
    visitor.page.locator("button[value=stay]").click()
    expect(visitor.page.locator("#logout-stopped")).to_be_visible()
    visitor.page.goto(f"{library.base_url}/login")
    expect(visitor.page.locator("#person-name")).to_be_visible()


def test_an_app_on_another_site_signs_in_and_out(
    visitor: Visitor, housing_fund_elsewhere: DepartmentApp, library: DepartmentApp, person: Person
) -> None:
    """`127.0.0.1` and `localhost` are two sites. Mutation: `SameSite=Strict` on the session cookie."""
    visitor.sign_in_at(housing_fund_elsewhere, person)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    visitor.page.goto(library.base_url)
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)
    visitor.page.goto(housing_fund_elsewhere.base_url)
    visitor.page.locator("#sign-out").click()
    expect(visitor.page.locator("#signed-out")).to_be_visible()
    visitor.page.locator("#sign-in-link").click()
    expect(visitor.page.locator("button[name=as]")).to_be_visible()  # asked again, known by name


def test_saying_no_leads_back_to_the_app(visitor: Visitor, housing_fund: DepartmentApp, person: Person) -> None:
    visitor.page.goto(f"{housing_fund.base_url}/login")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    visitor.page.locator("#consent-deny").click()
    expect(visitor.page.locator("#rp-error")).to_contain_text("access_denied")
    assert visitor.page.url.startswith(housing_fund.base_url)


def test_a_person_on_a_phone_in_english(new_visitor: NewVisitor, housing_fund: DepartmentApp, person: Person) -> None:
    visitor = new_visitor(is_on_phone=True, language="en-GB")
    visitor.page.goto(f"{housing_fund.base_url}/login")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    visitor.name_oneself(person, "code")
    visitor.prove(person, "code")
    visitor.page.locator("#consent-allow").click()
    expect(visitor.page.locator("#person-name")).to_have_text(person.name)


def test_a_complaint_of_the_browser_is_heard(visitor: Visitor, idp_sqlite: RunningIdp) -> None:
    """The content security policy stops an inline style; the test's own ears are tested by it."""
    visitor.page.goto(f"{idp_sqlite.issuer}/help")
    visitor.page.evaluate("document.body.setAttribute('style', 'color: red')")
    visitor.page.wait_for_timeout(100)
    heard, visitor.complaints = visitor.complaints, []
    assert len(heard) == 1
    assert "style" in heard[0]
