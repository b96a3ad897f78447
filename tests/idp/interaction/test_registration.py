"""Registering by a phone: the code decides whose it is, and a phone never gets two accounts."""

from collections import Counter

import pytest

from idp.accounts.tries import Paused, Wrong
from idp.app import Installation
from idp.errors import Refused
from idp.interaction.handles import begin
from idp.interaction.outcomes import Attempt, CodeWish, Outcome, SignedIn
from idp.model.account import AccountStatus, Identifier, IdentifierKind
from idp.model.interaction import Interaction
from idp.model.policy import Proofing
from realnames.identifiers.refusal import IdentifierRefused
from tests.idp.installed import CITIZEN_ID, NOW, PHONE, Moment, code_that_left, freeze, new_person, request
from tests.idp.interaction.verbs import Verbs
from tests.idp.storage.storm import storm

NEW_PHONE = "13912345678"
WISH = CodeWish("住房公积金", "zh-CN", "192.0.2.7")


class Newcomer:
    """Somebody before the page that registers."""

    def __init__(self, installation: Installation, typed: str = NEW_PHONE) -> None:
        self.services = installation.services
        self.login = Verbs(self.services)
        started = begin(request(), "browser", self.services.clock())
        self.interaction = self.login.register(started, typed, self.services.clock(), is_shared_device=False)
        sent = self.login.send_code(self.interaction, WISH, self.services.clock())
        assert isinstance(sent, Interaction), sent
        self.interaction = sent
        self.code = code_that_left(installation)

    def types(self, code: str) -> Outcome:
        channel = self.services.channels["website"]
        return self.login.check_code(Attempt(self.interaction, channel, None, self.services.clock()), code)


def test_a_phone_that_nobody_has_becomes_a_person_of_the_lowest_level(installation: Installation) -> None:
    newcomer = Newcomer(installation)
    outcome = newcomer.types(newcomer.code)
    assert isinstance(outcome, SignedIn)
    with installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(outcome.session.account_id)
        attributes = unit_of_work.accounts.attributes(outcome.session.account_id)
    assert account is not None
    assert (account.proofed(NOW).level, account.status) == (Proofing.P0, AccountStatus.ACTIVE)
    assert (attributes.phone, attributes.phone_is_verified, attributes.name) == (f"+86{NEW_PHONE}", True, None)


def test_a_phone_that_somebody_has_signs_that_person_in(installation: Installation) -> None:
    account = new_person(installation)
    newcomer = Newcomer(installation, PHONE)
    outcome = newcomer.types(newcomer.code)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.account_id == account.id


def test_a_wrong_code_registers_nobody(installation: Installation) -> None:
    """Mutation: the account is written when the phone is named."""
    newcomer = Newcomer(installation)
    assert isinstance(newcomer.types(f"{(int(newcomer.code) + 1) % 10**6:06}"), Wrong)
    with installation.services.begin() as unit_of_work:
        assert unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{NEW_PHONE}")) is None


def test_who_is_frozen_does_not_come_back_by_registering(installation: Installation) -> None:
    freeze(installation, new_person(installation))
    newcomer = Newcomer(installation, PHONE)
    assert not isinstance(newcomer.types(newcomer.code), SignedIn)


@pytest.mark.parametrize("typed", ["", CITIZEN_ID, "张三", "12345", "\0"])
def test_only_a_phone_registers(installation: Installation, typed: str) -> None:
    with pytest.raises(IdentifierRefused):
        Newcomer(installation, typed)


def test_two_browsers_at_once_make_one_account(installation_on_each_store: Installation, clock: Moment) -> None:
    """Mutation: `_holder_or_new` does not expect that somebody was faster."""
    installation = installation_on_each_store
    newcomers = []
    for _ in range(4):
        newcomers.append(Newcomer(installation))
        clock.pass_by(60)

    def register(number: int) -> int | str:
        try:
            outcome = newcomers[number].types(newcomers[number].code)
        except Refused as refused:
            return refused.code
        return outcome.session.account_id if isinstance(outcome, SignedIn) else type(outcome).__name__

    found = Counter(storm(4, register))
    assert len([who for who in found if isinstance(who, int)]) == 1, found
    assert set(map(type, found)) <= {int, str}
    assert not set(found) & {Paused.__name__, "server_error"}
