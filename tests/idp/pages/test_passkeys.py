"""C04, C11 and C19 without a browser: who may come there, what is offered when, and what a form may not do."""

import json
import re

import pytest

from idp.accounts.passkeys import user_handle
from idp.app import Installation
from idp.errors import Unavailable
from idp.model.account import Account, Identifier, IdentifierKind
from idp.pages.sign_in.visit import Visits
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.installed import PHONE, Moment
from tests.idp.interaction.test_passkey import give
from tests.idp.pages.page_browser import Browser, csrf_of

NEW = "/me/passkeys/new"


def owner(installation: Installation) -> Account:
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    assert account is not None
    return account


def test_a_passkey_is_made_behind_both_proofs(with_person: Installation, browser: Browser) -> None:
    """H05. Mutation: who knows the password alone makes themselves a way in that needs no password."""
    browser.sign_in(browser.get(NEW))
    page = browser.prove_by_message(with_person)
    assert browser.here == NEW
    device = SoftwareAuthenticator()
    answer = device.create(browser.get(f"{NEW}/options").body.decode())
    browser.here = NEW
    done = browser.post(NEW, credential=answer, csrf=csrf_of(page))
    assert browser.here == "/me/methods?done=passkey_added"
    signal = re.search(r'data-passkey-signal="([^"]+)"', done.body.decode())
    assert signal is not None
    told = json.loads(signal[1].replace("&#34;", '"'))
    assert (told["rpId"], len(told["accepted"])) == ("localhost", 1)


def test_an_old_sign_in_makes_none(with_person: Installation, browser: Browser, clock: Moment) -> None:
    browser.sign_in(browser.get("/me"))
    clock.pass_by(601)
    browser.get(NEW)
    assert browser.here.startswith("/s/")


def test_a_form_without_its_token_makes_and_changes_nothing(with_person: Installation, browser: Browser) -> None:
    """F03. Mutation: the token of one page opens the other."""
    browser.sign_in(browser.get(NEW))
    browser.prove_by_message(with_person)
    answer = SoftwareAuthenticator().create(browser.get(f"{NEW}/options").body.decode())
    account = owner(with_person)
    give(with_person, account, SoftwareAuthenticator())
    with with_person.services.begin() as unit_of_work:
        (passkey,) = unit_of_work.passkeys.of_account(account.id)
    browser.post(NEW, credential=answer, csrf="forged")
    for action in ("remove", "rename"):
        browser.post(f"/me/passkeys/{passkey.id}", action=action, name="mine", csrf="forged")
    with with_person.services.begin() as unit_of_work:
        assert unit_of_work.passkeys.of_account(account.id) == [passkey]


def test_the_offer_is_made_until_it_is_answered(with_person: Installation, browser: Browser, clock: Moment) -> None:
    """C11: never a wall. Mutations: offered to who has one; the answer is forgotten; a forged answer counts."""
    page = browser.sign_in(browser.get("/me"))
    assert 'href="/me/passkeys/new"' in page.body.decode()
    token = re.search(r'action="/me/passkeys/later".*?name="csrf" value="(\w+)"', page.body.decode(), re.DOTALL)
    assert token is not None
    assert NEW in browser.post("/me/passkeys/later", choice="never", csrf="forged").body.decode()
    assert NEW in browser.post("/me/passkeys/later", choice="sometime", csrf=token[1]).body.decode()
    assert NEW not in browser.post("/me/passkeys/later", choice="later", csrf=token[1]).body.decode()
    browser.forgets("passkey_offer")
    assert NEW in browser.get("/me").body.decode()
    give(with_person, owner(with_person), SoftwareAuthenticator())
    assert NEW not in browser.get("/me").body.decode()


def test_the_door_takes_an_answer_and_leads_on(with_person: Installation, browser: Browser) -> None:
    """From an app's request to the account. Mutation: the form is taken from any page."""
    account, device = owner(with_person), SoftwareAuthenticator()
    give(with_person, account, device)
    browser.get("/me")
    page = browser.get(f"{browser.path}/passkey")
    path = browser.path
    question = browser.get(f"{path}/options").body.decode()
    browser.here = path
    forged = browser.post(path, credential=device.get(question), discover="1", csrf="forged")
    assert "passkey-form" in forged.body.decode()
    browser.post(path, credential=device.get(question), discover="1", csrf=csrf_of(page))
    assert browser.here == "/me"
    assert device.user_handle == user_handle(with_person.services.cipher, account.uid)


def test_a_second_proof_of_a_session_that_is_over_tells_nobody_anything(
    with_person: Installation, browser: Browser
) -> None:
    """I09. Mutations: the former person's credentials are named to who sits there now; a stranger's passkey is refused."""
    account, device = owner(with_person), SoftwareAuthenticator()
    give(with_person, account, device)
    browser.sign_in(browser.get(NEW))
    assert browser.here.endswith("/passkey")
    path = browser.path
    assert json.loads(browser.get(f"{path}/options").body)["allowCredentials"]
    browser.forgets("session")
    question = browser.get(f"{path}/options").body.decode()
    assert not json.loads(question)["allowCredentials"]
    page = browser.get(path)
    browser.post(path, credential=device.get(question), discover="1", csrf=csrf_of(page))
    assert browser.here == NEW


def test_a_dead_database_is_no_sign_in_that_is_over(
    with_person: Installation, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For no sign-in the question is empty; for a fault it is a fault. Mutation: `Refused` is caught, of which both are."""
    browser.get("/me")
    path = browser.path
    assert browser.get("/s/none/passkey/options").body == b"{}"

    def dead(*_: object) -> None:
        raise Unavailable("The database does not answer.", retry_after=1)

    monkeypatch.setattr(Visits, "find", dead)
    assert browser.get(f"{path}/passkey/options").status == 503
