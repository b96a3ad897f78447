"""C12, C13: a slip from the window lets its person start anew, and nobody else; whatever opened the account before is dead."""

import json
import re

import pytest

from idp.app import Installation
from idp.errors import Refused
from idp.events import Action
from idp.model.account import Account, Attributes, Identifier, IdentifierKind
from idp.model.policy import Level
from tests.benchmarks.operations import Answer
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import CITIZEN_ID, PASSWORD, PHONE, Moment, freeze, identifiers, new_person
from tests.idp.installed import new_slip as new_slip_for
from tests.idp.pages.in_process import city_of, request_of_app
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.test_correct import code_in, messages
from tests.idp.pages.written_down import data_of

NEW_PHONE = "13912345678"
NEW_PASSWORD = "江边的树 春天会开花"


def person_of(installation: Installation) -> Account:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(identifiers()[1])
    assert account is not None
    return account


def attributes_of(installation: Installation) -> Attributes:
    account = person_of(installation)
    with installation.services.begin() as unit_of_work:
        return unit_of_work.accounts.attributes(account.id)


def new_slip(installation: Installation, level: Level = Level.TWO) -> str:
    return new_slip_for(installation, person_of(installation), level)


def at_the_slip(browser: Browser, typed: str = CITIZEN_ID) -> Answer:
    """The way of somebody with nothing but the paper: the address on it, the number, and what none of these works leads to."""
    page = browser.get("/recover")
    page = browser.post(browser.path, csrf=csrf_of(page), username=typed, way="password")
    page = browser.post(browser.path.replace("/password", "/ways"), csrf=csrf_of(page), way="recover")
    assert browser.here.endswith("/recover")
    found = re.search(r'href="(/s/[^"]+/slip)"', page.body.decode())
    assert found is not None
    return browser.get(found[1])


def show(browser: Browser, code: str, typed: str = CITIZEN_ID) -> Answer:
    page = at_the_slip(browser, typed)
    return browser.post(browser.path, csrf=csrf_of(page), code=code)


def by_password(browser: Browser, password: str = NEW_PASSWORD) -> Answer:
    page = browser.get(f"{browser.path}/password")
    return browser.post(browser.path, csrf=csrf_of(page), password=password)


def by_phone(browser: Browser, installation: Installation, phone: str = NEW_PHONE) -> Answer:
    page = browser.get(browser.path)
    page = browser.post(browser.path, csrf=csrf_of(page), username=phone)
    assert browser.here.endswith("/new-start/code"), page.body.decode()
    return browser.post(browser.path, csrf=csrf_of(page), code=code_in(messages(installation)))


def signs_in(installation: Installation, typed: str, password: str) -> bool:
    browser = Browser(installation)
    browser.sign_in(browser.get("/me"), password, typed)
    return browser.here == "/me"


def test_who_has_no_phone_gets_in_by_a_slip_and_sets_a_password(browser: Browser, with_person: Installation) -> None:
    """Mutations: the old password works on; the old phone still opens it; not told; the level is what it was."""
    slip = new_slip(with_person)
    page = show(browser, slip.replace(" ", ""))
    assert browser.here.endswith("/new-start")
    assert "都作废" in page.body.decode()
    done = by_password(browser)
    assert browser.here == "/me"
    assert "最多算二级" in done.body.decode()
    assert (attributes_of(with_person).phone, attributes_of(with_person).citizen_id) == (None, CITIZEN_ID)
    assert signs_in(with_person, CITIZEN_ID, NEW_PASSWORD)
    assert not signs_in(with_person, CITIZEN_ID, PASSWORD)
    assert data_of(with_person, Action.ACCOUNT_RECOVERED) == [{"basis": "slip", "factors": ["password"], "sessions": 0}]


def test_who_has_a_new_phone_gets_in_by_a_slip_and_its_code(browser: Browser, with_person: Installation) -> None:
    """Mutation: the phone counts before its code was typed."""
    show(browser, new_slip(with_person))
    page = browser.post(browser.path, csrf=csrf_of(browser.get(browser.path)), username=NEW_PHONE)
    assert attributes_of(with_person).phone == f"+86{PHONE}"
    sent = messages(with_person)
    wrong = f"{(int(code_in(sent)) + 1) % 10**6:06}"
    assert "验证码不对" in browser.post(browser.path, csrf=csrf_of(page), code=wrong).body.decode()
    assert attributes_of(with_person).phone == f"+86{PHONE}"
    browser.post(browser.path, csrf=csrf_of(page), code=code_in(sent))
    assert browser.here == "/me"
    after = attributes_of(with_person)
    assert (after.phone, after.phone_is_verified) == (f"+86{NEW_PHONE}", True)
    assert data_of(with_person, Action.SIGNED_IN)[-1]["amr"] == ["sms"]


def test_the_old_phone_is_told_when_it_is_issued_and_when_it_is_used(
    browser: Browser, with_person: Installation
) -> None:
    """Threat G08. Mutations: told after the change, to the new phone alone; a word of a new device beside."""
    slip = new_slip(with_person)
    (issued,) = notices_of(with_person)
    assert "开了一张找回单" in issued.payload["text"]
    assert slip not in issued.payload["text"]
    show(browser, slip)
    by_password(browser)
    (used,) = notices_of(with_person)
    assert used.payload["destination"] == f"+86{PHONE}"
    assert "重新设了登录方式" in used.payload["text"]


def test_every_session_of_before_ends(browser: Browser, with_person: Installation) -> None:
    """Threat G08. Mutation: the thief stays signed in."""
    thief = Browser(with_person)
    thief.sign_in(thief.get("/me"))
    assert thief.here == "/me"
    show(browser, new_slip(with_person))
    by_password(browser)
    thief.get("/me")
    assert thief.here.startswith("/s/")
    page = thief.get("/me").body.decode()
    assert 'name="as"' not in page, "no browser knows the person any more"


def test_who_is_signed_in_here_starts_anew_as_well(browser: Browser, with_person: Installation) -> None:
    """Mutation: the session of this browser is renewed although it has just ended."""
    browser.sign_in(browser.get("/me"))
    show(browser, new_slip(with_person))
    by_password(browser)
    assert browser.here == "/me"


def test_a_slip_works_once(browser: Browser, with_person: Installation) -> None:
    """Threat G07. Mutation: looked up and not used up."""
    slip = new_slip(with_person)
    other = Browser(with_person)
    show(browser, slip)
    show(other, slip)
    by_password(browser)
    assert browser.here == "/me"
    refused = by_password(other, "另一个很长的句子 在这里")
    assert other.here.endswith("/slip?over=1")
    assert "已经用过、换过，或者过期了" in refused.body.decode()
    assert not signs_in(with_person, CITIZEN_ID, "另一个很长的句子 在这里")
    assert "数字不对" in show(Browser(with_person), slip).body.decode()


def test_the_newest_slip_alone_works(browser: Browser, with_person: Installation) -> None:
    """Threat G07. Mutations: two rows; the row keeps its number, so that a page from before uses the new one up."""
    old = new_slip(with_person)
    early = Browser(with_person)
    show(early, old)
    new = new_slip(with_person)
    assert "数字不对" in show(browser, old).body.decode()
    by_password(early)
    assert early.here.endswith("/slip?over=1")
    show(browser, new)
    assert browser.here.endswith("/new-start")


def test_a_slip_lives_a_day(browser: Browser, with_person: Installation, clock: Moment) -> None:
    slip = new_slip(with_person)
    early = Browser(with_person)
    clock.pass_by(86_399)
    show(early, slip)
    assert early.here.endswith("/new-start")
    clock.pass_by(1)
    assert "数字不对" in show(browser, slip).body.decode()
    by_password(early)
    assert early.here.endswith("/slip?over=1")


def test_a_slip_is_its_persons(browser: Browser, with_person: Installation) -> None:
    """Threats G01, G07. Mutations: the person is not in the digest; the slip's person is not compared in the last step."""
    slip = new_slip(with_person)
    new_person(with_person, Identifier(IdentifierKind.PHONE, "+8613700000000"))
    assert "数字不对" in show(browser, slip, "13700000000").body.decode()
    assert "数字不对" in show(Browser(with_person), slip, "13655555555").body.decode()
    show(browser, slip)
    here = browser.path
    page = browser.get(here.replace("/new-start", "?again=1&other=1"))
    browser.post(browser.path, csrf=csrf_of(page), username="13700000000", way="password")
    browser.get(f"/s/{browser.path.split('/')[2]}/new-start/password")
    assert browser.here.endswith("/slip"), "another name, and the slip has to be shown again"


@pytest.mark.parametrize("step", ["new-start", "new-start/code", "new-start/password"])
def test_no_step_opens_without_the_slip(browser: Browser, with_person: Installation, step: str) -> None:
    """Threat G07. Mutation: a page that takes for granted where the person comes from."""
    new_slip(with_person)
    page = at_the_slip(browser)
    token, handle = csrf_of(page), browser.path.split("/")[2]
    browser.get(f"/s/{handle}/{step}")
    assert browser.here.endswith("/slip")
    fields = {"password": NEW_PASSWORD, "username": NEW_PHONE, "code": "000000"}
    browser.post(f"/s/{handle}/{step}", csrf=token, **fields)
    assert browser.here.endswith("/slip")
    assert signs_in(with_person, CITIZEN_ID, PASSWORD)


def test_a_code_to_one_phone_proves_no_other(browser: Browser, with_person: Installation, clock: Moment) -> None:
    """Threat H08. Mutation: bound to the interaction alone."""
    show(browser, new_slip(with_person))
    page = browser.post(browser.path, csrf=csrf_of(browser.get(browser.path)), username=NEW_PHONE)
    own = code_in(messages(with_person))
    clock.pass_by(61)
    start = browser.path.removesuffix("/code")
    page = browser.post(start, csrf=csrf_of(page), username="13711112222")
    other = code_in(messages(with_person))
    if own != other:
        browser.post(browser.path, csrf=csrf_of(page), code=own)
        assert attributes_of(with_person).phone == f"+86{PHONE}"
    browser.post(browser.path, csrf=csrf_of(page), code=other)
    assert attributes_of(with_person).phone == "+8613711112222"


def test_a_taken_phone_is_told_to_who_holds_it(browser: Browser, with_person: Installation) -> None:
    """Mutations: half a recovery is committed; the slip is gone by it."""
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{NEW_PHONE}"))
    show(browser, new_slip(with_person))
    start = browser.path
    assert "已经是另一个账号的" in by_phone(browser, with_person).body.decode()
    assert signs_in(with_person, CITIZEN_ID, PASSWORD)
    browser.get(start)
    by_password(browser)
    assert browser.here == "/me"


@pytest.mark.parametrize(("password", "words"), [("", "请输入"), ("短", "太短"), ("my19900307x", "生日")])
def test_a_bad_password_is_refused_and_the_slip_is_still_good(
    browser: Browser, with_person: Installation, password: str, words: str
) -> None:
    show(browser, new_slip(with_person))
    start = browser.path
    assert words in by_password(browser, password).body.decode()
    browser.get(start)
    by_password(browser)
    assert browser.here == "/me"


def test_guesses_at_slips_are_counted_over_all_browsers(with_person: Installation) -> None:
    """Threats G02, H02. Mutations: per interaction; cleared by the password."""
    slip = new_slip(with_person)
    answers = [show(Browser(with_person), "0000 0000") for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 4 + [429] * 2
    assert show(Browser(with_person), slip).status == 429


def test_a_frozen_account_is_opened_by_no_slip(browser: Browser, with_person: Installation) -> None:
    """Mutations: the status is not looked at; issued all the same."""
    slip = new_slip(with_person)
    show(browser, slip)
    account = person_of(with_person)
    freeze(with_person, account)
    by_password(browser)
    assert browser.here != "/me"
    with pytest.raises(Refused, match="account_frozen"):
        new_slip(with_person)
    assert show(Browser(with_person), slip).status == 403


def test_a_forged_form_is_refused(browser: Browser, with_person: Installation) -> None:
    """Threat F03."""
    show(browser, new_slip(with_person))
    start = browser.path
    for below, fields in (("", {"username": NEW_PHONE}), ("/password", {"password": NEW_PASSWORD})):
        assert "这一页放久了" in browser.post(f"{start}{below}", csrf="forged", **fields).body.decode()
    assert signs_in(with_person, CITIZEN_ID, PASSWORD)


@pytest.mark.parametrize(("typed", "words"), [("", "请输入找回单上的"), ("1234", "8 位数字"), ("x" * 9999, "8 位数字")])
def test_what_is_no_slip_counts_as_no_try(browser: Browser, with_person: Installation, typed: str, words: str) -> None:
    assert words in show(browser, typed).body.decode()
    assert data_of(with_person, Action.SIGN_IN_REFUSED) == []


def test_the_cap_ends_after_a_day(browser: Browser, with_person: Installation, clock: Moment) -> None:
    """Mutation: never lifted, or not held in the account's own level."""
    show(browser, new_slip(with_person, Level.ONE))
    assert "最多算一级" in by_password(browser).body.decode()
    assert "一级" in browser.get("/me").body.decode()
    clock.pass_by(86_400)
    browser.sign_in(browser.get("/me"), NEW_PASSWORD, CITIZEN_ID)
    page = browser.get("/me").body.decode()
    assert "最多算" not in page
    assert 'rung-now" aria-current="step"' in page


def test_a_level_above_the_cap_is_refused_with_its_own_error(
    browser: Browser, with_person: Installation, clock: Moment
) -> None:
    """Threats G08, H06. Mutations: the cap is shown and not held; held at the sign-in and not at the next request."""
    city_of(with_person)
    essential = {"id_token": {"acr": {"essential": True, "value": "urn:yizheng:level:3"}}}
    asked = request_of_app(claims=json.dumps(essential))
    show(browser, new_slip(with_person))
    by_password(browser)
    browser.get(asked)
    assert "error=unmet_authentication_requirements" in browser.here
    browser.get(request_of_app())
    assert "code=" in browser.here
    clock.pass_by(86_400)
    browser.sign_in(browser.get(asked), NEW_PASSWORD, CITIZEN_ID)
    assert "code=" in browser.here


def test_the_recover_page_is_the_same_for_everybody(with_person: Installation) -> None:
    """Threat G01. Mutation: it knows what the person has."""

    def page(typed: str) -> str:
        browser = Browser(with_person)
        at_the_slip(browser, typed)
        found = browser.get(browser.path.replace("/slip", "/recover")).body.decode()
        return re.sub(r"(/|%2F)s(/|%2F)[\w.-]+|value=\"[0-9a-f]{64}\"", "", found)

    assert page(CITIZEN_ID) == page("13655555555")
