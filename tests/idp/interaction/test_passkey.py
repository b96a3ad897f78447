"""Signing in with a passkey: its owner alone, once for each question, also while guesses pause (threats I01 to I06, G03)."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from idp.accounts.held import held_by
from idp.accounts.passkeys import is_handle_of, user_handle
from idp.accounts.tries import Expired, Paused
from idp.app import Installation
from idp.events import Action
from idp.interaction.handles import begin
from idp.interaction.outcomes import Attempt, NotAllowed, Outcome, SignedIn, UnknownPasskey, Unproven
from idp.interaction.passkey import PasskeyAnswer, PasskeyProof
from idp.interaction.second_proof import Climb, ask_second, methods_left, page_of
from idp.keys.rekey import Doors, rekey, switch
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.interaction import Interaction
from idp.model.master_key import Rekeyed
from idp.model.passkey import NewPasskey
from idp.model.policy import Authentication, Level, Method
from idp.model.session import Session
from idp.storage.encryption import FieldCipher
from tests.biometrics.software_authenticator import BE, UP, UV, SoftwareAuthenticator
from tests.idp.installed import (
    MASTER_KEY,
    PASSWORD,
    PHONE,
    Moment,
    freeze,
    identifiers,
    installed,
    new_person,
    request,
)
from tests.idp.interaction.verbs import Verbs
from tests.idp.pages.written_down import data_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

NEW_KEY = f"2:{'Ag' * 21}I="


@dataclass
class Holder:
    """A person with a passkey, before a sign-in page."""

    city: Installation
    account: Account
    device: SoftwareAuthenticator
    interaction: Interaction
    session: Session | None = None

    def asked(self) -> str:
        """A second later than the question before: of two in one second only one is sure to be answered."""
        clock = self.city.services.clock
        assert isinstance(clock, Moment)
        clock.pass_by(1)
        return PasskeyProof(self.city.services).options(self.interaction, self.city.services.clock())

    def answers(self, question: str, **changes: Any) -> Outcome:
        return self.sends(self.device.get(question), **changes)

    def sends(self, answer: str, **changes: Any) -> Outcome:
        how = {"is_discovered": True, **changes}
        return PasskeyProof(self.city.services).check(self.attempt, PasskeyAnswer(unverified=answer, **how))

    @property
    def attempt(self) -> Attempt:
        services = self.city.services
        return Attempt(self.interaction, services.channels["website"], self.session, services.clock())


def give(city: Installation, account: Account, device: SoftwareAuthenticator, *, is_synced: bool = False) -> None:
    """As if the person had made it."""
    device.user_handle = user_handle(city.services.cipher, account.uid)
    new = NewPasskey(
        credential_id=device.credential_id,
        public_key=device.public_key,
        sign_count=device.sign_count,
        aaguid="00000000-0000-0000-0000-000000000000",
        transports=("internal",),
        is_synced=is_synced,
    )
    with city.services.begin() as unit_of_work:
        assert unit_of_work.passkeys.add(account.id, new, "•", city.services.clock())
        unit_of_work.commit()


@pytest.fixture
def holder(installation_on_each_store: Installation) -> Holder:
    city = installation_on_each_store
    account, device = new_person(city), SoftwareAuthenticator()
    give(city, account, device)
    return Holder(city, account, device, begin(request(), "browser", city.services.clock()))


def test_one_answer_opens_a_session_that_is_worth_the_most(holder: Holder) -> None:
    """No number, no second proof. Mutations: worth one factor; the shared computer is forgotten."""
    outcome = holder.answers(holder.asked(), is_shared_device=True)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.account_id == holder.account.id
    assert outcome.session.methods == (Method.BOUND_PASSKEY,)
    assert outcome.session.authentication is Authentication.A3
    assert outcome.session.is_shared_device
    assert outcome.device_cookie is None
    assert data_of(holder.city, Action.SIGNED_IN)[-1]["amr"] == ["hwk"]


def test_a_passkey_that_is_shared_says_so(holder: Holder) -> None:
    shared = SoftwareAuthenticator(flags=UP | UV | BE)
    give(holder.city, holder.account, shared, is_synced=True)
    holder.device = shared
    outcome = holder.answers(holder.asked())
    assert isinstance(outcome, SignedIn)
    assert [str(method) for method in outcome.session.methods] == ["swk"]


WRONG = {
    "another origin": {"origin": "https://evil.test"},
    "another port": {"origin": "http://localhost:8001"},
    "another domain": {"rp_id": "evil.test"},
    "nobody verified": {"flags": UP},
    "bound before, shared now": {"flags": UP | UV | BE},
    "nobody present": {"flags": UV},
    "an answer of the other ceremony": {"client_data": {"type": "webauthn.create"}},
    "a frame": {"client_data": {"crossOrigin": True}},
    "a top origin": {"client_data": {"topOrigin": "https://evil.test"}},
    "somebody else's key": {"key": SoftwareAuthenticator().key},
    "no owner": {"user_handle": None},
    "an owner of nothing": {"user_handle": b"nobody"},
}


@pytest.mark.parametrize("how", WRONG)
def test_no_other_answer_signs_in(holder: Holder, how: str) -> None:
    """Mutations: any of the checks of WebAuthn §7.2 left out."""
    honest, holder.device = holder.device, replace(holder.device, **WRONG[how])  # type: ignore[arg-type]
    assert isinstance(holder.answers(holder.asked()), Unproven)
    holder.device = honest
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_a_question_is_answered_once(holder: Holder) -> None:
    """I01, also at once and from many processes' stores. Mutation: the use is noted after the session, or not at all."""
    question = holder.asked()
    answer = holder.device.get(question)
    outcomes = storm(8, lambda _: holder.sends(answer))
    assert sorted(isinstance(each, SignedIn) for each in outcomes) == [False] * 7 + [True]
    assert isinstance(holder.sends(answer), Unproven)
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_an_older_question_is_not_answered_after_a_newer_one(holder: Holder, clock: Moment) -> None:
    old = holder.asked()
    clock.pass_by(1)
    assert isinstance(holder.answers(holder.asked()), SignedIn)
    assert isinstance(holder.answers(old), Unproven)


def test_a_question_is_for_one_sign_in_of_one_browser_and_ten_minutes(holder: Holder, clock: Moment) -> None:
    """I01. Mutations: bound to nothing; for ever; that of making a passkey counts as well."""
    question, mine = holder.asked(), holder.interaction
    for other in ("browser", "another browser"):
        holder.interaction = begin(request(), other, clock())
        assert isinstance(holder.answers(question), Expired)
    holder.interaction = mine
    clock.pass_by(600)
    assert isinstance(holder.answers(question), Expired)


@pytest.mark.parametrize("nonsense", ["", "null", "[]", "{}", "0", '{"response": 1}', "[" * 10_000, "x" * 100_000])
def test_nonsense_is_no_answer(holder: Holder, nonsense: str) -> None:
    assert isinstance(holder.sends(nonsense), Unproven)


def test_a_passkey_that_was_removed_is_told_to_be_forgotten(holder: Holder) -> None:
    unknown = SoftwareAuthenticator(user_handle=holder.device.user_handle)
    assert holder.sends(unknown.get(holder.asked())) == UnknownPasskey(unknown.credential_id)
    assert data_of(holder.city, Action.SIGN_IN_REFUSED)[-1:] != []


def test_what_the_device_calls_the_account_is_kept_from_its_first_answer(holder: Holder) -> None:
    """It outlives the key that it was made with. Mutation: only what we would call it today is compared."""
    with holder.city.services.begin() as unit_of_work:
        assert [each.user_handle for each in unit_of_work.passkeys.of_account(holder.account.id)] == [None]
    assert isinstance(holder.answers(holder.asked()), SignedIn)
    with holder.city.services.begin() as unit_of_work:
        own = unit_of_work.passkeys.of_account(holder.account.id)
    assert [each.user_handle for each in own] == [holder.device.user_handle]
    other = FieldCipher({2: b"2" * 32})
    assert user_handle(other, holder.account.uid, own) == holder.device.user_handle, "the next device is told the same"
    assert is_handle_of(other, holder.device.user_handle or b"", holder.account, own[0])


def test_a_passkey_outlives_the_master_key_of_its_day(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> None:
    """One that nobody used since. Mutation: re-keying does not write down what its device calls the account."""
    before = installed(sqlite_urls, tmp_path, clock)
    account, device = new_person(before), SoftwareAuthenticator()
    give(before, account, device)
    before.storage.close()
    both = installed(sqlite_urls, tmp_path, clock, IDP_SECRETS__KEYS=f"{MASTER_KEY} {NEW_KEY}")
    services = both.services
    doors = Doors(services.begin, both.storage.rekeying(), services.cipher, clock, settle_seconds=0)
    assert switch(doors, 2)
    assert rekey(doors, list(Rekeyed), lambda _tally: None).is_flawless
    both.storage.close()
    later = installed(sqlite_urls, tmp_path, clock, IDP_SECRETS__KEYS=NEW_KEY)
    holder = Holder(later, account, device, begin(request(), "browser", clock()))
    assert isinstance(holder.answers(holder.asked()), SignedIn)
    later.storage.close()


def test_the_account_is_that_of_the_passkey_and_of_who_was_named(holder: Holder) -> None:
    """I05. Mutations: the handle decides; the typed name decides."""
    services = holder.city.services
    alice = new_person(holder.city, *identifiers("13900000002", "890102193705120027"))
    stolen = replace(holder.device, user_handle=user_handle(services.cipher, alice.uid))
    assert isinstance(holder.sends(stolen.get(holder.asked())), Unproven)
    fresh = holder.interaction
    for typed in ("13900000002", "13700000009"):
        holder.interaction = Verbs(services).name(fresh, typed, services.clock(), is_shared_device=False)
        assert isinstance(holder.answers(holder.asked(), is_discovered=False), Unproven)
    holder.interaction = Verbs(services).name(fresh, PHONE, services.clock(), is_shared_device=False)
    assert isinstance(holder.answers(holder.asked(), is_discovered=False), SignedIn)


def test_a_count_that_falls_back_is_a_copy(holder: Holder) -> None:
    """I06: 0 stays 0; a count that does not rise is refused and written down. Mutation: the count is not compared."""
    for count in (0, 0, 5, 6):
        holder.device.sign_count = count
        assert isinstance(holder.answers(holder.asked()), SignedIn), count
    for count in (6, 5, 0):
        holder.device.sign_count = count
        assert isinstance(holder.answers(holder.asked()), Unproven), count
    holder.device.sign_count = 7
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_who_is_being_guessed_at_signs_in_all_the_same(holder: Holder) -> None:
    """G03: a stranger's tries close passwords and codes, and not this. Mutation: `guesses.reserve` here, too."""
    services, fresh = holder.city.services, holder.interaction
    holder.interaction = Verbs(services).name(fresh, PHONE, services.clock(), is_shared_device=False)
    outcomes = [Verbs(services).check_password(holder.attempt, "wrong") for _ in range(7)]
    assert isinstance(outcomes[-1], Paused)
    holder.interaction = fresh
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_a_frozen_account_stays_shut(holder: Holder) -> None:
    freeze(holder.city, holder.account)
    assert isinstance(holder.answers(holder.asked()), NotAllowed)


def test_it_is_the_second_proof_that_is_asked_for_first(holder: Holder) -> None:
    """One answer, level five in reach. Mutations: any passkey of anybody; a code is asked for beside it."""
    services = holder.city.services
    verbs, fresh = Verbs(services), holder.interaction
    holder.interaction = verbs.name(fresh, PHONE, services.clock(), is_shared_device=False)
    first = verbs.check_password(holder.attempt, PASSWORD)
    assert isinstance(first, SignedIn)
    with services.begin() as unit_of_work:
        held = held_by(services, unit_of_work, holder.account.id)
    channel = services.channels["website"]
    assert methods_left(first.session, held, channel, Authentication.A3) == (Method.BOUND_PASSKEY,)
    methods = methods_left(first.session, held, channel)
    assert methods[0] is Method.BOUND_PASSKEY
    holder.session = first.session
    holder.interaction = ask_second(first.interaction, first.session, held, methods, Climb(Level.FIVE, Level.THREE))
    assert page_of(holder.interaction) == "ways", "an app asks for more: the person is told why, and chooses"
    question = holder.asked()
    assert [each["type"] for each in json.loads(question)["allowCredentials"]] == ["public-key"]
    stranger = new_person(holder.city, *identifiers("13900000002", "890102193705120027"))
    other = SoftwareAuthenticator()
    give(holder.city, stranger, other)
    assert isinstance(holder.sends(other.get(question)), Unproven)
    outcome = holder.sends(replace(holder.device, user_handle=None).get(question))
    assert isinstance(outcome, SignedIn)
    assert outcome.session.id == first.session.id
    assert outcome.session.authentication is Authentication.A3


def test_a_number_that_was_given_up_signs_in_by_its_passkey_still(holder: Holder) -> None:
    """Somebody without any number. Mutation: the first identifier is taken without looking whether there is one."""
    services = holder.city.services
    with services.begin() as unit_of_work:
        for identifier in identifiers():
            unit_of_work.accounts.change_identifier(holder.account.id, identifier.kind, None, services.clock())
        unit_of_work.commit()
    assert Identifier(IdentifierKind.PHONE, f"+86{PHONE}") in identifiers()
    assert isinstance(holder.answers(holder.asked()), SignedIn)
