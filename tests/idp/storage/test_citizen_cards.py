"""Citizen cards in the store: a digest of the serial number alone, one owner, each question once."""

import pytest
from sqlalchemy import select

from idp.clock import Instant
from idp.model.citizen_card import CardUse, SignedCard
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from idp.storage.tables import citizen_cards
from tests.idp.storage.made import NOW, account, grant
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

CARD = SignedCard(serial="5C3A506FE6234B96", public_key=b"key")
OTHER = SignedCard(serial="03A1F7709C21D4E8", public_key=b"other key")
LATER = Instant(NOW + 60)


def test_a_card_is_one_persons(storage: Storage) -> None:
    """Mutations: written over; found under another serial number; another person's is removed."""
    with storage.begin() as unit_of_work:
        cards, mine, theirs = unit_of_work.citizen_cards, account(unit_of_work).id, account(unit_of_work).id
        assert cards.add(mine, CARD, NOW)
        assert not cards.add(mine, CARD, NOW)
        assert not cards.add(theirs, SignedCard(serial=CARD.serial, public_key=b"made anew"), NOW)
        assert cards.add(mine, OTHER, LATER)
        unit_of_work.commit()
        assert [each.public_key for each in cards.of_account(mine)] == [b"key", b"other key"]
        assert cards.of_account(theirs) == []
        found = cards.find(CARD.serial)
        assert found is not None
        assert (found.account_id, found.public_key, found.created_at, found.used_at) == (mine, b"key", NOW, None)
        assert cards.find("A" * 16) is None
        assert not cards.remove(theirs, found.id)
        assert cards.remove(mine, found.id)
        assert cards.find(CARD.serial) is None
        assert cards.add(theirs, CARD, LATER), "who found it, or was given it, may add it then"
        assert (cards.remove_all(mine), cards.remove_all(mine)) == (1, 0)
        assert len(cards.of_account(theirs)) == 1


def test_who_is_signed_in_and_used_one_of_these_cards(storage: Storage) -> None:
    """Mutations: cards that were never used; sessions that ended, or ran out; the first use; another person's card."""
    with storage.begin() as unit_of_work:
        granted, over, out = (grant(unit_of_work) for _ in range(3))
        cards, serials = unit_of_work.citizen_cards, [f"{number:016X}" for number in range(6)]
        owners = [granted.account_id, granted.account_id, over.account_id, account(unit_of_work).id]
        for serial, person in zip(serials, owners, strict=False):
            assert cards.add(person, SignedCard(serial=serial, public_key=b"key"), NOW)
        unit_of_work.commit()
        assert cards.signed_in(serials, NOW) == {}
        for number, serial in enumerate(serials[:4]):
            card = cards.find(serial)
            assert card is not None
            assert cards.use(card, CardUse(NOW, b"question", serial), Instant(NOW + number))
        assert unit_of_work.sessions.end(over.session_id, NOW)
        unit_of_work.commit()
        session = unit_of_work.sessions.get(granted.session_id)
        assert session is not None
        assert cards.signed_in(serials, NOW) == {granted.account_id: NOW + 1}
        assert cards.signed_in(serials[:1], NOW) == {granted.account_id: NOW}
        assert cards.signed_in(serials, session.expires_at) == {}
        assert cards.signed_in([*serials[2:], "A" * 16], NOW) == {}
        assert out.account_id not in cards.signed_in(serials, NOW)


def test_a_question_is_answered_once_and_in_order(storage: Storage) -> None:
    """Mutations: the moment alone decides; an older question counts after a newer one."""
    with storage.begin() as unit_of_work:
        cards, person = unit_of_work.citizen_cards, account(unit_of_work).id
        assert cards.add(person, CARD, NOW)
        card = cards.find(CARD.serial)
        assert card is not None
        uses = [(NOW, b"b"), (NOW, b"b"), (NOW, b"a"), (NOW, b"c"), (LATER, b"a"), (NOW, b"d"), (LATER, b"a")]
        outcomes = [cards.use(card, CardUse(Instant(at), challenge, CARD.serial), LATER) for at, challenge in uses]
        assert outcomes == [True, False, False, True, True, False, False]
        unit_of_work.commit()
        found = cards.find(CARD.serial)
        assert found is not None
        assert found.used_at == LATER


def test_of_twenty_who_bring_the_same_answer_one_is_told_so(storage: Storage) -> None:
    """Threats I01, O02. Mutation: look whether it was used, then write that it is."""
    with storage.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.add(account(unit_of_work).id, CARD, NOW)
        unit_of_work.commit()
        card = unit_of_work.citizen_cards.find(CARD.serial)
    assert card is not None

    def use(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.citizen_cards.use(card, CardUse(NOW, b"question", CARD.serial), NOW)
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, use)) == 1


def test_of_two_people_who_add_one_card_at_once_one_has_it(storage: Storage) -> None:
    """Mutation: look whether it is known, then write it, without a constraint."""
    with storage.begin() as unit_of_work:
        people = [account(unit_of_work).id for _ in range(8)]
        unit_of_work.commit()

    def add(number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_mine = unit_of_work.citizen_cards.add(people[number], CARD, NOW)
            unit_of_work.commit()
            return is_mine

    assert sum(storm(8, add)) == 1


def test_after_a_new_key_cards_are_found_and_still_unique(storage_urls: StorageUrls, storage: Storage) -> None:
    """Mutation: looking up by the current key only, so that somebody else may add the card once more."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        assert unit_of_work.citizen_cards.add(person, CARD, NOW)
        unit_of_work.commit()
    later = open_storage(
        storage_urls.database, "memory:", FieldCipher({1: bytes(range(32)), 2: b"2" * 32}), lambda: NOW
    )
    with later.begin() as unit_of_work:
        found = unit_of_work.citizen_cards.find(CARD.serial)
        assert found is not None
        assert found.account_id == person
        assert not unit_of_work.citizen_cards.add(account(unit_of_work).id, CARD, NOW)
    later.close()


@pytest.mark.parametrize("spelling", [str.encode, bytes.fromhex])
def test_the_serial_number_stands_nowhere(storage: Storage, storage_urls: StorageUrls, spelling: object) -> None:
    """Mutations: kept in clear; a digest without a key."""
    assert callable(spelling)
    with storage.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.add(account(unit_of_work).id, CARD, NOW)
        unit_of_work.commit()
    with engine_of(storage_urls).connect() as connection:
        (row,) = connection.execute(select(citizen_cards))
    stored = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    assert spelling(CARD.serial) not in stored
