"""C10, its beginning: a phone makes level one, a name and a number said by the person level two, and nothing more."""

import re

import pytest

from idp.app import Installation
from idp.events import Action
from idp.model.account import Account, Attributes, Identifier, IdentifierKind
from idp.model.policy import Proofing
from realnames.identifiers.citizen_id import complete
from tests.benchmarks.operations import Answer
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import CITIZEN_ID, NOW, code_that_left, identifiers
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.person_at_apps import CALLBACK, Department, PersonsBrowser
from tests.plugins.private_servers import StorageUrls

NEW_PHONE = "13912345678"
NUMBER = complete("89010119850412002")
DOTTED = "阿卜杜拉·买买提"


def register(browser: Browser, installation: Installation, path: str = "/me/data", phone: str = NEW_PHONE) -> Answer:
    """A newcomer follows the link on the sign-in page, and types the code."""
    page = browser.get(path)
    link = re.search(r'href="([^"]*/register\?again=1)"', page.body.decode())
    assert link is not None, "the sign-in page leads there"
    page = browser.get(link[1])
    page = browser.post(link[1].partition("?")[0], csrf=csrf_of(page), username=phone)
    return browser.post(browser.here, csrf=csrf_of(page), code=code_that_left(installation))


def person(installation: Installation, phone: str = NEW_PHONE) -> tuple[Account, Attributes]:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{phone}"))
        assert account is not None
        return account, unit_of_work.accounts.attributes(account.id)


def say(browser: Browser, name: str = DOTTED, number: str = NUMBER) -> Answer:
    """Type both, from the page of the name; the page that shows them again."""
    page = browser.get("/me/name/who")
    browser.post("/me/name/who", csrf=csrf_of(page), name=name)
    page = browser.get("/me/name/number")
    return browser.post("/me/name/number", csrf=csrf_of(page), number=number)


@pytest.fixture
def newcomer(browser: Browser, with_person: Installation) -> Browser:
    """Registered, and put the name off."""
    page = register(browser, with_person)
    assert browser.here.endswith("/name")
    browser.post(browser.here, csrf=csrf_of(page), action="later")
    assert browser.here == "/me/data"
    return browser


def test_whoever_registers_may_say_it_at_once_and_comes_back_to_the_app(
    browser: Browser, with_person: Installation
) -> None:
    """Mutation: the sign-in that waits is lost on the way."""
    offer = register(browser, with_person)
    for sentence in ("为什么要", "怎么保管", "可以不给", "以后再说"):
        assert sentence in offer.body.decode()
    page = browser.post(browser.here, csrf=csrf_of(offer), action="now")
    assert browser.here == "/me/name/who"
    page = browser.post("/me/name/who", csrf=csrf_of(page), name=f" {DOTTED.replace('·', '•')} ")
    assert browser.here == "/me/name/number"
    page = browser.post(
        "/me/name/number", csrf=csrf_of(page), number=f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:].lower()}"
    )
    assert browser.here == "/me/name/check"
    assert DOTTED in page.body.decode()
    browser.post("/me/name/check", csrf=csrf_of(page))
    assert browser.here == "/me/data"
    account, stored = person(with_person)
    assert (account.proofed(NOW).level, stored.name, stored.citizen_id) == (Proofing.P1, DOTTED, NUMBER)
    assert "二级" in browser.get("/me").body.decode()


def test_later_is_an_answer(newcomer: Browser, with_person: Installation) -> None:
    account, stored = person(with_person)
    assert (account.proofed(NOW).level, stored.name) == (Proofing.P0, None)
    assert 'href="/me/name"' in newcomer.get("/me").body.decode()
    newcomer.get("/me/name")
    assert newcomer.here == "/me/name"


@pytest.mark.parametrize("name", ["𠮷野", "㐂一", DOTTED, "欧阳娜娜"])
def test_by_the_account_it_is_said_later(newcomer: Browser, with_person: Installation, name: str) -> None:
    page = say(newcomer, name)
    done = newcomer.post("/me/name/check", csrf=csrf_of(page))
    assert newcomer.here == "/me/name/done"
    assert "二级" in done.body.decode()
    assert person(with_person)[1].name == name
    newcomer.get("/me/name")
    assert newcomer.here == "/me/data", "it is said once"


def test_what_a_person_says_is_not_verified(
    newcomer: Browser, with_person: Installation, storage_urls: StorageUrls
) -> None:
    """Threat G10. Mutation: the number is marked as proven, as the phone is."""
    newcomer.post("/me/name/check", csrf=csrf_of(say(newcomer)), proofing="4", realname_level="4", verified="1")
    account, _ = person(with_person)
    assert account.proofed(NOW).level is Proofing.P1
    with with_person.services.begin() as unit_of_work:
        dossier = unit_of_work.dossiers.of(account.id, 10)
    assert dossier is not None
    verified = {held.kind: held.verified_at is not None for held in dossier.identifiers}
    assert verified == {IdentifierKind.PHONE: True, IdentifierKind.CITIZEN_ID: False}
    named = [data for action, _, data in Rows(storage_urls.database).events() if action == Action.ACCOUNT_NAMED]
    assert [NUMBER in data or DOTTED in data for data in named] == [False]


def test_a_number_that_somebody_has_is_refused_like_any_other(newcomer: Browser, with_person: Installation) -> None:
    """Threat G01. Mutation: the page says that this number has an account."""
    page = newcomer.post("/me/name/check", csrf=csrf_of(say(newcomer, number=CITIZEN_ID)))
    text = page.body.decode()
    assert "没有登记上" in text
    assert not re.search("已有账号|已经被|已登记|占用", text)
    assert "/help#hall" in text
    assert person(with_person)[1].name is None
    refused = [newcomer.post("/me/name/check", csrf=csrf_of(newcomer.get("/me/name/check"))) for _ in range(5)]
    assert [answer.status for answer in refused] == [200] * 4 + [429]
    assert int(refused[-1].headers["retry-after"]) > 0
    good = newcomer.post("/me/name/check", csrf=csrf_of(say(newcomer)))
    assert good.status == 429, "the pause is not got round by another number"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "请输入姓名"),
        ("name", "张", "再看一遍"),
        ("name", "张3", "再看一遍"),
        ("name", "张\ue000", "证件芯片"),
        ("name", "<张>", "再看一遍"),
        ("number", "", "请输入证件号码"),
        ("number", "890101199003070012", "这个号码不对"),
        ("number", "911124198108030025", "这个号码不对"),
        ("number", "12", "这个号码不对"),
        ("number", "13912345678", "这个号码不对"),
    ],
)
def test_what_cannot_be_stays_on_its_page(newcomer: Browser, field: str, typed: str, sentence: str) -> None:
    path = "/me/name/who" if field == "name" else "/me/name/number"
    page = newcomer.get("/me/name/who")
    newcomer.post("/me/name/who", csrf=csrf_of(page), name="张三")
    answer = newcomer.post(path, csrf=csrf_of(page), **{field: typed})
    assert newcomer.here == path
    assert sentence in answer.body.decode()
    assert "<title>错误：" in answer.body.decode()


def test_steps_are_not_skipped_and_forged_forms_say_nothing(newcomer: Browser, with_person: Installation) -> None:
    for path in ("/me/name/number", "/me/name/check"):
        newcomer.get(path)
        assert newcomer.here == "/me/name/who"
    page = say(newcomer)
    newcomer.post("/me/name/check", csrf="0" * 64)
    assert person(with_person)[1].name is None
    assert page.status == 200


def test_whoever_has_a_name_says_none(browser: Browser, with_person: Installation) -> None:
    """Mutation: a checked name is written over by what somebody types."""
    browser.sign_in(browser.get("/me/name/who"))
    assert browser.here == "/me/data"
    page = browser.get("/me/data/phone")
    browser.post("/me/name/check", csrf=csrf_of(page))
    assert person(with_person, identifiers()[0].value.removeprefix("+86"))[0].proofed(NOW).level is Proofing.P2


@pytest.mark.parametrize(("level", "is_asked"), [(2, True), (3, False)])
def test_an_app_of_level_two_asks_for_it_and_one_of_level_three_does_not(
    newcomer: Browser, with_person: Installation, level: int, *, is_asked: bool
) -> None:
    """Mutations: whoever lacks level two is refused, although a name would do; whoever lacks three is asked for nothing."""
    app = Department(with_person, level=level, asks_consent=False)
    browser = PersonsBrowser(with_person)
    browser._cookies = newcomer._cookies
    app.send(browser)
    assert browser.here.endswith("/name") is is_asked
    if not is_asked:
        assert "error=unmet_authentication_requirements" in browser.here
        return
    page = browser.post(browser.here, csrf=csrf_of(browser.get(browser.here)), action="now")
    browser.post("/me/name/who", csrf=csrf_of(page), name=DOTTED)
    page = browser.post("/me/name/number", csrf=csrf_of(page), number=NUMBER)
    assert "住房公积金" in page.body.decode()
    browser.post("/me/name/check", csrf=csrf_of(page))
    assert browser.here.startswith(f"{CALLBACK}?code=")
