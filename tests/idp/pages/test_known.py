"""C01 (b): who signed in on this browser before says `continue`, and the list of ways begins with theirs."""

import re

import pytest

from idp.accounts.message_budget import RESEND_SECONDS
from idp.accounts.status import Reason, close
from idp.app import Installation
from idp.model.account import Identifier, IdentifierKind
from tests.benchmarks.operations import Answer
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.installed import CITIZEN_ID, PASSWORD, PHONE, Moment, code_that_left, freeze, identifiers, new_person
from tests.idp.interaction.test_passkey import give
from tests.idp.pages.page_browser import Browser, csrf_of

OTHER_PHONE, OTHER_NUMBER = "13900000002", "890102193705120027"


def people_on(page: Answer) -> list[str]:
    """Whom the page offers, in its order."""
    return re.findall(r'name="as" value="([^"]+)"', page.body.decode())


def is_form(page: Answer) -> bool:
    """Whether nobody is offered, and a number is asked for."""
    return 'name="username"' in page.body.decode() and people_on(page) == []


def comes_again(browser: Browser) -> Answer:
    """Signed out, and asked again."""
    browser.forgets("session")
    return browser.get("/me")


def goes_on(browser: Browser, page: Answer, person: int = 0) -> Answer:
    return browser.post(browser.path, **{"as": people_on(page)[person]}, csrf=csrf_of(page))


def test_who_was_here_types_no_number_again(with_person: Installation, browser: Browser) -> None:
    """Mutations: the page of the name; another person's proof; a way that was not theirs."""
    browser.sign_in(browser.get("/me"))
    page = comes_again(browser)
    text = page.body.decode()
    assert (PHONE in text, CITIZEN_ID in text) == (False, False)
    assert len(people_on(page)) == 1
    assert "张*" in text
    page = goes_on(browser, page)
    assert browser.here.endswith("/password"), browser.here
    browser.post(browser.path, csrf=csrf_of(page), password=PASSWORD)
    assert browser.here == "/me"


def test_who_got_a_code_gets_a_code_again(with_person: Installation, browser: Browser, clock: Moment) -> None:
    """Mutations: the last way is not kept; the code goes to nobody."""
    page = browser.get("/me")
    page = browser.post(browser.path, csrf=csrf_of(page), username=PHONE, way="code")
    browser.post(browser.path, csrf=csrf_of(page), code=code_that_left(with_person))
    clock.pass_by(RESEND_SECONDS)
    page = goes_on(browser, comes_again(browser))
    assert browser.path.endswith("/code")
    browser.post(browser.path, csrf=csrf_of(page), code=code_that_left(with_person))
    assert browser.here == "/me"


def test_a_family_stands_on_one_page_the_last_one_first(with_person: Installation, browser: Browser) -> None:
    """Mutation: only one is kept, or the first one stands first for ever."""
    new_person(with_person, *identifiers(OTHER_PHONE, OTHER_NUMBER), name="阿依努尔·买买提")
    for phone in (PHONE, OTHER_PHONE):
        browser.forgets("session")
        browser.sign_in(browser.get("/me"), phone=phone)
    page = comes_again(browser)
    first, second = people_on(page)
    assert page.body.decode().index("阿") < page.body.decode().index("张*")
    page = goes_on(browser, page, 1)
    browser.post(browser.path, csrf=csrf_of(page), password=PASSWORD)
    assert people_on(comes_again(browser)) == [second, first]


@pytest.mark.parametrize("button", ["way", "as"])
def test_somebody_else_types_a_number_on_the_same_page(
    with_person: Installation, browser: Browser, button: str
) -> None:
    """Whatever is pressed, Enter as well, what was typed counts. Mutation: the first button's person is signed in."""
    new_person(with_person, *identifiers(OTHER_PHONE, OTHER_NUMBER), name="阿依努尔·买买提")
    browser.sign_in(browser.get("/me"))
    page = comes_again(browser)
    pressed = {"way": "password"} if button == "way" else {"as": people_on(page)[0], "way": "password"}
    page = browser.post(browser.path, username=OTHER_PHONE, csrf=csrf_of(page), **pressed)
    assert OTHER_PHONE[-4:] in page.body.decode()
    browser.post(browser.path, csrf=csrf_of(page), password=PASSWORD)
    assert "阿" in browser.get("/me").body.decode()


def test_a_wrong_number_there_leads_to_the_form(with_person: Installation, browser: Browser) -> None:
    browser.sign_in(browser.get("/me"))
    page = comes_again(browser)
    assert is_form(browser.post(browser.path, username="12345", way="password", csrf=csrf_of(page)))


def test_a_device_that_was_told_to_forget_knows_nobody(with_person: Installation, browser: Browser) -> None:
    browser.sign_in(browser.get("/me"))
    page = comes_again(browser)
    page = browser.post(browser.path, forget="1", csrf=csrf_of(page))
    assert is_form(page)
    assert people_on(comes_again(browser)) == []


@pytest.mark.parametrize("field", ["as", "forget"])
def test_a_forged_form_neither_goes_on_nor_forgets(with_person: Installation, browser: Browser, field: str) -> None:
    """F03. Mutation: the token is not asked for."""
    browser.sign_in(browser.get("/me"))
    uid = people_on(comes_again(browser))[0]
    page = browser.post(browser.path, **{field: uid}, csrf="forged")
    assert people_on(page) == [uid], "the same page"
    assert people_on(browser.get("/me")) == [uid]


def test_nobody_is_named_by_what_a_form_says(with_person: Installation, browser: Browser) -> None:
    """Mutation: `as` is looked up among all people instead of those whom the sealed cookie knows (threat G01)."""
    stranger = new_person(with_person, *identifiers(OTHER_PHONE, OTHER_NUMBER))
    browser.sign_in(browser.get("/me"))
    page = comes_again(browser)
    for uid in (stranger.uid, "", "x" * 5000):
        answer = browser.post(browser.path, **{"as": uid}, csrf=csrf_of(page))
        assert is_form(answer)
        assert OTHER_PHONE[-4:] not in answer.body.decode()


def test_who_gave_up_the_phone_types_what_they_have(with_person: Installation, browser: Browser) -> None:
    """Mutation: a code goes to a phone that is somebody else's by now."""
    browser.sign_in(browser.get("/me"))
    services = with_person.services
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
        assert account is not None
        unit_of_work.accounts.change_identifier(account.id, IdentifierKind.PHONE, None, services.clock())
        unit_of_work.commit()
    assert is_form(comes_again(browser))


def test_a_closed_account_is_nobody_and_a_frozen_one_says_so_after_the_proof(
    with_person: Installation, browser: Browser
) -> None:
    """Mutations: a name outlives its account; whoever sits there learns of the freeze without a proof."""
    browser.sign_in(browser.get("/me"))
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    assert account is not None
    freeze(with_person, account)
    page = goes_on(browser, comes_again(browser))
    answer = browser.post(browser.path, csrf=csrf_of(page), password=PASSWORD)
    assert answer.status == 403
    with with_person.services.begin() as unit_of_work:
        assert close(unit_of_work, account.id, Reason.ASKED, with_person.services.clock())
        unit_of_work.commit()
    assert people_on(comes_again(browser)) == []


def test_an_app_that_names_somebody_gets_the_form(with_person: Installation, browser: Browser) -> None:
    """C01 (h). Mutation: the hint is lost behind who was here."""
    browser.sign_in(browser.get("/me"))
    browser.forgets("session")
    asking = browser.caller.get("/me", {}).headers["location"]
    page = browser.get(f"{asking}&login_hint={OTHER_PHONE}")
    assert f'value="{OTHER_PHONE}"' in page.body.decode()


@pytest.mark.parametrize("phone", [PHONE, OTHER_PHONE])
def test_the_list_of_ways_begins_with_the_last_one_on_this_device(
    with_person: Installation, browser: Browser, phone: str
) -> None:
    """C06. Mutation: the order of the last way of anybody, or on any device."""
    new_person(with_person, *identifiers(OTHER_PHONE, OTHER_NUMBER))
    browser.sign_in(browser.get("/me"))
    comes_again(browser)
    page = browser.get(browser.path + "?again=1&other=1")
    browser.post(browser.path, csrf=csrf_of(page), username=phone, way="password")
    page = browser.get(browser.path.replace("/password", "/ways"))
    ways = re.findall(r'name="way" value="([a-z]+)"', page.body.decode())
    common = ["password", "code"] if phone == PHONE else ["code", "password"]
    assert ways == [*common, "totp", "passkey", "recovery", "recover"]


def test_who_must_wait_for_a_code_is_told_when_and_how_else(with_person: Installation, browser: Browser) -> None:
    """Mutation: the page with the one button that does not work now."""
    page = browser.get("/me")
    page = browser.post(browser.path, csrf=csrf_of(page), username=PHONE, way="code")
    browser.post(browser.path, csrf=csrf_of(page), code=code_that_left(with_person))
    answer = goes_on(browser, comes_again(browser))
    assert answer.status == 429
    assert 'value="password"' in answer.body.decode()


def test_who_used_a_passkey_is_led_to_it_again(with_person: Installation, browser: Browser) -> None:
    """Every way of signing in has its words there. Mutation: a way that the page cannot name."""
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    assert account is not None
    device = SoftwareAuthenticator()
    give(with_person, account, device)
    browser.get("/me")
    page = browser.get(f"{browser.path}/passkey")
    path = browser.path
    question = browser.get(f"{path}/options").body.decode()
    browser.here = path
    browser.post(path, credential=device.get(question), discover="1", csrf=csrf_of(page))
    assert browser.here == "/me"
    page = comes_again(browser)
    assert "指纹、面容或锁屏密码" in page.body.decode()
    goes_on(browser, page)
    assert browser.path.endswith("/passkey")


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_computer_that_is_shared_by_now_forgets_who_continues(
    with_person: Installation, browser: Browser, *, is_shared: bool
) -> None:
    """C01 (i). Mutations: the tick is lost on the way; the name stays on the screen of a library."""
    browser.sign_in(browser.get("/me"))
    page = comes_again(browser)
    ticked = {"shared": "1"} if is_shared else {}
    page = browser.post(browser.path, **{"as": people_on(page)[0]}, csrf=csrf_of(page), **ticked)
    browser.post(browser.path, csrf=csrf_of(page), password=PASSWORD)
    assert browser.here == "/me"
    assert len(people_on(comes_again(browser))) == (0 if is_shared else 1)
