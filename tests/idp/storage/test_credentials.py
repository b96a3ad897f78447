"""Stored factors: one per person and kind, replaced as a whole."""

from idp.clock import Instant
from idp.model.credential import CredentialKind
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, account


def test_a_factor_is_set_and_replaced(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        assert unit_of_work.credentials.get(person, CredentialKind.PASSWORD) is None
        unit_of_work.credentials.put(person, CredentialKind.PASSWORD, "$argon2id$old", NOW)
        first = unit_of_work.credentials.get(person, CredentialKind.PASSWORD)
        unit_of_work.credentials.put(person, CredentialKind.PASSWORD, "$argon2id$new", Instant(NOW + 1))
        unit_of_work.commit()
        second = unit_of_work.credentials.get(person, CredentialKind.PASSWORD)
    assert first is not None
    assert second is not None
    assert (first.secret, first.created_at) == ("$argon2id$old", NOW)
    assert (second.id, second.secret, second.created_at) == (first.id, "$argon2id$new", NOW + 1)


def test_kinds_and_people_do_not_meet(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        unit_of_work.credentials.put(person, CredentialKind.PASSWORD, "secret", NOW)
        unit_of_work.commit()
        assert unit_of_work.credentials.get(person, CredentialKind.ONE_TIME_CODE) is None
        assert unit_of_work.credentials.get(other, CredentialKind.PASSWORD) is None
