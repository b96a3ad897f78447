"""People: created once, found by what they are called by, readable only through the cipher."""

import pytest

from idp.errors import Refused
from idp.model.account import AccountStatus, Attributes, Identifier, IdentifierKind, Proofed
from idp.model.policy import Proofing
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.storage.made import CITIZEN_ID, EMAIL, NAME, NOW, PHONE, new_account
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls


def test_a_created_person_is_found_by_every_identifier(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(CITIZEN_ID, PHONE, EMAIL))
        unit_of_work.commit()
        assert unit_of_work.accounts.get(created.id) == created
        assert [unit_of_work.accounts.find(one) for one in (CITIZEN_ID, PHONE, EMAIL)] == [created] * 3
    assert (created.status, created.proofings) == (AccountStatus.ACTIVE, (Proofed(Proofing.P2, NOW),))
    assert len(created.uid) == 22


def test_nobody_is_found_by_an_identifier_of_another_kind(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.accounts.create(new_account(PHONE))
        unit_of_work.commit()
        assert unit_of_work.accounts.find(Identifier(IdentifierKind.EMAIL, PHONE.value)) is None


@pytest.mark.parametrize("account_id", [0, -1, 2**40, 2**63, 2**200])
def test_an_unknown_id_finds_nobody(storage: Storage, account_id: int) -> None:
    with storage.begin() as unit_of_work:
        assert unit_of_work.accounts.get(account_id) is None


def test_attributes_come_back_in_clear(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(CITIZEN_ID, PHONE, EMAIL))
        assert unit_of_work.accounts.attributes(created.id) == Attributes(
            name=NAME, citizen_id=CITIZEN_ID.value, phone=PHONE.value, email=EMAIL.value
        )


def test_a_person_may_have_neither_name_nor_number(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(name=None, proofing=Proofing.P0, proofed_at=None))
        assert unit_of_work.accounts.attributes(created.id) == Attributes()
        assert unit_of_work.accounts.get(created.id) == created


def test_a_proven_phone_is_told_as_verified(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(PHONE, EMAIL))
        unit_of_work.accounts.verify(created.id, PHONE, NOW)
        unit_of_work.commit()
        attributes = unit_of_work.accounts.attributes(created.id)
    assert (attributes.phone_is_verified, attributes.email_is_verified) == (True, False)


def test_an_identifier_belongs_to_one_person(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.accounts.create(new_account(PHONE))
        unit_of_work.commit()
        with pytest.raises(Refused) as refused:
            unit_of_work.accounts.create(new_account(CITIZEN_ID, PHONE))
    assert refused.value.code == "identifier_taken"
    assert PHONE.value not in str(refused.value)


def test_of_parallel_creations_with_one_identifier_one_succeeds(storage: Storage) -> None:
    """Mutation: look first, then insert, without the unique index."""

    def create(number: int) -> bool:
        other = Identifier(IdentifierKind.CITIZEN_ID, f"89010119900101{number:04}")
        with storage.begin() as unit_of_work:
            try:
                unit_of_work.accounts.create(new_account(other, PHONE))
            except Refused:
                return False
            unit_of_work.commit()
            return True

    assert sorted(storm(12, create)) == [False] * 11 + [True]


def test_a_refused_creation_leaves_nothing_even_if_the_caller_commits(storage: Storage) -> None:
    """Mutation: the refusal after half of the person is written, without `spoil`."""

    def create(number: int) -> str:
        with storage.begin() as unit_of_work:
            outcome = "created"
            try:
                unit_of_work.accounts.create(
                    new_account(Identifier(IdentifierKind.CITIZEN_ID, f"89010119900101{number:04}"), PHONE)
                )
            except Refused:
                outcome = "refused"
            try:
                unit_of_work.commit()
            except Refused:
                return "refused twice"
            return outcome

    outcomes = storm(12, create)
    assert outcomes.count("created") == 1
    with storage.begin() as unit_of_work:
        found = [
            unit_of_work.accounts.find(Identifier(IdentifierKind.CITIZEN_ID, f"89010119900101{number:04}"))
            for number in range(12)
        ]
    assert [account is not None for account in found] == [outcome == "created" for outcome in outcomes]


def test_a_status_is_changed(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account())
        unit_of_work.accounts.move(created.id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()
        account = unit_of_work.accounts.get(created.id)
    assert account is not None
    assert account.status is AccountStatus.FROZEN


def test_sandbox_people_are_noticed(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.accounts.create(new_account())
        unit_of_work.commit()
        assert not unit_of_work.accounts.any_sandbox()
        unit_of_work.accounts.create(new_account(is_sandbox=True))
        unit_of_work.commit()
        assert unit_of_work.accounts.any_sandbox()


def test_after_a_new_key_people_are_found_read_and_still_unique(storage_urls: StorageUrls, storage: Storage) -> None:
    """Mutation: looking up by the current key only."""
    with storage.begin() as unit_of_work:
        created = unit_of_work.accounts.create(new_account(PHONE))
        unit_of_work.commit()
    keys = FieldCipher({1: bytes(range(32)), 2: b"2" * 32})
    later = open_storage(storage_urls.database, "memory:", keys, lambda: NOW)
    with later.begin() as unit_of_work:
        assert unit_of_work.accounts.find(PHONE) == created
        assert unit_of_work.accounts.attributes(created.id).phone == PHONE.value
        unit_of_work.accounts.verify(created.id, PHONE, NOW)
        assert unit_of_work.accounts.attributes(created.id).phone_is_verified
        with pytest.raises(Refused, match="identifier_taken"):
            unit_of_work.accounts.create(new_account(PHONE))
    later.close()
