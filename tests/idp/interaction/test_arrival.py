"""A sign-in on a browser that the account was never on is told; the first proof of a phone ends what was before it."""

from dataclasses import replace

import pytest

from idp.app import Installation
from idp.events import Action
from idp.http.network_list import NetworkList
from idp.interaction.arrival import Browser
from idp.interaction.outcomes import Outcome, SignedIn
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from idp.model.session import Session
from idp.sessions.known_devices import KnownDevices
from idp.sessions.resume import resume
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import PASSWORD, PHONE, Moment, code_that_left, freeze, new_person
from tests.idp.interaction.test_login import Visitor
from tests.idp.interaction.test_registration import Newcomer

ON = Browser(device="chrome windows", language="zh-CN")


def by_password(
    installation: Installation, browser: Browser = ON, *, is_shared_device: bool = False, session: Session | None = None
) -> SignedIn:
    visitor = Visitor(installation, is_shared_device=is_shared_device)
    attempt = replace(visitor._attempt(), browser=browser, session=session)
    outcome = visitor.login.check_password(attempt, PASSWORD)
    assert isinstance(outcome, SignedIn)
    return outcome


def by_code(installation: Installation, session: Session | None = None) -> Outcome:
    visitor = Visitor(installation)
    visitor.asks_for_code()
    attempt = replace(visitor._attempt(), browser=ON, session=session)
    return visitor.login.check_code(attempt, code_that_left(installation))


def test_a_new_device_is_told_once(installation: Installation) -> None:
    """Mutations: every sign-in told; none."""
    new_person(installation)
    first = by_password(installation)
    (item,) = notices_of(installation)
    assert "没用过的设备" in item.payload["text"]
    again = by_password(installation, replace(ON, unverified_cookie=first.device_cookie))
    assert again.device_cookie is not None
    assert notices_of(installation) == []
    by_password(installation, replace(ON, unverified_cookie="forged"))
    assert len(notices_of(installation)) == 1


def test_a_shared_computer_is_never_known(installation: Installation) -> None:
    """Mutation: the next visitor's sign-in goes without a notice."""
    new_person(installation)
    assert by_password(installation, is_shared_device=True).device_cookie is None


def test_who_has_just_registered_is_told_nothing(installation: Installation) -> None:
    newcomer = Newcomer(installation)
    outcome = newcomer.types(newcomer.code)
    assert isinstance(outcome, SignedIn)
    assert outcome.device_cookie is not None
    assert notices_of(installation) == []


def opens(installation: Installation, signed_in: SignedIn, clock: Moment) -> bool:
    with installation.services.begin() as unit_of_work:
        return resume(unit_of_work, signed_in.cookie, installation.services.channels, clock()) is not None


def is_known(installation: Installation, signed_in: SignedIn, account: Account) -> bool:
    devices, now = KnownDevices(installation.services), installation.services.clock()
    with installation.services.begin() as unit_of_work:
        return devices.find(unit_of_work, signed_in.device_cookie, account.id, now) is not None


def has_password(installation: Installation, account: Account) -> bool:
    with installation.services.begin() as unit_of_work:
        return unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD) is not None


def test_the_first_proof_of_a_phone_ends_what_a_stranger_left_open(
    installation_on_each_store: Installation, clock: Moment
) -> None:
    """Threat G09. Mutations: the old session or the old password lives on, or the browser is still known; the holder is not told that it does not."""
    installation = installation_on_each_store
    account = new_person(installation, proofing=Proofing.P1)
    with installation.services.begin() as unit_of_work:
        unit_of_work.recovery_codes.replace(account.id, [b"digest"], clock())
        unit_of_work.commit()
    hijacker = by_password(installation)
    assert is_known(installation, hijacker, account)
    notices_of(installation)
    holder = by_code(installation)
    assert not is_known(installation, hijacker, account)
    assert isinstance(holder, SignedIn)
    assert opens(installation, holder, clock)
    assert not opens(installation, hijacker, clock)
    assert not has_password(installation, account)
    with installation.services.begin() as unit_of_work:
        assert unit_of_work.recovery_codes.batch(account.id) is None
        waiting = unit_of_work.outbox.waiting()
    assert waiting == 3  # the hijacker's notice, the code, and this one


def test_the_second_proof_ends_nothing(installation: Installation, clock: Moment) -> None:
    """Mutation: whoever gets a code throws the person out everywhere."""
    account = new_person(installation)
    with installation.services.begin() as unit_of_work:
        phone = Identifier(IdentifierKind.PHONE, f"+86{PHONE}")
        assert unit_of_work.accounts.verify(account.id, phone, clock())
        assert not unit_of_work.accounts.verify(account.id, phone, clock())
        unit_of_work.commit()
    before = by_password(installation)
    assert isinstance(by_code(installation), SignedIn)
    assert opens(installation, before, clock)
    assert has_password(installation, account)


def test_nobody_waits_in_an_account_that_was_checked(installation: Installation) -> None:
    """Of a person from the register (P2) the password is their own. Mutation: an import costs everybody theirs."""
    account = new_person(installation, proofing=Proofing.P2)
    assert isinstance(by_code(installation), SignedIn)
    assert has_password(installation, account)


def test_who_is_signed_in_already_keeps_their_own_factors(installation: Installation, clock: Moment) -> None:
    """A step-up on the person's own browser. Mutation: the first code costs everybody their password."""
    account = new_person(installation, proofing=Proofing.P1)
    elsewhere, here = by_password(installation), by_password(installation)
    assert isinstance(by_code(installation, here.session), SignedIn)
    assert has_password(installation, account)
    assert not opens(installation, elsewhere, clock)


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_nobody_claims_a_sandbox_person_or_a_frozen_one(installation: Installation, *, is_sandbox: bool) -> None:
    """Everybody knows a sandbox person's code; a frozen account waits for the hall. Mutation: both are claimed."""
    account = new_person(installation, is_sandbox=is_sandbox, proofing=Proofing.P1)
    if not is_sandbox:
        freeze(installation, account)
    by_code(installation)
    assert has_password(installation, account)


def test_what_is_unusual_is_written_down_in_codes(installation: Installation) -> None:
    """In shadow. Mutations: the address written down; the browser that is known still new; somebody refused by it."""
    services = replace(installation.services, listed_networks=NetworkList(["192.0.2.0/24"]))
    installation = replace(installation, services=services)
    account = new_person(installation)
    first = by_password(installation, replace(ON, address="192.0.2.7"))
    by_password(installation, replace(ON, unverified_cookie=first.device_cookie, address="198.51.100.7"))
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.events.of_person(account.id, before=None, limit=9, actions=[Action.SIGNED_IN])
    again, new = (line.data for line in found)
    assert (new["risk"], new["risk_score"]) == (["new_device", "password_alone", "listed_network"], 50)
    assert (again["risk"], again["risk_score"]) == (["new_network", "password_alone"], 10)
    assert "192.0.2" not in str(new)
