"""A session that is about to end unused says so, and lives on if its person says so; looking alone keeps nothing alive."""

from idp.app import Installation
from tests.benchmarks.operations import Answer
from tests.idp.installed import Moment
from tests.idp.pages.page_browser import Browser

IDLE, LONGEST = 3600, 12 * 3600
"""Of the channel `website`."""


def told(answer: Answer) -> tuple[int, bool]:
    return answer.json["seconds"], answer.json["may_stay"]


def test_looking_is_no_use_and_staying_is(with_person: Installation, browser: Browser, clock: Moment) -> None:
    """Mutations: a page that was left open keeps the session alive; the button does not."""
    browser.sign_in(browser.get("/me"))
    assert told(browser.get("/me/staying")) == (IDLE, True)
    clock.pass_by(IDLE - 100)
    for _ in range(2):
        looked = browser.get("/me/staying")
        assert told(looked) == (100, True)
    assert told(browser.post("/me/staying", csrf=looked.json["csrf"])) == (IDLE, True)
    clock.pass_by(IDLE)
    assert browser.get("/me/staying").status == 401


def test_nobody_stays_longer_than_a_sign_in_lasts(with_person: Installation, browser: Browser, clock: Moment) -> None:
    """WCAG 2.2.1 wants ten times; twelve uses of an hour each are more. Mutation: the end that is near is not told."""
    browser.sign_in(browser.get("/me"))
    for hour in range(1, 13):
        clock.pass_by(IDLE - 60)
        looked = browser.get("/me/staying")
        answer = browser.post("/me/staying", csrf=looked.json["csrf"])
        left = LONGEST - hour * (IDLE - 60)
        assert told(answer) == (min(IDLE, left), left > IDLE), hour
    clock.pass_by(IDLE)
    assert browser.post("/me/staying", csrf=looked.json["csrf"]).status == 401


def test_a_forged_post_keeps_nothing_alive(with_person: Installation, browser: Browser, clock: Moment) -> None:
    """F03. Mutation: the token is not asked for."""
    browser.sign_in(browser.get("/me"))
    clock.pass_by(IDLE - 100)
    assert browser.post("/me/staying", csrf="forged").status == 403
    assert told(browser.get("/me/staying")) == (100, True)


def test_who_is_not_signed_in_is_told_nothing(with_person: Installation, browser: Browser) -> None:
    answer = browser.get("/me/staying")
    assert (answer.status, told(answer)) == (401, (0, False))
    assert "csrf" not in answer.json
