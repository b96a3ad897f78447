"""A person adds their citizen card at a reader and signs in with it, through the office's own bridge and a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import Visitor
from tests.examples.card_program import PIN, CardDesk, card_desk
from tests.plugins.running_idp import Person, RunningIdp


@pytest.fixture
def holder(chromium: Browser) -> Visitor:
    """Somebody at a computer with a reader; cards need scripts."""
    return Visitor(chromium)


def port_of(idp: RunningIdp) -> int:
    """Where the pages look for the bridge."""
    return int(idp.bridge.rpartition(":")[2])


@pytest.fixture
def desk(idp_sqlite: RunningIdp, person: Person) -> Iterator[CardDesk]:
    """The reader with this person's card on it."""
    with card_desk(idp_sqlite.cards, port_of(idp_sqlite), idp_sqlite.issuer, person.phone) as desk:
        desk.does("put", person.phone)
        yield desk


def put_in(page: Page, pin: str = PIN) -> None:
    """Type the PIN once the card is seen, and press; the card has answered when this returns."""
    expect(page.locator("[data-card-state=ready]")).to_be_visible()
    page.locator("#card-pin").fill(pin)
    with page.expect_response("**/signatures"):
        page.locator("#card-start").click()


def add(visitor: Visitor, idp: RunningIdp, person: Person) -> None:
    """Add the card, as the account's page leads to it."""
    page = visitor.page
    page.goto(f"{idp.issuer}/me/methods")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    page.locator("#add-card").click()
    with page.expect_navigation():
        page.locator("button[name=way][value=code]").click()
    visitor.prove(person, "code")
    with page.expect_navigation(url="**/me/methods?done=card_added"):
        put_in(page)


def at_the_card(visitor: Visitor, library: DepartmentApp) -> Page:
    """Some weeks later, on a browser that knows nobody: at the page of the card, without a number."""
    visitor.context.clear_cookies()
    visitor.page.goto(f"{library.base_url}/login")
    visitor.page.locator("#card").click()
    return visitor.page


def test_a_card_is_added_and_opens_the_next_session(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person, desk: CardDesk
) -> None:
    """The PIN reaches the bridge and nobody else. Mutations: a field with a name; a policy that lets scripts call on."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    holder.context.on("request", note)
    add(holder, idp_sqlite, person)
    expect(holder.page.locator("a[href^='/me/cards/']:not(#add-card)")).to_have_count(1)
    page = at_the_card(holder, library)
    put_in(page)
    expect(page.locator("#person-name")).to_have_text(person.name)
    assert holder.complaints == []
    with_pin = {each.url for each in sent if PIN in f"{each.url} {each.post_data or ''}"}
    assert with_pin == {f"{idp_sqlite.bridge}/signatures"}
    page.goto(f"{idp_sqlite.issuer}/me/activity")
    expect(page.locator("main")).to_contain_text("用市民卡")
    assert desk.folder.exists()


def test_a_wrong_pin_is_counted_by_the_card_until_it_locks_itself(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person, desk: CardDesk
) -> None:
    """And the right one does not open it then. Mutations: tries are counted by the page; the field keeps what was typed."""
    add(holder, idp_sqlite, person)
    page = at_the_card(holder, library)
    trouble = page.locator("#card-trouble")
    page.locator("#card-start").click()
    expect(trouble).to_contain_text("请输市民卡的密码")
    for wrong, left in (("0000", "2"), ("111111", "1")):
        put_in(page, wrong)
        expect(trouble).to_contain_text(f"还可以试 {left} 次")
        expect(page.locator("#card-pin")).to_have_value("")
        expect(page.locator("#card-pin")).to_be_focused()
    put_in(page, "222222")
    expect(trouble).to_contain_text("锁住了")
    put_in(page)
    expect(trouble).to_contain_text("锁住了")
    desk.does("unlock", person.phone)
    put_in(page)
    expect(page.locator("#person-name")).to_have_text(person.name)


def test_each_thing_that_is_missing_is_said(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """No bridge, no reader, no card, taken away too early. Mutation: one sentence, or none, for all of them."""
    page = at_the_card(holder, library)
    expect(page.locator("[data-card-state=no_bridge]")).to_be_visible()
    with card_desk(idp_sqlite.cards, port_of(idp_sqlite), idp_sqlite.issuer, person.phone) as desk:
        desk.does("unplug")
        expect(page.locator("[data-card-state=no_reader]")).to_be_visible()
        desk.does("plug")
        expect(page.locator("[data-card-state=no_card]")).to_be_visible()
        page.locator("#card-pin").fill(PIN)
        page.locator("#card-start").click()
        expect(page.locator("[data-card-state=no_card]")).to_be_visible()
        desk.does("put", person.phone)
        desk.does("take_early")
        put_in(page)
        expect(page.locator("#card-trouble")).to_contain_text("早了一点")
        desk.does("put", person.phone)
        put_in(page)
        expect(page.locator(".summary")).to_contain_text("还没有加到账号里")
    expect(page.locator("body")).to_contain_text("12345")


def test_a_card_that_was_reported_lost_opens_nothing(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person, desk: CardDesk
) -> None:
    """From the next touch on, without a restart, and again once it was found. Mutation: the list is read at the start."""
    add(holder, idp_sqlite, person)
    desk.does("lose", person.phone)
    page = at_the_card(holder, library)
    put_in(page)
    expect(page.locator(".summary")).to_contain_text("已经挂失")
    expect(page.locator(".summary")).to_contain_text("12345")
    desk.does("find", person.phone)
    put_in(page)
    expect(page.locator("#person-name")).to_have_text(person.name)


def test_a_card_is_taken_away_and_then_opens_nothing(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person, desk: CardDesk
) -> None:
    """Mutation: the row goes from the list alone."""
    add(holder, idp_sqlite, person)
    page = holder.page
    page.locator("a[href^='/me/cards/']:not(#add-card)").click()
    with page.expect_navigation():
        page.locator("#remove-card").click()
    expect(page.locator("a[href^='/me/cards/']:not(#add-card)")).to_have_count(0)
    at_the_card(holder, library)
    put_in(page)
    expect(page.locator(".summary")).to_contain_text("还没有加到账号里")
    assert desk.folder.exists()


def test_the_card_of_somebody_else_does_not_open_a_named_account(
    holder: Visitor, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person, desk: CardDesk
) -> None:
    """I05: mallory's card under the number of alice. Mutation: who is named is signed in; or the card's owner is."""
    add(holder, idp_sqlite, person)
    alice = idp_sqlite.new_person()
    holder.context.clear_cookies()
    page = holder.page
    page.goto(f"{library.base_url}/login")
    holder.name_oneself(alice, "password")
    page.locator("button[name=way][value=more]").click()
    page.locator("button[name=way][value=card]").click()
    put_in(page)
    expect(page.locator(".summary")).to_contain_text("不是您输的那个号码的")
    assert desk.folder.exists()


def test_it_is_the_second_proof(holder: Visitor, idp_sqlite: RunningIdp, person: Person, desk: CardDesk) -> None:
    """Step-up: who signed in by password shows it before changing something. Mutation: a code is asked for beside it."""
    add(holder, idp_sqlite, person)
    holder.context.clear_cookies()
    page = holder.page
    page.goto(f"{idp_sqlite.issuer}/me/methods/totp")
    holder.name_oneself(person, "password")
    holder.prove(person, "password")
    page.locator("button[name=way][value=card]").click()
    put_in(page)
    expect(page.locator("svg.qr")).to_be_visible()
    assert desk.folder.exists()


_SIGN = """
async ([bridge, wish]) => {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${bridge}/signatures`, { method: "POST", headers, body: JSON.stringify(wish) });
  return answer.status;
}
"""


def test_a_page_of_another_origin_gets_nothing_out_of_the_bridge(
    chromium: Browser, idp_sqlite: RunningIdp, library: DepartmentApp, desk: CardDesk
) -> None:
    """Not even a try of the PIN. Mutation: the bridge asks the card before it looks at the origin."""
    context = chromium.new_context(bypass_csp=True)  # a page whose own policy allows everything
    page = context.new_page()
    page.goto(library.base_url)
    wish = {"challenge": "A" * 54, "purpose": "sign-in", "pin": "0000"}
    with pytest.raises(Exception, match="Failed to fetch"):
        page.evaluate(_SIGN, [idp_sqlite.bridge, wish])
    assert '"tries_left": 3' in (desk.folder / "cards.json").read_text("utf-8")
    assert '"tries_left": 2' not in (desk.folder / "cards.json").read_text("utf-8")
    context.close()


def test_without_scripts_nobody_is_sent_into_a_dead_end(
    chromium: Browser, idp_sqlite: RunningIdp, library: DepartmentApp, person: Person
) -> None:
    """Not offered on the first page; its own page, by its address, leads on. Mutation: a field whose PIN is posted to us."""
    visitor = Visitor(chromium, has_scripts=False)
    page = visitor.page
    page.goto(f"{library.base_url}/login")
    expect(page.locator("#card")).to_be_hidden()
    page.goto(f"{page.url.partition('?')[0]}/card")
    expect(page.locator("#card-pin")).to_be_hidden()
    expect(page.locator("[data-card=impossible]")).to_be_visible()
    page.locator("a[href*='other=1']").click()
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    expect(page.locator("#person-name")).to_have_text(person.name)
    assert idp_sqlite.bridge
    visitor.close()
