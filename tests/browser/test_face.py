"""A second proof by face in a real browser, with scripts and without: to the authority's page on another site, and back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from idp.clock import system_clock
from idp.model.policy import Level
from tests.browser.department_apps import DepartmentApp, department_app
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp


@pytest.fixture(scope="module")
def demanding(idp_sqlite: RunningIdp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepartmentApp]:
    """An app that asks for 四级."""
    with department_app(idp_sqlite, "licence-library", tmp_path_factory.mktemp("demanding") / "log") as app:
        services = idp_sqlite.installation.services
        with services.begin() as unit_of_work:
            client = unit_of_work.clients.get(app.client_id)
            assert client is not None
            unit_of_work.clients.save(replace(client, level=Level.FOUR), system_clock())
            unit_of_work.commit()
        yield app


@pytest.fixture
def person(idp_sqlite: RunningIdp) -> Person:
    """Whose real person was checked before."""
    return idp_sqlite.new_person(proofing=3)


def to_the_ways(visitor: Visitor, person: Person, app: DepartmentApp) -> None:
    """By the password to the page that says the app asks for more."""
    visitor.page.goto(f"{app.base_url}/login")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    expect(visitor.page.locator("h1")).to_contain_text("再确认一次是您")


def choose(visitor: Visitor, choice: str) -> None:
    with visitor.page.expect_navigation():
        visitor.page.locator(f"button[value={choice}]").click()


def agree(visitor: Visitor, idp: RunningIdp) -> None:
    """By keyboard; then the browser is at the authority's own page."""
    consent = visitor.page.locator("#face-consent")
    consent.focus()
    with visitor.page.expect_navigation():
        consent.press("Enter")
    assert visitor.page.url.startswith(f"{idp.face_authority}/face/"), visitor.page.url


def test_a_face_opens_what_asks_for_more(
    idp_sqlite: RunningIdp, visitor: Visitor, person: Person, demanding: DepartmentApp
) -> None:
    """Mutations: a cookie that does not come back from another site; a form that the policy (CSP) lets end nowhere."""
    page = visitor.page
    to_the_ways(visitor, person, demanding)
    choose(visitor, "face")
    expect(page.locator("main")).to_contain_text("沙箱实人核验中心")
    expect(page.locator("main")).not_to_contain_text(person.citizen_id)
    agree(visitor, idp_sqlite)
    expect(page.locator("body")).not_to_contain_text(person.citizen_id)
    choose(visitor, "mismatch")
    expect(page.locator("[role=alert]")).to_contain_text("还可以试 2 次")
    agree(visitor, idp_sqlite)
    choose(visitor, "cancel")
    expect(page.locator("[role=alert]")).to_contain_text("没有比对")
    agree(visitor, idp_sqlite)
    choose(visitor, "match")
    page.locator("#person-name").wait_for()


def test_who_would_rather_not_goes_another_way(
    idp_sqlite: RunningIdp, visitor: Visitor, person: Person, demanding: DepartmentApp
) -> None:
    page = visitor.page
    to_the_ways(visitor, person, demanding)
    choose(visitor, "face")
    expect(page.locator("a[href='/help#hall']").first).to_be_visible()
    choose(visitor, "code")
    visitor.prove(person, "code")
    page.locator("#person-name").wait_for()


def test_who_never_wants_it_says_so_once(
    idp_sqlite: RunningIdp, visitor: Visitor, person: Person, demanding: DepartmentApp
) -> None:
    """Mutation: kept for this session, or this browser, only."""
    page = visitor.page
    page.goto(f"{idp_sqlite.issuer}/me/methods")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    page.locator("#face-choice").click()
    page.locator("#refuse-face").click()
    expect(page.locator("[role=status]")).to_contain_text("不会问您刷脸")
    visitor.context.clear_cookies()
    to_the_ways(visitor, person, demanding)
    expect(page.locator("button[value=face]")).to_have_count(0)
    expect(page.locator("button[value=code]")).to_be_visible()


def test_while_the_result_is_not_there_the_page_asks_again_by_itself(
    idp_sqlite: RunningIdp, visitor: Visitor, person: Person, demanding: DepartmentApp
) -> None:
    """Without a script, too."""
    page = visitor.page
    to_the_ways(visitor, person, demanding)
    choose(visitor, "face")
    face = page.url
    agree(visitor, idp_sqlite)
    at_authority = page.url
    page.goto(f"{face}/return")
    expect(page.locator("h1")).to_contain_text("在等比对结果")
    idp_sqlite.face_authority_misbehaves("down")
    page.locator("#face-done").click()
    expect(page.locator("[role=status]")).to_contain_text("现在问不到结果")
    idp_sqlite.face_authority_misbehaves("none")
    answer = visitor.context.request.post(
        at_authority, form={"choice": "match"}, headers={"Origin": idp_sqlite.face_authority}, max_redirects=0
    )
    assert answer.status == 303
    page.locator("#person-name").wait_for()  # nobody presses anything
