"""Stored factors: one per person and kind, replaced as a whole."""

from idp.clock import Instant
from idp.model.credential import CredentialKind
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, account
from tests.idp.storage.storm import storm

STORED = (CredentialKind.PASSWORD, CredentialKind.ONE_TIME_CODE)


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


def test_a_step_is_used_once_and_none_before_it_comes_back(storage: Storage) -> None:
    """Threat H03, RFC 6238 §5.2. Mutations: `<=`; the step not written; another kind's or person's row."""
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        assert not unit_of_work.credentials.use_step(person, 10, NOW)
        for each in (person, other):
            unit_of_work.credentials.put(each, CredentialKind.PASSWORD, "$argon2id$", NOW)
            unit_of_work.credentials.put(each, CredentialKind.ONE_TIME_CODE, "SECRET", NOW)
        used = [unit_of_work.credentials.use_step(person, step, NOW) for step in (10, 10, 9, 11, 10, 11)]
        unit_of_work.commit()
        assert used == [True, False, False, True, False, False]
        assert unit_of_work.credentials.use_step(other, 10, Instant(NOW + 5))
        unit_of_work.commit()
        password, codes = (unit_of_work.credentials.get(other, kind) for kind in STORED)
        assert password is not None
        assert codes is not None
        assert (password.used_at, codes.used_at) == (None, NOW + 5)


def test_of_twenty_who_bring_the_same_step_at_once_one_is_let_in(storage: Storage) -> None:
    """Threats H03, O02. Mutation: read the last step, compare, then write it."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.credentials.put(person, CredentialKind.ONE_TIME_CODE, "SECRET", NOW)
        unit_of_work.commit()

    def use(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.credentials.use_step(person, 10, NOW)
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, use)) == 1


def test_a_new_secret_begins_with_no_step_used(storage: Storage) -> None:
    """Mutation: `put` leaves the last step, and the first codes of a new app are refused."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.credentials.put(person, CredentialKind.ONE_TIME_CODE, "OLD", NOW)
        assert unit_of_work.credentials.use_step(person, 10, NOW)
        unit_of_work.credentials.put(person, CredentialKind.ONE_TIME_CODE, "NEW", NOW)
        fresh = unit_of_work.credentials.get(person, CredentialKind.ONE_TIME_CODE)
        assert fresh is not None
        assert (fresh.secret, fresh.used_at) == ("NEW", None)
        assert unit_of_work.credentials.use_step(person, 9, NOW)


def test_a_better_hash_replaces_only_the_one_it_was_made_of(storage: Storage) -> None:
    """Mutations: a sign-in that began before the password was changed brings the old one back; a sign-in counts as a change."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.credentials.put(person, CredentialKind.PASSWORD, "$2b$imported", NOW)
        known = unit_of_work.credentials.get(person, CredentialKind.PASSWORD)
        assert known is not None
        unit_of_work.credentials.improve(known, "$argon2id$same")
        better = unit_of_work.credentials.get(person, CredentialKind.PASSWORD)
        assert better is not None
        assert (better.secret, better.created_at) == ("$argon2id$same", NOW)
        unit_of_work.credentials.put(person, CredentialKind.PASSWORD, "$argon2id$changed", Instant(NOW + 1))
        unit_of_work.credentials.improve(known, "$argon2id$same")
        kept = unit_of_work.credentials.get(person, CredentialKind.PASSWORD)
        assert kept is not None
        assert kept.secret == "$argon2id$changed"


def test_one_factor_is_forgotten_and_the_others_stay(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        for kind in STORED:
            unit_of_work.credentials.put(person, kind, "secret", NOW)
        assert unit_of_work.credentials.remove(person, CredentialKind.ONE_TIME_CODE)
        assert not unit_of_work.credentials.remove(person, CredentialKind.ONE_TIME_CODE)
        unit_of_work.commit()
        assert list(unit_of_work.credentials.kinds(person)) == [CredentialKind.PASSWORD]
