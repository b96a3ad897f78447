"""Each officer's first hour, from the three invitations: taken by keys, a proposal, its approval, and what the third one sees."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from idp.accounts.invitations import Offer, invite
from idp.model.office import OFFICERS, Role
from tests.browser.authenticator import Authenticator, authenticator_of
from tests.browser.findings import all_findings
from tests.browser.keyboard import Keyboard
from tests.browser.looks import DESKTOP, FOUR_LOOKS, PHONE, Look
from tests.browser.visitor import Visitor
from tests.plugins.running_idp import RunningIdp

NAMES = {Role.SYSTEM: "王芳", Role.SECURITY: "李敏", Role.AUDIT: "陈宇"}


def link(idp: RunningIdp, role: Role) -> str:
    """As an officer would have been handed it; `idp invite` has its own test."""
    services = idp.installation.services
    with services.begin() as unit_of_work:
        sent = invite(unit_of_work, Offer(role=role), services.clock())
        unit_of_work.commit()
    return f"{idp.issuer}/console/invitations/{sent.token}"


def arrive(idp: RunningIdp, chromium: Browser, role: Role) -> tuple[Visitor, Authenticator]:
    """Take an invitation in a browser with a key of its own."""
    visitor = Visitor(chromium)
    key = authenticator_of(visitor)
    page = visitor.page
    page.goto(link(idp, role))
    page.fill("#name", NAMES[role])
    page.click("#passkey-start")
    page.wait_for_url(f"{idp.issuer}/console")
    return visitor, key


@pytest.fixture
def three(idp_server: RunningIdp, chromium: Browser) -> Iterator[dict[Role, Visitor]]:
    visitors = {role: arrive(idp_server, chromium, role)[0] for role in OFFICERS}
    yield visitors
    for visitor in visitors.values():
        visitor.close()
        assert visitor.complaints == []


def test_the_first_hour_of_three_officers(idp_server: RunningIdp, three: dict[Role, Visitor]) -> None:
    """The system officer asks a clerk in, the security officer approves, stops an app and rotates keys; the auditor watches."""
    issuer = idp_server.issuer
    system, security, audit = (three[role].page for role in OFFICERS)
    _propose_clerk(system, issuer)
    draft = system.url
    security.goto(draft)
    assert "新来的同事" in security.inner_text("main")
    security.click("#approve")
    security.wait_for_selector(".codebox")
    handed = security.inner_text(".codebox").strip()
    assert re.fullmatch(rf"{re.escape(issuer)}/console/invitations/\d+\.[\w-]+", handed)
    security.goto(f"{issuer}/console/apps/of/licence-library")
    security.fill("#reason", "试停")
    security.click("#disable")
    security.wait_for_url(f"{issuer}/console/drafts/*")
    system.goto(security.url)
    system.click("#refuse")
    system.wait_for_selector(".tag-bad")
    security.goto(f"{issuer}/console/keys")
    security.check("[name=at_once]")
    security.click("#rotate")
    security.wait_for_url(f"{issuer}/console/drafts/*")
    audit.goto(f"{issuer}/console/drafts")
    assert audit.locator("tbody tr").count() >= 3
    audit.goto(draft)
    assert audit.locator("#approve, #refuse, #withdraw").count() == 0
    audit.click("#sign-out")
    audit.wait_for_url("**/passkey")
    audit.click("#passkey-start")
    audit.wait_for_url(f"{issuer}/console")


def _propose_clerk(page: Page, issuer: str) -> None:
    page.goto(f"{issuer}/console/officers")
    page.select_option("#role", "window_clerk")
    page.fill("#name", "赵敏")
    page.fill("#scope", "城东大厅")
    page.fill("#reason", "新来的同事")
    page.click("#invite")
    page.wait_for_url(f"{issuer}/console/drafts/*")


def test_an_invitation_is_taken_with_the_keyboard_alone(idp_sqlite: RunningIdp, chromium: Browser) -> None:
    """Keyboard first. Mutation: a name that is not typed is noticed only after the key was made."""
    visitor = Visitor(chromium)
    authenticator_of(visitor)
    page = visitor.page
    page.goto(link(idp_sqlite, Role.AUDIT))
    page.focus("#name")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "name"
    page.keyboard.type("陈宇")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{idp_sqlite.issuer}/console")
    visitor.close()


def test_sessions_are_counted_with_the_keyboard_alone(idp_sqlite: RunningIdp, chromium: Browser) -> None:
    """Keyboard first: from the menu to the count of what would be ended."""
    visitor, _ = arrive(idp_sqlite, chromium, Role.SECURITY)
    keyboard = Keyboard(visitor.page)
    keyboard.press("a[href='/console/sessions']")
    keyboard.reach("#channel")
    visitor.page.keyboard.press("ArrowDown")
    keyboard.press("#search")
    assert "channel=" in visitor.page.url
    visitor.page.goto(f"{idp_sqlite.issuer}/console/sessions")
    keyboard.press("#count", most=200)
    assert re.search(r"会结束\d+个会话", visitor.page.inner_text(".verdict"))
    visitor.close()
    assert visitor.complaints == []


def test_what_happens_now_is_drawn_and_goes_on(idp_sqlite: RunningIdp, chromium: Browser) -> None:
    """Mutations: the policy of the page forbids the script or its styles; the table and the curves differ."""
    visitor, _ = arrive(idp_sqlite, chromium, Role.SECURITY)
    page = visitor.page
    with page.expect_response("**/dashboard/data") as told:
        page.goto(f"{idp_sqlite.issuer}/console/dashboard")
    page.wait_for_selector(".uplot canvas")
    assert page.locator(".uplot").count() == 2
    assert page.locator("#dashboard .tall tbody tr").count() == len(told.value.json()["minutes"]) == 60
    visitor.close()
    assert visitor.complaints == []


def test_a_key_that_is_there_is_not_added_again(idp_sqlite: RunningIdp, chromium: Browser) -> None:
    """Mutation: the device is not told which keys the officers have."""
    visitor, _ = arrive(idp_sqlite, chromium, Role.AUDIT)
    page = visitor.page
    page.goto(f"{idp_sqlite.issuer}/console/own-keys")
    page.click("#passkey-start")
    page.wait_for_url("**/own-keys?said=known")
    assert page.locator(".summary").is_visible()
    visitor.close()
    assert visitor.complaints == []


PLACES: tuple[str, ...] = (
    *("", "/drafts", "/apps", "/apps/of/licence-library", "/apps/new", "/keys", "/officers"),
    *("/sessions", "/dashboard", "/own-keys"),
)


@pytest.mark.parametrize(("place", "look"), [(place, FOUR_LOOKS[number % 4]) for number, place in enumerate(PLACES)])
def test_a_page_of_the_console_is_for_everyone(
    idp_sqlite: RunningIdp, chromium: Browser, axe: str, place: str, look: Look
) -> None:
    visitor, _ = arrive(idp_sqlite, chromium, Role.SECURITY)
    look.put_on(visitor, idp_sqlite.issuer, "zh-CN")
    for width in (DESKTOP, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.goto(f"{idp_sqlite.issuer}/console{place}")
        assert all_findings(visitor.page, axe, look) == []
    visitor.close()
    assert visitor.complaints == []
