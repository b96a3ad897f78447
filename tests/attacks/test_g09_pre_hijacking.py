"""G09: an account that somebody set up with another person's phone is of no use once its holder has come."""

import pytest

from idp.events import Action
from idp.model.account import Identifier, IdentifierKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from tests.attacks.answers import error_of, gives_session
from tests.attacks.messages import a_minute_later, codes_to, texts_to
from tests.attacks.rig import Browser, Target, authorization_url, told
from tests.attacks.strangers import unknown_phone
from tests.plugins.running_idp import Person

PASSWORD = "set by whoever came first"


def prepared(target: Target) -> Person:
    """An account that was there before its holder: a phone that nobody proved, and a password that somebody knows."""
    phone, services = unknown_phone(), target.idp.installation.services
    account = NewAccount(
        name=None,
        identifiers=(Identifier(IdentifierKind.PHONE, f"+86{phone}"),),
        proofing=Proofing.P0,
        proofed_at=None,
        is_sandbox=False,
        created_at=services.clock(),
    )
    hashed = services.passwords.hash(PASSWORD)  # before the transaction, which must not grow old
    with services.begin() as unit_of_work:
        created = unit_of_work.accounts.create(account)
        unit_of_work.credentials.put(created.id, CredentialKind.PASSWORD, hashed, services.clock())
        unit_of_work.commit()
    target.log.keep_out(phone, PASSWORD)
    return Person(phone, "", PASSWORD, "", created.id)


def proves(target: Target, person: Person, *, register: bool) -> Browser:
    """The holder of the phone, by its code."""
    browser = target.browser()
    a_minute_later(target.idp, person.phone)
    seen = len(codes_to(target.idp, person.phone, 0))
    browser.open(authorization_url(prompt="create" if register else "login"))
    if register:
        browser.follow(browser.submit(username=person.phone))
    else:
        browser.name(person.phone, "code")
    code = codes_to(target.idp, person.phone, seen + 1)[0]
    assert gives_session(browser.submit(code=code, may_sign_in=True))
    return browser


@pytest.mark.parametrize("register", [False, True], ids=["signs-in", "registers"])
def test_what_was_open_before_the_holder_came_is_closed(target: Target, register: bool) -> None:
    """Session, access token, refresh token, a code under way, the password. Red when `claim` forgets one of them."""
    person, hijacker = prepared(target), target.browser()
    hijacker.follow(hijacker.sign_in(person))
    tokens, under_way = hijacker.tokens(), hijacker.code()
    assert "/freeze/" in texts_to(target.idp, person.phone, 1)[0]
    target.expects(Action.ACCOUNT_CLAIMED)
    target.expects(Action.SIGNED_OUT)
    proves(target, person, register=register)

    silent = hijacker.open(authorization_url(prompt="none"))
    assert told(silent.headers["location"])["error"] == "login_required"
    assert error_of(hijacker.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert error_of(hijacker.redeem(under_way)) == "invalid_grant"
    assert hijacker.userinfo(tokens["access_token"]).status_code == 401
    target.expects(Action.SIGN_IN_REFUSED, "wrong_password")
    assert not gives_session(target.browser().sign_in(person))


def test_the_holders_next_proof_closes_nothing_of_theirs(target: Target) -> None:
    """Red when every code ends every session, which anybody who borrows the phone could use."""
    person = prepared(target)
    target.expects(Action.ACCOUNT_CLAIMED)
    first = proves(target, person, register=False)
    proves(target, person, register=False)
    assert "code" in told(first.open(authorization_url(prompt="none")).headers["location"])


@pytest.mark.parametrize("code", ["", "000000", "999999"])
def test_registering_a_phone_without_proving_it_leaves_nothing(target: Target, code: str) -> None:
    """Its holder finds a phone that nobody has. Red when the account is made before the code was typed."""
    phone, attacker = unknown_phone(), target.browser()
    attacker.open(authorization_url(prompt="create"))
    attacker.follow(attacker.submit(username=phone))
    if code:
        target.expects(Action.SIGN_IN_REFUSED, "wrong_code")
    attacker.submit(code=code)
    with target.idp.installation.services.begin() as unit_of_work:
        assert unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{phone}")) is None
    target.expects(Action.ACCOUNT_REGISTERED)
    codes_to(target.idp, phone, 1)  # the one that the attacker had sent
    proves(target, Person(phone, "", "", "", 0), register=True)
    still_open = attacker.open(authorization_url(prompt="none"))
    assert told(still_open.headers["location"])["error"] == "login_required"
