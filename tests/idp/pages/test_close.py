"""C24, close: a fresh sign-in, one button, a banner with the way back, and everything works until the day."""

import re

from idp.accounts import closing
from idp.app import Installation
from idp.model.account import Account, Identifier, IdentifierKind
from tests.benchmarks.operations import Answer
from tests.idp.installed import NOW, PHONE, Moment
from tests.idp.pages.page_browser import Browser, csrf_of

DAYS = closing.COOLING_OFF_DAYS * 86_400
BANNER = "这个账号将在"


def person(installation: Installation) -> Account | None:
    with installation.services.begin() as unit_of_work:
        return unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))


def ask(browser: Browser) -> Answer:
    page = browser.sign_in(browser.get("/me/data/close"))
    assert browser.here == "/me/data/close"
    return browser.post("/me/data/close", csrf=csrf_of(page))


def banner_token(page: Answer) -> str:
    found = re.search(r'action="/me/data/keep".*?name="csrf" value="([^"]+)"', page.body.decode(), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_says_what_happens_and_what_stays(browser: Browser, with_person: Installation) -> None:
    page = browser.sign_in(browser.get("/me/data/close")).body.decode()
    for sentence in ("15 天可以反悔", "所有设备退出登录", "至少留 6 个月", "档案在部门"):
        assert sentence in page
    assert "btn-primary" not in page, "nothing leads on by itself"
    found = person(with_person)
    assert found is not None
    assert found.closes_at is None


def test_everything_works_until_the_day_and_the_banner_leads_back(
    browser: Browser, with_person: Installation, clock: Moment
) -> None:
    """Mutation: whoever asked is signed out, or cannot sign in any more."""
    asked = ask(browser)
    assert "已经收到" in asked.body.decode()
    found = person(with_person)
    assert found is not None
    assert found.closes_at == NOW + DAYS
    assert BANNER in browser.get("/me").body.decode()
    assert BANNER in browser.get("/me/data").body.decode()
    clock.pass_by(DAYS - 60)
    later = Browser(with_person)
    page = later.sign_in(later.get("/me"))
    assert BANNER in page.body.decode()
    kept = later.post("/me/data/keep", csrf=banner_token(page))
    assert (later.here, "账号不注销了" in kept.body.decode()) == ("/me/data?done=kept", True)
    clock.pass_by(DAYS)
    assert closing.close_due(with_person.services, clock()) == 0
    assert person(with_person) is not None


def test_after_the_day_nobody_signs_in(browser: Browser, with_person: Installation, clock: Moment) -> None:
    ask(browser)
    clock.pass_by(DAYS)
    assert closing.close_due(with_person.services, clock()) == 1
    page = browser.get("/me")
    assert browser.here.startswith("/s/")
    browser.sign_in(page)
    assert browser.here.startswith("/s/")
    assert person(with_person) is None


def test_an_old_sign_in_closes_nothing(browser: Browser, with_person: Installation, clock: Moment) -> None:
    page = browser.sign_in(browser.get("/me/data/close"))
    clock.pass_by(601)
    browser.post("/me/data/close", csrf=csrf_of(page))
    assert browser.here.startswith("/s/")
    found = person(with_person)
    assert found is not None
    assert found.closes_at is None


def test_forged_forms_neither_close_nor_keep(browser: Browser, with_person: Installation) -> None:
    """Mutation: the token of one form opens the other."""
    page = browser.sign_in(browser.get("/me/data"))
    data = browser.get("/me/data/close")
    browser.post("/me/data/close", csrf="0" * 64)
    found = person(with_person)
    assert found is not None
    assert found.closes_at is None
    asked = browser.post("/me/data/close", csrf=csrf_of(data))
    browser.post("/me/data/keep", csrf=csrf_of(data))
    found = person(with_person)
    assert found is not None
    assert found.closes_at is not None
    assert (page.status, asked.status) == (200, 200)


def test_a_link_to_the_way_back_shows_the_data(browser: Browser) -> None:
    browser.sign_in(browser.get("/me/data/keep"))
    assert browser.here == "/me/data"
