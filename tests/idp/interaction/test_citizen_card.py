"""Signing in with a citizen card: its owner alone, once for each question, at one terminal (MISSION S10; I01, I05, G03)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from idp.accounts.held import held_by
from idp.accounts.tries import Expired, Paused
from idp.app import Installation
from idp.events import Action
from idp.interaction.citizen_card import CardAnswer, CardProof, Why
from idp.interaction.handles import begin
from idp.interaction.outcomes import Attempt, CardNotTaken, NotAllowed, Outcome, SignedIn
from idp.interaction.second_proof import Climb, ask_second, methods_left, page_of
from idp.jose import base64url
from idp.model.account import Account
from idp.model.citizen_card import SignedCard
from idp.model.interaction import Interaction
from idp.model.policy import Authentication, Level, Method
from idp.model.session import Session
from tests.idp.card_office import TERMINAL, CardOffice, SoftwareCard
from tests.idp.installed import PASSWORD, PHONE, Moment, freeze, identifiers, installed, new_person, request
from tests.idp.interaction.verbs import Verbs
from tests.idp.pages.written_down import data_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

OFFICE = CardOffice()


@dataclass
class Holder:
    """A person with a card, before a sign-in page."""

    city: Installation
    account: Account
    card: SoftwareCard
    interaction: Interaction
    lost_list: Path
    session: Session | None = None

    def asked(self, terminal: str = TERMINAL) -> str:
        """A second later than the question before: of two in one second only one is sure to be answered."""
        clock = self.city.services.clock
        assert isinstance(clock, Moment)
        clock.pass_by(1)
        challenge = CardProof(self.city.services).question(self.interaction, terminal, clock())
        return json.dumps({"challenge": base64url(challenge), "purpose": "sign-in"})

    def answers(self, question: str, **changes: Any) -> Outcome:
        return self.sends(self.card.signs(question), **changes)

    def sends(self, answer: str, **changes: Any) -> Outcome:
        return CardProof(self.city.services).check(self.attempt, CardAnswer(unverified=answer, **changes))

    @property
    def attempt(self) -> Attempt:
        services = self.city.services
        return Attempt(self.interaction, services.channels["website"], self.session, services.clock())


def give(city: Installation, account: Account, card: SoftwareCard) -> None:
    """As if the person had added it."""
    signed = SignedCard(serial=card.serial, public_key=card.public_key)
    with city.services.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.add(account.id, signed, city.services.clock())
        unit_of_work.commit()


def refusals(city: Installation) -> list[tuple[str, int | None]]:
    """Outcome and account of each refused sign-in."""
    engine = create_engine(city.settings.storage.database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        asked = text("SELECT outcome, account_id FROM events WHERE action = :action ORDER BY id")
        found = connection.execute(asked, {"action": Action.SIGN_IN_REFUSED.value})
        told = [(str(row.outcome), row.account_id) for row in found]
    engine.dispose()
    return told


@pytest.fixture
def holder(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Holder]:
    """Over SQLite, then over PostgreSQL and Redis."""
    city = installed(storage_urls, tmp_path, clock, **OFFICE.settings(tmp_path))
    account, card = new_person(city), SoftwareCard(OFFICE)
    give(city, account, card)
    yield Holder(city, account, card, begin(request(), "browser", clock()), tmp_path / "lost.txt")
    city.storage.close()


def test_one_answer_opens_a_session_that_is_worth_the_most(holder: Holder) -> None:
    """No number, no second proof. Mutations: worth one factor; the shared computer is forgotten."""
    outcome = holder.answers(holder.asked(), is_shared_device=True)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.account_id == holder.account.id
    assert outcome.session.methods == (Method.CITIZEN_CARD,)
    assert outcome.session.authentication is Authentication.A3
    assert outcome.session.is_shared_device
    assert outcome.device_cookie is None
    assert data_of(holder.city, Action.SIGNED_IN)[-1]["amr"] == ["sc"]
    with holder.city.services.begin() as unit_of_work:
        (kept,) = unit_of_work.citizen_cards.of_account(holder.account.id)
    assert kept.used_at == holder.city.services.clock()


def test_a_question_is_answered_once(holder: Holder) -> None:
    """I01, also at once and from many processes' stores. Mutation: the use is noted after the session, or not at all."""
    answer = holder.card.signs(holder.asked())
    outcomes = storm(8, lambda _: holder.sends(answer))
    assert sorted(isinstance(each, SignedIn) for each in outcomes) == [False] * 7 + [True]
    assert holder.sends(answer) == CardNotTaken(Why.USED)
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_an_older_question_is_not_answered_after_a_newer_one(holder: Holder) -> None:
    old = holder.asked()
    assert isinstance(holder.answers(holder.asked()), SignedIn)
    assert holder.answers(old) == CardNotTaken(Why.USED)


def test_a_question_is_for_one_sign_in_of_one_browser_at_one_terminal_and_a_minute(
    holder: Holder, clock: Moment
) -> None:
    """MISSION S10, I01. Mutations: bound to nothing; not to the terminal; for ten minutes as of passkeys."""
    question, mine = holder.asked(), holder.interaction
    for other in ("browser", "another browser"):
        holder.interaction = begin(request(), other, clock())
        assert isinstance(holder.answers(question), Expired)
    holder.interaction = mine
    elsewhere = holder.card.but(terminal="desk-2")
    assert isinstance(holder.sends(elsewhere.signs(question)), Expired)
    clock.pass_by(59)
    assert isinstance(holder.answers(question), SignedIn)
    late = holder.asked()
    clock.pass_by(60)
    assert isinstance(holder.answers(late), Expired)


@pytest.mark.parametrize("challenge", ["", "AAAA", "A" * 54, "A" * 86])
def test_a_question_that_we_did_not_ask_is_none(holder: Holder, challenge: str) -> None:
    """Empty, short, of the right length, long. Mutation: the mark is not compared."""
    assert isinstance(holder.answers(json.dumps({"challenge": challenge, "purpose": "sign-in"})), Expired)


def test_each_fault_is_told_and_written_down_by_its_name(holder: Holder) -> None:
    """Whoever has not proven a card leaves nothing in anybody's timeline. Mutations: one word for all; a card without PIN."""
    honest = holder.card
    for why, changes in (
        (Why.FOREIGN, {"office": CardOffice()}),
        (Why.WITHOUT_PIN, {"policies": ()}),
        (Why.WRONG, {"origin": "https://evil.test"}),
        (Why.WRONG, {"said": {"purpose": "add"}}),
        (Why.WRONG, {"certified_key": honest.key, "key": SoftwareCard(OFFICE).key}),
    ):
        holder.card = honest.but(**changes)
        assert holder.answers(holder.asked()) == CardNotTaken(why)
        assert refusals(holder.city)[-1] == (why.value, None)
    assert holder.sends("nonsense") == CardNotTaken(Why.WRONG)
    holder.card = honest
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_a_card_whose_certificate_ran_out_signs_nobody_in(holder: Holder, clock: Moment) -> None:
    """Mutation: valid when it was added, valid for ever."""
    holder.card = holder.card.but(life=timedelta(seconds=30))
    assert isinstance(holder.answers(holder.asked()), SignedIn)
    clock.pass_by(30)
    assert holder.answers(holder.asked()) == CardNotTaken(Why.EXPIRED)
    assert refusals(holder.city)[-1] == ("expired_card", None)


def test_a_lost_card_opens_nothing_and_its_owner_sees_who_tried(holder: Holder) -> None:
    """Mutations: the list is not asked; the owner's timeline says nothing; the answer may be kept for when it is found."""
    holder.lost_list.write_text(f"{holder.card.serial}\n", "utf-8")
    question = holder.asked()
    assert holder.answers(question) == CardNotTaken(Why.LOST)
    assert refusals(holder.city)[-1] == ("lost_card", holder.account.id)
    stranger = SoftwareCard(OFFICE)
    holder.lost_list.write_text(f"{stranger.serial}\n", "utf-8")
    assert holder.sends(stranger.signs(holder.asked())) == CardNotTaken(Why.LOST)
    assert refusals(holder.city)[-1] == ("lost_card", None)
    holder.lost_list.write_text("", "utf-8")
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_a_card_that_nobody_added_is_nobodys(holder: Holder) -> None:
    assert holder.sends(SoftwareCard(OFFICE).signs(holder.asked())) == CardNotTaken(Why.UNKNOWN)


def test_a_card_of_the_same_number_with_another_key_is_another_card(holder: Holder) -> None:
    """Mutation: whoever can have a card of this number made is the person."""
    again = SoftwareCard(OFFICE, serials=holder.card.serials)
    assert holder.sends(again.signs(holder.asked())) == CardNotTaken(Why.RENEWED)


def test_the_account_is_that_of_the_card_and_of_who_was_named(holder: Holder) -> None:
    """I05. Mutations: the typed name decides; an unknown name is told from a known one."""
    services = holder.city.services
    new_person(holder.city, *identifiers("13900000002", "890102193705120027"))
    fresh = holder.interaction
    for typed in ("13900000002", "13700000009"):
        holder.interaction = Verbs(services).name(fresh, typed, services.clock(), is_shared_device=False)
        assert holder.answers(holder.asked()) == CardNotTaken(Why.OF_ANOTHER)
    holder.interaction = Verbs(services).name(fresh, PHONE, services.clock(), is_shared_device=False)
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


def test_it_is_a_second_proof_that_reaches_level_five(holder: Holder) -> None:
    """Of its owner alone. Mutations: any card of anybody; offered where the channel has no reader."""
    services = holder.city.services
    verbs, fresh = Verbs(services), holder.interaction
    holder.interaction = verbs.name(fresh, PHONE, services.clock(), is_shared_device=False)
    first = verbs.check_password(holder.attempt, PASSWORD)
    assert isinstance(first, SignedIn)
    with services.begin() as unit_of_work:
        held = held_by(services, unit_of_work, holder.account.id)
    assert methods_left(first.session, held, services.channels["app"], Authentication.A3) == ()
    methods = methods_left(first.session, held, services.channels["website"], Authentication.A3)
    assert methods == (Method.CITIZEN_CARD,)
    holder.session = first.session
    holder.interaction = ask_second(first.interaction, first.session, held, methods, Climb(Level.FIVE, Level.THREE))
    assert page_of(holder.interaction) == "ways"
    stranger, other = new_person(holder.city, *identifiers("13900000002", "890102193705120027")), SoftwareCard(OFFICE)
    give(holder.city, stranger, other)
    assert holder.sends(other.signs(holder.asked())) == CardNotTaken(Why.OF_ANOTHER)
    outcome = holder.answers(holder.asked())
    assert isinstance(outcome, SignedIn)
    assert outcome.session.id == first.session.id
    assert outcome.session.authentication is Authentication.A3


def test_a_number_that_was_given_up_signs_in_by_its_card_still(holder: Holder) -> None:
    """Somebody without any number. Mutation: the first identifier is taken without looking whether there is one."""
    services = holder.city.services
    with services.begin() as unit_of_work:
        for identifier in identifiers():
            unit_of_work.accounts.change_identifier(holder.account.id, identifier.kind, None, services.clock())
        unit_of_work.commit()
    assert isinstance(holder.answers(holder.asked()), SignedIn)


def test_without_the_section_no_card_signs_in(installation: Installation) -> None:
    """Mutation: a card that was added once works on where the operator has turned cards off."""
    account, card = new_person(installation), SoftwareCard(OFFICE)
    give(installation, account, card)
    holder = Holder(installation, account, card, begin(request(), "browser", installation.services.clock()), Path())
    assert holder.answers(holder.asked()) == CardNotTaken(Why.WRONG)
    with installation.services.begin() as unit_of_work:
        held = held_by(installation.services, unit_of_work, account.id)
    assert Method.CITIZEN_CARD not in held.methods
