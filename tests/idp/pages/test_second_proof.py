"""C05 and C06: the code of an app, as a way in and as the second proof that an app's level asks for."""

from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from idp.app import Installation
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.policy import Level, Proofing
from idp.registration.register import register
from tests.benchmarks.operations import Answer
from tests.idp.installed import PHONE, Moment, identifiers, new_person
from tests.idp.pages.one_time_codes import code_of
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.written_down import data_of
from tests.idp.storage.made import client

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CALLBACK = "https://app.example/callback"
REAL_PERSON_PHONE = "13900000002"


def authorize(**changes: str) -> str:
    asked = {
        "client_id": "land-registry",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **changes,
    }
    return f"/authorize?{urlencode(asked)}"


@pytest.fixture
def at_level_four(with_person: Installation, clock: Moment) -> Installation:
    """An app that asks for 四级, and a person of whom a real person's face is known, with an app for codes."""
    account = new_person(with_person, *identifiers(REAL_PERSON_PHONE, "890102193705120027"), proofing=Proofing.P3)
    app = client("land-registry", client_name="不动产登记", redirect_uris=(CALLBACK,), level=Level.FOUR)
    with with_person.services.begin() as unit_of_work:
        unit_of_work.credentials.put(account.id, CredentialKind.ONE_TIME_CODE, SECRET, clock())
        register(unit_of_work, [replace(app, asks_consent=False, token_endpoint_auth_method="none")], clock())
        unit_of_work.commit()
    return with_person


@pytest.fixture
def browser(at_level_four: Installation) -> Browser:
    return Browser(at_level_four)


def sign_in(browser: Browser, phone: str = REAL_PERSON_PHONE, **changes: str) -> Answer:
    """By password, from the app's request on; where it asks for more, to the code of an app (C09)."""
    page = browser.sign_in(browser.get(authorize(**changes)), phone=phone)
    if not browser.here.endswith("/ways"):
        return page
    assert "办这件事要四级，您现在是三级" in page.body.decode()
    return browser.post(browser.here, csrf=csrf_of(page), way="totp")


def answer_of(browser: Browser) -> dict[str, list[str]]:
    """What the app was told."""
    assert browser.here.startswith(CALLBACK), browser.here
    return parse_qs(urlsplit(browser.here).query)


def type_code(browser: Browser, page: Answer, code: str) -> Answer:
    return browser.post(browser.here, csrf=csrf_of(page), code=code)


def test_who_lacks_the_second_proof_is_asked_for_it_and_comes_to_the_app(
    browser: Browser, at_level_four: Installation, clock: Moment
) -> None:
    """Mutation: refused with `unmet_authentication_requirements` although the person has what is missing."""
    page = sign_in(browser)
    assert browser.here.endswith("/totp")
    assert "办这件事要四级，您现在是三级" in page.body.decode()
    type_code(browser, page, code_of(SECRET, clock()))
    assert "code" in answer_of(browser)
    assert [each["amr"] for each in data_of(at_level_four, Action.SIGNED_IN)] == [["pwd"], ["pwd", "otp"]]
    (granted,) = data_of(at_level_four, Action.AUTHORIZED)
    assert granted["acr"] == "urn:yizheng:level:4"


def test_no_code_leaves_before_the_second_proof(browser: Browser) -> None:
    """Threat H01. Mutation: the door lets a session through that has one proof of two."""
    sign_in(browser)
    handle = browser.here.split("/")[2]
    for path in (f"/authorize/{handle}", authorize(), f"/s/{handle}", f"/s/{handle}/consent"):
        page = browser.get(path)
        assert browser.here.endswith(("/ways", "/consent")), path
        if browser.here.endswith("/consent"):
            browser.post(browser.here, csrf=csrf_of(page), action="allow")
            assert browser.here.endswith("/ways")


def test_who_has_no_second_proof_that_would_do_is_refused_as_before(browser: Browser) -> None:
    """Register-checked people reach 三级 by any number of proofs. Mutation: asked for one that changes nothing."""
    sign_in(browser, phone=PHONE)
    assert answer_of(browser)["error"] == ["unmet_authentication_requirements"]


def test_a_silent_request_is_told_to_come_with_the_person(browser: Browser) -> None:
    sign_in(browser)
    browser.get(authorize(prompt="none"))
    assert answer_of(browser)["error"] == ["login_required"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "请输入应用显示的"), ("12 45", "动态码是 6 位数字"), ("１２３４５６", "动态码是 6 位数字")],
)
def test_what_is_no_code_costs_no_try(browser: Browser, clock: Moment, typed: str, words: str) -> None:
    page = sign_in(browser)
    for _ in range(6):
        page = type_code(browser, page, typed)
        assert words in page.body.decode()
    type_code(browser, page, code_of(SECRET, clock()))
    assert "code" in answer_of(browser)


def test_wrong_codes_count_down_to_a_pause(browser: Browser, clock: Moment) -> None:
    page = sign_in(browser)
    wrong = "000000" if code_of(SECRET, clock()) != "000000" else "111111"
    page = type_code(browser, page, wrong)
    assert "还可以试 4 次" in page.body.decode()
    for _ in range(4):
        page = type_code(browser, page, wrong)
    assert page.status == 429
    assert page.headers["retry-after"] == "60"
    assert "动态码" in page.body.decode()
    assert 'value="more"' in page.body.decode()


def test_a_used_code_is_told_to_wait_for_the_next(browser: Browser, at_level_four: Installation, clock: Moment) -> None:
    """Threat H03. Mutation: told as wrong, so that the person thinks their app is broken."""
    page = sign_in(browser)
    code = code_of(SECRET, clock())
    type_code(browser, page, code)
    other = Browser(at_level_four)
    page = type_code(other, sign_in(other), code)
    assert "这个码已用过，请等下一个" in page.body.decode()
    assert data_of(at_level_four, Action.SIGN_IN_REFUSED) == [{}]
    clock.pass_by(30)
    type_code(other, page, code_of(SECRET, clock()))
    assert "code" in answer_of(other)


def test_a_forged_form_proves_nothing(browser: Browser, clock: Moment) -> None:
    sign_in(browser)
    page = browser.post(browser.here, csrf="forged", code=code_of(SECRET, clock()))
    assert "这一页放久了" in page.body.decode()


def test_a_code_of_the_app_is_a_way_in_by_itself(browser: Browser, clock: Moment) -> None:
    """C06 leads there after the name. Mutation: the way is listed and leads nowhere."""
    page = browser.get("/me")
    page = browser.post(browser.here, csrf=csrf_of(page), username=REAL_PERSON_PHONE, way="password")
    page = browser.post(browser.here.replace("/password", "/ways"), csrf=csrf_of(page), way="more")
    assert browser.here.endswith("/ways")
    page = browser.post(browser.here, csrf=csrf_of(page), way="totp")
    assert browser.here.endswith("/totp")
    type_code(browser, page, code_of(SECRET, clock()))
    assert browser.here == "/me"


def ways(page: Answer) -> str:
    body = page.body.decode()
    return body[body.index('<ul class="ways">') : body.index("</ul>", body.index('<ul class="ways">'))]


def test_before_a_proof_everybody_sees_the_same_ways(browser: Browser) -> None:
    """Threat G01. Mutation: the list shows who has an app, or a password, or an account."""
    lists = []
    for phone in (REAL_PERSON_PHONE, PHONE, "13912345678"):
        page = browser.get(authorize(prompt="login"))
        page = browser.post(browser.here.partition("?")[0], csrf=csrf_of(page), username=phone, way="password")
        lists.append(ways(browser.get(browser.here.replace("/password", "/ways"))))
    assert lists[0] == lists[1] == lists[2]
    assert [f'value="{way}"' in lists[0] for way in ("code", "password", "totp")] == [True] * 3


def test_after_a_proof_the_ways_are_the_persons_own(browser: Browser) -> None:
    """Mutations: a way of the same kind offered; what does not help left out without a word."""
    sign_in(browser)
    page = browser.get(browser.here.replace("/totp", "/ways"))
    listed, folded = ways(page), page.body.decode().partition("<details>")[2]
    assert [f'value="{way}"' in listed for way in ("code", "password", "totp")] == [True, False, True]
    assert "刚才用的就是它" in folded
    assert "/help#hall" in listed


def test_a_way_that_is_closed_stays_closed(browser: Browser) -> None:
    """Mutation: the list is greyed, and the page behind it open."""
    sign_in(browser)
    here = browser.here.removesuffix("/totp")
    browser.get(f"{here}/password")
    assert browser.here == f"{here}/ways"


def test_a_message_does_as_well(browser: Browser, at_level_four: Installation) -> None:
    page = sign_in(browser)
    browser.post(browser.here.replace("/totp", "/ways"), csrf=csrf_of(page), way="more")
    browser.prove_by_message(at_level_four)
    assert "code" in answer_of(browser)


def test_a_session_that_ended_meanwhile_is_not_begun_again(
    browser: Browser, at_level_four: Installation, clock: Moment
) -> None:
    """Threat H01. Mutation: one proof of two opens a session that is worth both."""
    page = sign_in(browser)
    phone = Identifier(IdentifierKind.PHONE, f"+86{REAL_PERSON_PHONE}")
    with at_level_four.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(phone)
        assert account is not None
        for session in unit_of_work.sessions.unended(account.id):
            unit_of_work.sessions.end(session.id, clock())
        unit_of_work.commit()
    page = type_code(browser, page, code_of(SECRET, clock()))
    assert not browser.here.startswith(CALLBACK)
    assert 'name="as"' in page.body.decode(), "the first page: they were here before"
