"""C19: recovery codes are made behind a strong sign-in, shown once, counted, and made anew; C06: they sign in."""

import re

import pytest

from idp.accounts.overview import overview
from idp.app import Installation
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from tests.benchmarks.operations import Answer
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import PHONE, Moment
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.written_down import data_of

PATH = "/me/methods/recovery-codes"
_CODE = re.compile(r"\d{4} \d{4} \d{4} \d{4}")


def shown(page: Answer) -> list[str]:
    return _CODE.findall(page.body.decode())


def make(browser: Browser) -> list[str]:
    return shown(browser.post(PATH, csrf=csrf_of(browser.get(PATH))))


def left(installation: Installation) -> int | None:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
        assert account is not None
        batch = unit_of_work.recovery_codes.batch(account.id)
    return None if batch is None else batch.left


def sign_in(browser: Browser, code: str) -> Answer:
    """After the name, by way of the list of all ways."""
    page = browser.get("/me")
    page = browser.post(browser.path, csrf=csrf_of(page), username=PHONE, way="password")
    page = browser.post(browser.path.replace("/password", "/ways"), csrf=csrf_of(page), way="more")
    page = browser.post(browser.path, csrf=csrf_of(page), way="recovery")
    assert browser.path.endswith("/recovery")
    return browser.post(browser.path, csrf=csrf_of(page), code=code)


@pytest.fixture
def person(browser: Browser, with_person: Installation) -> Browser:
    """A browser on which the person has just signed in, by both kinds of proof that they have."""
    browser.sign_in(browser.get(PATH))
    browser.prove_by_message(with_person)
    assert browser.here == PATH
    notices_of(with_person)
    return browser


def test_codes_are_made_and_counted(person: Browser, with_person: Installation) -> None:
    """Threat H05. Mutations: made when the page is opened; nobody told; the codes in the log."""
    assert shown(person.get(PATH)) == []
    assert left(with_person) is None
    codes = make(person)
    assert person.here == PATH
    assert len(set(codes)) == 10
    assert left(with_person) == 10
    assert data_of(with_person, Action.CREDENTIAL_ADDED) == [{"factor": "recovery_code"}]
    (told,) = notices_of(with_person)
    assert "生成了新的备用码" in told.payload["text"]
    assert not _CODE.search(told.payload["text"])
    methods = person.get("/me/methods").body.decode()
    assert "还剩 10 个" in methods
    assert "备用码" in person.get("/me").body.decode()


def test_codes_are_seen_until_they_are_on_paper(person: Browser, with_person: Installation) -> None:
    """Larger letters may be chosen before printing. Mutations: gone with the first look; there for ever."""
    codes = make(person)
    page = person.get(PATH)
    assert shown(page) == codes
    done = person.post(PATH, csrf=csrf_of(page), action="kept")
    assert person.here == "/me/methods?done=codes_kept"
    assert "备用码生效了" in done.body.decode()
    assert shown(person.get(PATH)) == []
    assert left(with_person) == 10


def test_codes_are_seen_in_the_session_that_made_them_alone(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """Threat H04. Mutations: sealed for nobody in particular; shown after the ten minutes in which one may make others."""
    codes = make(person)
    name = with_person.services.cookies.name("recovery_codes")
    clock.pass_by(61)
    other = Browser(with_person)
    other.sign_in(other.get(PATH))
    other.prove_by_message(with_person)
    other._cookies[name] = person._cookies[name]
    assert codes[0] not in person._cookies[name]
    assert shown(other.get(PATH)) == []
    assert shown(person.get(PATH)) == codes
    clock.pass_by(601)
    person.sign_in(person.get(PATH))
    person.prove_by_message(with_person)
    assert person.here == PATH
    assert shown(person.get(PATH)) == []


def test_a_form_makes_one_batch(person: Browser, with_person: Installation) -> None:
    """Pressed twice, or sent again by a reload. Mutation: the second batch kills the one that was just printed."""
    token = csrf_of(person.get(PATH))
    codes = shown(person.post(PATH, csrf=token))
    assert shown(person.post(PATH, csrf=token)) == codes
    assert data_of(with_person, Action.CREDENTIAL_CHANGED) == []


def test_new_codes_take_the_place_of_the_old(person: Browser, with_person: Installation, clock: Moment) -> None:
    """Threat H04. Mutation: the codes of the batch before work on."""
    old = make(person)
    page = person.get(PATH)
    person.post(PATH, csrf=csrf_of(page), action="kept")
    clock.pass_by(1)
    page = person.get(PATH)
    assert "原来那张纸上的就都不能用了" in page.body.decode()
    new = shown(person.post(PATH, csrf=csrf_of(page)))
    assert not set(old) & set(new)
    assert data_of(with_person, Action.CREDENTIAL_CHANGED) == [{"factor": "recovery_code"}]
    assert "没有这个备用码" in sign_in(Browser(with_person), old[0]).body.decode()


def test_a_forged_form_makes_none(person: Browser, with_person: Installation) -> None:
    """Threat F03. Mutation: the token is not looked at."""
    assert "这一页放久了" in person.post(PATH, csrf="forged").body.decode()
    assert left(with_person) is None


def test_a_stranger_and_one_proof_of_two_make_none(browser: Browser, with_person: Installation) -> None:
    """Threat H05. Mutations: not behind the entrance; `is_strong` left out."""
    browser.get(PATH)
    assert browser.here.startswith("/s/")
    assert browser.caller.post(PATH, {}, b"").status == 303
    browser.sign_in(browser.get("/me/methods"))
    page = browser.get(PATH)
    assert browser.here.endswith("/ways")
    browser.post(PATH, csrf=csrf_of(page))
    assert browser.here.endswith("/ways")
    assert left(with_person) is None


def test_a_change_wants_a_sign_in_of_the_last_ten_minutes(person: Browser, clock: Moment) -> None:
    """Threat H05. Mutation: `is_fresh` left out."""
    clock.pass_by(601)
    person.get(PATH)
    assert person.here.startswith("/s/")
    person.post(PATH)
    assert person.here.startswith("/s/")


def test_a_code_signs_in_once_and_the_account_says_how_many_are_left(
    person: Browser, with_person: Installation
) -> None:
    """Mutations: not counted; told to who signed in otherwise; told as wrong, so that people doubt the sheet."""
    codes = make(person)
    assert "还剩" not in person.get("/me").body.decode()
    elsewhere = Browser(with_person)
    page = sign_in(elsewhere, codes[0].replace(" ", "-"))
    assert elsewhere.here == "/me"
    assert "还剩 9 个" in page.body.decode()
    assert data_of(with_person, Action.SIGNED_IN)[-1]["amr"] == ["recovery"]
    again = sign_in(Browser(with_person), codes[0])
    assert "已用过" in again.body.decode()
    assert "用备用码" in person.get("/me/activity").body.decode()


def test_the_copy_and_the_operator_are_told_that_there_are_some(person: Browser, with_person: Installation) -> None:
    """Mutation: a table that the export or `idp person show` forgets."""
    codes, services = make(person), with_person.services
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
        assert account is not None
        dossier = unit_of_work.dossiers.of(account.id, 10)
        shown_to_operator = overview(unit_of_work, account, services.settings.policy.levels, services.clock())
    assert dossier is not None
    assert [held.kind for held in dossier.methods] == [CredentialKind.PASSWORD, CredentialKind.RECOVERY_CODE]
    assert shown_to_operator["methods"] == ["password", "recovery_code", "message_code"]
    assert codes[0] not in repr(dossier)


def test_the_last_one_is_told_as_the_last(person: Browser, with_person: Installation, clock: Moment) -> None:
    codes = make(person)
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
        assert account is not None
        for code in codes[1:]:
            digests = with_person.services.recovery_codes.digests(account.id, code)
            assert unit_of_work.recovery_codes.use(account.id, digests, clock())
        unit_of_work.commit()
    assert "最后一个备用码" in sign_in(Browser(with_person), codes[0]).body.decode()


@pytest.mark.parametrize(("typed", "words"), [("", "请输入纸上的"), ("1234 5678", "16 位数字"), ("x" * 9999, "16 位")])
def test_what_is_no_code_is_told_so_and_counts_as_no_try(
    browser: Browser, with_person: Installation, typed: str, words: str
) -> None:
    assert words in sign_in(browser, typed).body.decode()
    assert data_of(with_person, Action.SIGN_IN_REFUSED) == []


def test_who_used_a_code_here_is_not_led_to_use_up_another(person: Browser, with_person: Installation) -> None:
    """C01 (b). Mutation: the last way is the first offered, whatever it was."""
    codes = make(person)
    browser = Browser(with_person)
    sign_in(browser, codes[0])
    browser.forgets(with_person.services.cookies.name("session"))
    page = browser.get("/me")
    assert 'name="as"' in page.body.decode()
    assert "下一步，输密码" in page.body.decode()
    uid = re.search(r'name="as" value="([^"]+)"', page.body.decode())
    assert uid is not None
    browser.post(browser.path, csrf=csrf_of(page), **{"as": uid[1]})
    assert browser.path.endswith("/password")
