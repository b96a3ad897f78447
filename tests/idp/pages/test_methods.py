"""C19: a person sees what they sign in with, sets a password, adds an app and takes it away."""

import re

import pytest

from idp.app import Installation
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from tests.benchmarks.operations import Answer
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import PASSWORD, PHONE, Moment, code_that_left
from tests.idp.pages.one_time_codes import code_of, shown_secret
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.idp.pages.written_down import data_of

APP, NEW_PASSWORD, REMOVAL = "/me/methods/totp", "/me/methods/password", "/me/methods/totp/remove"
RECOVERY, PASSKEY = "/me/methods/recovery-codes", "/me/passkeys/new"
NEW = "江边的树 春天会开花"


@pytest.fixture
def person(browser: Browser, with_person: Installation) -> Browser:
    """A browser on which the person has just signed in, by both kinds of proof that they have."""
    browser.sign_in(browser.get(APP))
    browser.prove_by_message(with_person)
    assert browser.here == APP
    return browser


def add_app(browser: Browser, clock: Moment) -> tuple[Answer, str]:
    page = browser.get(APP)
    secret = shown_secret(page)
    return send(browser, page, code_of(secret, clock())), secret


def send(browser: Browser, page: Answer, code: str) -> Answer:
    return browser.post(APP, csrf=csrf_of(page), sealed=sealed_of(page), code=code)


def sealed_of(page: Answer) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', page.body.decode())
    assert found is not None
    return found[1]


def kinds(installation: Installation) -> list[CredentialKind]:
    phone = Identifier(IdentifierKind.PHONE, f"+86{PHONE}")
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(phone)
        assert account is not None
        return list(unit_of_work.credentials.kinds(account.id))


def test_a_person_sees_what_they_sign_in_with(person: Browser) -> None:
    page = person.get("/me/methods").body.decode()
    assert "139****0001" in page
    assert PHONE not in page
    assert 'id="add-app"' in page
    assert 'id="remove-app"' not in page


def test_a_stranger_sees_nothing(browser: Browser) -> None:
    """Mutation: a page that is not behind the entrance."""
    for path in ("/me/methods", APP, NEW_PASSWORD, REMOVAL):
        browser.get(path)
        assert browser.here.startswith("/s/"), path
        if path != "/me/methods":
            assert browser.caller.post(path, {}, b"code=000000").status == 303


@pytest.mark.parametrize("path", [APP, NEW_PASSWORD, REMOVAL])
def test_a_change_wants_a_sign_in_of_the_last_ten_minutes(person: Browser, clock: Moment, path: str) -> None:
    """Threat H05. Mutation: `is_fresh` left out."""
    clock.pass_by(601)
    assert person.get("/me/methods").status == 200
    person.get(path)
    assert person.here.startswith("/s/")
    person.post(path, code="000000", password=NEW)
    assert person.here.startswith("/s/")


def test_an_app_counts_from_the_code_that_proves_it(person: Browser, with_person: Installation, clock: Moment) -> None:
    """Threat H09. Mutation: stored when the page is shown."""
    page = person.get(APP)
    assert kinds(with_person) == [CredentialKind.PASSWORD]
    wrong = send(person, page, "000000" if code_of(shown_secret(page), clock()) != "000000" else "111111")
    assert "数字不对" in wrong.body.decode()
    assert shown_secret(wrong) == shown_secret(page)
    assert kinds(with_person) == [CredentialKind.PASSWORD]
    done = send(person, wrong, code_of(shown_secret(page), clock()))
    assert person.here == "/me/methods?done=app_added"
    assert 'id="remove-app"' in done.body.decode()
    assert set(kinds(with_person)) == {CredentialKind.PASSWORD, CredentialKind.ONE_TIME_CODE}
    assert data_of(with_person, Action.CREDENTIAL_ADDED) == [{"factor": "one_time_code"}]


@pytest.mark.parametrize(
    ("typed", "words"), [("", "请输入应用显示的"), ("12345", "6 位数字"), ("１２３４５６", "6 位数字")]
)
def test_what_is_no_code_is_told_so(person: Browser, typed: str, words: str) -> None:
    assert words in send(person, person.get(APP), typed).body.decode()


def test_the_secret_is_ours_and_shown_on_one_page(person: Browser, clock: Moment) -> None:
    """Threat H09. Mutations: a secret of the client's making is taken; the secret is shown again afterwards."""
    page = person.get(APP)
    theirs = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    answer = person.post(APP, csrf=csrf_of(page), sealed=theirs, secret=theirs, code=code_of(theirs, clock()))
    assert "这一页放久了" in answer.body.decode()
    assert shown_secret(answer) not in {theirs, shown_secret(page)}
    done, secret = add_app(person, clock)
    assert secret not in done.body.decode().replace(" ", "")
    assert shown_secret(person.get(APP)) != secret


def test_a_form_that_did_its_work_shows_its_secret_no_more(person: Browser, clock: Moment) -> None:
    """Threat H09, and a person who presses twice. Mutation: the form stays good while it is young."""
    page = person.get(APP)
    code = code_of(shown_secret(page), clock())
    send(person, page, code)
    for again in (code, "000000"):
        answer = send(person, page, again)
        assert person.here == "/me/methods"
        assert shown_secret(page) not in answer.body.decode().replace(" ", "")


def test_a_forged_form_adds_nothing(person: Browser, with_person: Installation, clock: Moment) -> None:
    """Threats F03, H09. Mutation: the token is not looked at."""
    page = person.get(APP)
    person.post(APP, csrf="forged", sealed=sealed_of(page), code=code_of(shown_secret(page), clock()))
    person.post(REMOVAL, csrf=csrf_of(page))
    person.post(NEW_PASSWORD, csrf=csrf_of(page), password=NEW)
    assert kinds(with_person) == [CredentialKind.PASSWORD]
    assert data_of(with_person, Action.CREDENTIAL_CHANGED) == []


def test_another_app_takes_the_place_of_the_first(person: Browser, with_person: Installation, clock: Moment) -> None:
    add_app(person, clock)
    clock.pass_by(60)
    page = person.get(APP)
    assert "原来那个应用" in page.body.decode()
    send(person, page, code_of(shown_secret(page), clock()))
    assert data_of(with_person, Action.CREDENTIAL_CHANGED) == [{"factor": "one_time_code"}]


def test_an_app_is_taken_away(person: Browser, with_person: Installation, clock: Moment) -> None:
    add_app(person, clock)
    page = person.get(REMOVAL)
    assert kinds(with_person) == [CredentialKind.ONE_TIME_CODE, CredentialKind.PASSWORD]
    done = person.post(REMOVAL, csrf=csrf_of(page))
    assert person.here == "/me/methods?done=app_removed"
    assert 'id="add-app"' in done.body.decode()
    assert kinds(with_person) == [CredentialKind.PASSWORD]
    assert data_of(with_person, Action.CREDENTIAL_REMOVED) == [{"factor": "one_time_code"}]
    person.get(REMOVAL)
    assert person.here == "/me/methods"


def test_a_new_password_is_the_one_that_works(person: Browser, with_person: Installation) -> None:
    """Mutations: the fault is told and the password stored all the same; the old one goes on working."""
    page = person.get(NEW_PASSWORD)
    refused = person.post(NEW_PASSWORD, csrf=csrf_of(page), password=f"{PHONE}!")
    assert "别人猜得到" in refused.body.decode()
    person.post(NEW_PASSWORD, csrf=csrf_of(page), password=NEW)
    assert person.here == "/me/methods?done=password_set"
    assert data_of(with_person, Action.CREDENTIAL_CHANGED) == [{"factor": "password"}]
    elsewhere = Browser(with_person)
    elsewhere.sign_in(elsewhere.get("/me"))
    assert elsewhere.here.startswith("/s/")
    elsewhere.sign_in(elsewhere.get("/me"), NEW)
    assert elsewhere.here == "/me"


@pytest.mark.parametrize("others", ["1", ""])
def test_the_other_devices_go_out_with_the_old_password(
    person: Browser, with_person: Installation, others: str
) -> None:
    """Threat F09. Mutations: nobody is signed out; the person is; the box is not looked at."""
    elsewhere = Browser(with_person)
    elsewhere.sign_in(elsewhere.get("/me"))
    page = person.get(NEW_PASSWORD)
    person.post(NEW_PASSWORD, csrf=csrf_of(page), password=NEW, others=others)
    person.get("/me")
    assert person.here == "/me"
    elsewhere.get("/me")
    assert (elsewhere.here == "/me") is not bool(others)


def test_the_last_way_in_cannot_be_taken_away(with_person: Installation, person: Browser, clock: Moment) -> None:
    """Mutation: removed without a look at what is left."""
    add_app(person, clock)
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
        assert account is not None
        unit_of_work.credentials.remove(account.id, CredentialKind.PASSWORD)
        unit_of_work.accounts.release_identifiers(account.id, clock())
        unit_of_work.commit()
    page = person.get(REMOVAL)
    assert "只剩这一种" in page.body.decode()
    assert 'id="remove-app"' not in page.body.decode()
    token = csrf_of(person.get(APP))
    person.post(REMOVAL, csrf=token)
    with with_person.services.begin() as unit_of_work:
        assert list(unit_of_work.credentials.kinds(account.id)) == [CredentialKind.ONE_TIME_CODE]


def test_the_old_password_is_gone_from_what_is_stored(person: Browser, with_person: Installation) -> None:
    page = person.get(NEW_PASSWORD)
    person.post(NEW_PASSWORD, csrf=csrf_of(page), password=NEW)
    phone = Identifier(IdentifierKind.PHONE, f"+86{PHONE}")
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(phone)
        assert account is not None
        stored = unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
    assert stored is not None
    assert with_person.services.passwords.verify(NEW, stored.secret)[0]
    assert not with_person.services.passwords.verify(PASSWORD, stored.secret)[0]


@pytest.mark.parametrize("path", [APP, NEW_PASSWORD, REMOVAL])
def test_one_proof_of_two_changes_nothing(browser: Browser, with_person: Installation, path: str) -> None:
    """Threat H05: who knows the password alone adds no app of their own. Mutation: `is_strong` left out."""
    browser.sign_in(browser.get("/me/methods"))
    page = browser.get(path)
    assert browser.here.endswith("/ways")
    assert "请再次确认是您" in page.body.decode()
    browser.post(path, csrf=csrf_of(page), password=NEW)
    assert browser.here.endswith("/ways")
    assert kinds(with_person) == [CredentialKind.PASSWORD]
    assert data_of(with_person, Action.CREDENTIAL_CHANGED) == []


def test_who_has_one_kind_alone_is_asked_for_no_other(with_person: Installation, browser: Browser) -> None:
    """Mutation: the second proof asked of everybody, so that nobody without one can ever add one."""
    with with_person.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
        assert account is not None
        unit_of_work.credentials.remove(account.id, CredentialKind.PASSWORD)
        unit_of_work.commit()
    page = browser.get("/me/methods")
    page = browser.post(browser.here, csrf=csrf_of(page), username=PHONE, way="code")
    browser.post(browser.here, csrf=csrf_of(page), code=code_that_left(with_person))
    assert browser.here == "/me/methods"
    browser.get(NEW_PASSWORD)
    assert browser.here == NEW_PASSWORD


def test_every_change_is_told_by_the_persons_other_ways(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """Threats G08, H05. Mutation: one of the three verbs writes it down and tells nobody."""
    notices_of(with_person)
    add_app(person, clock)
    page = person.get(NEW_PASSWORD)
    person.post(NEW_PASSWORD, csrf=csrf_of(page), password=NEW)
    person.post(REMOVAL, csrf=csrf_of(person.get(REMOVAL)))
    told = [item.payload["text"] for item in notices_of(with_person)]
    assert ["绑定了一个动态码" in told[0], "设了新密码" in told[1], "去掉了动态码" in told[2]] == [True] * 3
    assert len(told) == 3


def test_who_reads_english_is_told_in_english_beside_chinese(
    person: Browser, with_person: Installation, clock: Moment
) -> None:
    """G08. Mutation: a verb that does not know on which page it was done."""
    person.get("/display?lang=en&return=/me/methods")
    notices_of(with_person)
    add_app(person, clock)
    person.post(NEW_PASSWORD, csrf=csrf_of(person.get(NEW_PASSWORD)), password=NEW)
    person.post(REMOVAL, csrf=csrf_of(person.get(REMOVAL)))
    person.post(RECOVERY, csrf=csrf_of(person.get(RECOVERY)), action="make")
    device = SoftwareAuthenticator()
    page, question = person.get(PASSKEY), person.get(f"{PASSKEY}/options").body.decode()
    person.post(PASSKEY, csrf=csrf_of(page), credential=device.create(question))
    with with_person.services.begin() as unit_of_work:
        known = unit_of_work.passkeys.find(device.credential_id)
    assert known is not None
    path = f"/me/passkeys/{known.id}"
    person.post(path, csrf=csrf_of(person.get(path)), action="remove")
    told = [item.payload["text"] for item in notices_of(with_person)]
    assert len(told) == 6
    for text in told:
        assert text.startswith("【")
        assert "your account" in text
