"""Adding citizen cards, and taking them away: what is taken, what is refused, who is told (H05, I01, I08)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.accounts.citizen_cards import MOST, CardKeeping, NotAdded, is_last
from idp.accounts.claim import claim
from idp.accounts.held import held_by
from idp.accounts.status import Reason, close
from idp.app import Installation
from idp.events import Action
from idp.interaction.citizen_card import CardAnswer, CardProof, Why
from idp.interaction.handles import begin as begin_interaction
from idp.interaction.outcomes import Attempt, CardNotTaken
from idp.jose import base64url
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.ports import CardFault
from idp.sessions.begin import SignIn, begin
from tests.idp.accounts.notices_of import notices_of
from tests.idp.accounts.test_passkeys import act_of, visitor_of
from tests.idp.card_office import TERMINAL, CardOffice, SoftwareCard
from tests.idp.installed import Moment, installed, request
from tests.idp.pages.written_down import data_of
from tests.plugins.private_servers import StorageUrls

OFFICE = CardOffice()
BROWSER = "the browser's cookie"
THEIRS = ("13900000002", "890102193705120027")


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    opened = installed(storage_urls, tmp_path, clock, **OFFICE.settings(tmp_path))
    yield opened
    opened.storage.close()


def asked(city: Installation, visitor: Visitor) -> str:
    challenge = CardKeeping(city.services).question(visitor, BROWSER, TERMINAL, city.services.clock())
    return json.dumps({"challenge": base64url(challenge), "purpose": "add"})


def added(city: Installation, visitor: Visitor, card: SoftwareCard, browser: str = BROWSER) -> Any:
    return CardKeeping(city.services).add(act_of(city, visitor), browser, card.signs(asked(city, visitor)))


def test_a_card_is_kept_told_and_written_down(city: Installation) -> None:
    """Mutations: no notice; no event; the card opens nothing."""
    visitor, card = visitor_of(city), SoftwareCard(OFFICE)
    assert added(city, visitor, card) is None
    with city.services.begin() as unit_of_work:
        (kept,) = unit_of_work.citizen_cards.of_account(visitor.account.id)
        held = held_by(city.services, unit_of_work, visitor.account.id)
    assert kept.public_key == card.public_key
    assert held.citizen_cards == [kept]
    assert Method.CITIZEN_CARD in held.methods
    (told,) = notices_of(city)
    assert "加了一张市民卡" in told.payload["text"]
    assert data_of(city, Action.CREDENTIAL_ADDED) == [{"factor": "citizen_card"}]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"office": CardOffice()}, CardFault.UNKNOWN_ISSUER),
        ({"policies": ()}, CardFault.PIN_NOT_VERIFIED),
        ({"origin": "https://evil.test"}, CardFault.NOT_VERIFIED),
        ({"said": {"purpose": "sign-in"}}, CardFault.NOT_VERIFIED),
        ({"terminal": "desk-2"}, NotAdded.STALE),
    ],
)
def test_no_other_card_is_taken(city: Installation, changes: dict[str, Any], fault: object) -> None:
    """Each by its name. Mutation: a signature that was made for a sign-in adds a card."""
    assert added(city, visitor_of(city), SoftwareCard(OFFICE).but(**changes)) is fault


def test_a_lost_card_is_not_added(city: Installation, tmp_path: Path) -> None:
    card = SoftwareCard(OFFICE)
    (tmp_path / "lost.txt").write_text(f"{card.serial}\n", "utf-8")
    assert added(city, visitor_of(city), card) is CardFault.LOST


def test_a_question_is_for_one_browser_one_session_and_a_minute(city: Installation, clock: Moment) -> None:
    """I01 and I08. Mutations: bound to nothing; to the person alone; for ever."""
    mine, theirs, card = visitor_of(city), visitor_of(city, *THEIRS), SoftwareCard(OFFICE)
    keeping, answer = CardKeeping(city.services), card.signs(asked(city, mine))
    assert keeping.add(act_of(city, mine), "another browser", answer) is NotAdded.STALE
    assert keeping.add(act_of(city, theirs), BROWSER, answer) is NotAdded.STALE
    clock.pass_by(60)
    assert keeping.add(act_of(city, mine), BROWSER, answer) is NotAdded.STALE


def test_what_adds_a_card_signs_nobody_in_and_the_other_way_round(city: Installation) -> None:
    """I01. Mutation: one purpose for both."""
    visitor, card, services = visitor_of(city), SoftwareCard(OFFICE), city.services
    assert added(city, visitor, card) is None
    interaction = begin_interaction(request(), BROWSER, services.clock())
    attempt = Attempt(interaction, services.channels["website"], None, services.clock())
    proof = CardProof(services)
    to_add = card.signs(asked(city, visitor))
    assert type(proof.check(attempt, CardAnswer(unverified=to_add))).__name__ == "Expired"
    challenge = base64url(proof.question(interaction, TERMINAL, services.clock()))
    as_if = card.signs(json.dumps({"challenge": challenge, "purpose": "add"}))
    assert proof.check(attempt, CardAnswer(unverified=as_if)) == CardNotTaken(Why.WRONG)
    other = SoftwareCard(OFFICE).signs(json.dumps({"challenge": challenge, "purpose": "sign-in"}))
    assert CardKeeping(services).add(act_of(city, visitor), BROWSER, other) is NotAdded.STALE


def test_one_card_is_one_persons_once(city: Installation) -> None:
    """I07. Mutations: the row is written over; the second person gets it; cards without end."""
    mine, theirs, card = visitor_of(city), visitor_of(city, *THEIRS), SoftwareCard(OFFICE)
    assert added(city, mine, card) is None
    assert added(city, mine, card) is NotAdded.KNOWN
    assert added(city, theirs, card) is NotAdded.KNOWN
    for _ in range(MOST - 1):
        assert added(city, mine, SoftwareCard(OFFICE)) is None
    assert added(city, mine, SoftwareCard(OFFICE)) is NotAdded.TOO_MANY


@pytest.mark.parametrize("nonsense", ["", "null", "[]", "{}", "0", "[" * 10_000, "x" * 100_000])
def test_nonsense_is_refused(city: Installation, nonsense: str) -> None:
    visitor = visitor_of(city)
    assert CardKeeping(city.services).add(act_of(city, visitor), BROWSER, nonsense) is CardFault.NOT_VERIFIED


def test_the_last_way_in_is_not_taken_away(city: Installation) -> None:
    """Mutations: the last card goes; a stranger takes one away."""
    mine, theirs = visitor_of(city), visitor_of(city, *THEIRS)
    assert added(city, mine, SoftwareCard(OFFICE)) is None
    services, keeping = city.services, CardKeeping(city.services)
    with services.begin() as unit_of_work:
        (card,) = unit_of_work.citizen_cards.of_account(mine.account.id)
        keeping.remove(act_of(city, theirs), card.id)
        assert unit_of_work.citizen_cards.of_account(mine.account.id)
        assert not is_last(services, unit_of_work, mine.account.id)
        held = held_by(services, unit_of_work, mine.account.id)
        unit_of_work.credentials.remove_all(mine.account.id)
        assert held.name is not None
        unit_of_work.accounts.change_identifier(mine.account.id, held.name.kind, None, services.clock())
        unit_of_work.commit()
    assert not keeping.remove(act_of(city, mine), card.id)
    with services.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.of_account(mine.account.id)


def test_what_a_lost_card_opened_ends_with_it(city: Installation) -> None:
    """Mutation: the thief's session lives on."""
    services, visitor = city.services, visitor_of(city)
    assert added(city, visitor, SoftwareCard(OFFICE)) is None
    notices_of(city)
    with services.begin() as unit_of_work:
        (card,) = unit_of_work.citizen_cards.of_account(visitor.account.id)
        sign_in = SignIn(
            account_id=visitor.account.id,
            methods=(Method.CITIZEN_CARD,),
            channel=services.channels["website"],
            is_shared_device=False,
            at=services.clock(),
        )
        begin(unit_of_work, sign_in, None)
        unit_of_work.commit()
    assert CardKeeping(services).remove(act_of(city, visitor), card.id)
    with services.begin() as unit_of_work:
        assert [each.id for each in unit_of_work.sessions.unended(visitor.account.id)] == [visitor.session.id]
    (told,) = notices_of(city)
    assert "移除了一张市民卡" in told.payload["text"]
    assert data_of(city, Action.CREDENTIAL_REMOVED) == [{"factor": "citizen_card"}]


def test_a_claim_and_a_closing_drop_cards(city: Installation) -> None:
    """G09. Mutation: who set the account up with somebody else's phone keeps their card in it."""
    services, mine, theirs = city.services, visitor_of(city), visitor_of(city, *THEIRS)
    for visitor in (mine, theirs):
        assert added(city, visitor, SoftwareCard(OFFICE)) is None
    with services.begin() as unit_of_work:
        assert claim(unit_of_work, mine.account, None, services.clock())
        assert close(unit_of_work, theirs.account.id, Reason.MISUSE, services.clock())
        for visitor in (mine, theirs):
            assert unit_of_work.citizen_cards.of_account(visitor.account.id) == []
        unit_of_work.commit()
    assert "citizen_card" in data_of(city, Action.ACCOUNT_CLAIMED)[-1]["factors"]


def test_the_export_has_cards(city: Installation) -> None:
    """Mutation: a factor that is kept and not told."""
    visitor = visitor_of(city)
    assert added(city, visitor, SoftwareCard(OFFICE)) is None
    with city.services.begin() as unit_of_work:
        dossier = unit_of_work.dossiers.of(visitor.account.id, 10)
    assert dossier is not None
    assert [each.added_at for each in dossier.methods if each.kind == "citizen_card"] == [city.services.clock()]
