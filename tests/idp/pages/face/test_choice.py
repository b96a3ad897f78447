"""C19: who says no to face checks is not offered one, anywhere; to be offered it again takes a fresh sign-in."""

import pytest

from idp.accounts.face_choice import FaceStanding
from idp.app import Installation
from idp.clock import Instant
from idp.events import Action
from idp.model.account import Account
from tests.idp.installed import Moment
from tests.idp.pages.face.face_checks import CHILD, PHONE, FaceBrowser, person_at, standing_of, text_of
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.written_down import data_of
from tests.realnames.sources.toy_authority import ToyAuthority

CHOICE, AGAIN = "/me/methods/face", "/me/methods/face/allow"


@pytest.fixture
def browser(city: Installation, account: Account) -> Browser:
    browser = Browser(city)
    browser.sign_in(browser.get("/me/methods"), phone=PHONE)
    return browser


def test_no_is_said_once_and_holds_in_every_browser(
    browser: Browser, city: Installation, account: Account, toy: ToyAuthority, clock: Moment
) -> None:
    """Without a second proof, and long after the sign-in: it must be as easy as that. Mutation: kept in the session."""
    clock.pass_by(1800)
    assert "每次都可以不同意" in text_of(browser.get("/me/methods"))
    page = browser.get(CHOICE)
    assert browser.here == CHOICE
    page = browser.post(CHOICE, csrf=csrf_of(page))
    assert browser.here == "/me/methods?done=face_refused"
    assert "不会再问" in text_of(page)
    assert standing_of(city, account) is FaceStanding.REFUSED
    assert len(data_of(city, Action.FACE_REFUSED)) == 1
    other = FaceBrowser(city, toy)
    assert 'value="face"' not in other.sign_in_for_more().body.decode()


def test_yes_again_takes_a_fresh_sign_in_by_two_kinds(
    browser: Browser, city: Installation, account: Account, clock: Moment
) -> None:
    """Threat H05. Mutations: whoever finds the session open has it offered again; the refusal's token does for both."""
    token = csrf_of(browser.get(CHOICE))
    browser.post(CHOICE, csrf=token)
    browser.get(CHOICE)
    assert browser.here.endswith("/ways"), "the second proof first"
    browser.prove_by_message(city)
    assert browser.here == AGAIN
    page = browser.post(AGAIN, csrf=token)
    assert standing_of(city, account) is FaceStanding.REFUSED
    assert "这一页放久了" in text_of(page)
    clock.pass_by(601)
    browser.post(AGAIN, csrf=csrf_of(page))
    assert standing_of(city, account) is FaceStanding.REFUSED
    browser.sign_in(browser.get(AGAIN), phone=PHONE)
    if browser.here.endswith("/ways"):
        browser.prove_by_message(city)
    browser.post(AGAIN, csrf=csrf_of(browser.get(AGAIN)))
    assert browser.here == "/me/methods?done=face_allowed"
    assert standing_of(city, account) is FaceStanding.OFFERED
    assert len(data_of(city, Action.FACE_ALLOWED)) == 1


def test_a_forged_form_changes_nothing(browser: Browser, city: Installation, account: Account) -> None:
    """Threat F03."""
    browser.get(CHOICE)
    for token in ("", "x", csrf_of(browser.get("/me/methods/face"))[::-1]):
        browser.post(CHOICE, csrf=token)
    assert standing_of(city, account) is FaceStanding.OFFERED
    assert data_of(city, Action.FACE_REFUSED) == []


def test_no_is_written_down_once(browser: Browser, city: Installation, account: Account, clock: Moment) -> None:
    page = browser.get(CHOICE)
    for _ in range(3):
        browser.post(CHOICE, csrf=csrf_of(page))
        clock.pass_by(1)
    assert len(data_of(city, Action.FACE_REFUSED)) == 1
    with city.services.begin() as unit_of_work:
        assert unit_of_work.accounts.face_refused_at(account.id) == clock() - 3


@pytest.mark.parametrize(
    ("number", "standing", "words"),
    [(CHILD, FaceStanding.CHILD, "未满 14 岁"), (None, FaceStanding.NO_NUMBER, "要先有姓名和身份证号码")],
)
def test_who_cannot_be_asked_reads_why(
    city: Installation, number: str | None, standing: FaceStanding, words: str
) -> None:
    account = person_at(city, PHONE, number)
    assert standing_of(city, account) is standing
    browser = Browser(city)
    page = browser.sign_in(browser.get("/me/methods"), phone=PHONE)
    assert words in text_of(page)
    assert browser.get(CHOICE).status == 200


def test_the_birthday_itself_ends_childhood(city: Installation, clock: Moment) -> None:
    """14 years, by the day in China. Mutations: by the year; a day late; in UTC."""
    account = person_at(city, PHONE, CHILD)  # born on 2014-06-01
    clock.now = Instant(1_843_401_599)  # 31 May 2028, 23:59:59 in China
    assert standing_of(city, account) is FaceStanding.CHILD
    clock.pass_by(1)
    assert standing_of(city, account) is FaceStanding.OFFERED


def test_where_nobody_compares_there_is_nothing_to_choose(with_person: Installation) -> None:
    browser = Browser(with_person)
    page = browser.sign_in(browser.get("/me/methods"))
    assert "刷脸" not in text_of(page)
    browser.get(CHOICE)
    assert browser.here == "/me/methods"
