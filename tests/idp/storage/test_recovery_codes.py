"""Recovery codes in the store: one batch of each person, each code once (threat H04)."""

from idp.clock import Instant
from idp.model.credential import RecoveryCodeBatch
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW, account
from tests.idp.storage.storm import storm

LATER = Instant(NOW + 60)


def batch_of(letter: str) -> list[bytes]:
    return [f"{letter}{number}".encode() for number in range(10)]


def test_a_code_is_used_once_and_counted(storage: Storage) -> None:
    """Mutations: another person's row; a code that stays; used ones counted among the rest."""
    with storage.begin() as unit_of_work:
        codes = unit_of_work.recovery_codes
        person, other = account(unit_of_work).id, account(unit_of_work).id
        assert codes.batch(person) is None
        for each in (person, other):
            codes.replace(each, batch_of("a"), NOW)
        assert codes.batch(person) == RecoveryCodeBatch(left=10, created_at=NOW, used_at=None)
        tried = [codes.use(person, [digest], LATER) for digest in (b"a3", b"a3", b"z0", b"a4")]
        assert tried == [True, False, False, True]
        assert [codes.is_used(person, [digest]) for digest in (b"a3", b"a5", b"z0")] == [True, False, False]
        assert not codes.is_used(other, [b"a3"])
        unit_of_work.commit()
        assert codes.batch(person) == RecoveryCodeBatch(left=8, created_at=NOW, used_at=LATER)
        assert codes.batch(other) == RecoveryCodeBatch(left=10, created_at=NOW, used_at=None)


def test_a_code_is_found_by_the_digest_of_any_known_key(storage: Storage) -> None:
    """Mutation: only the first digest is looked up, and a new key kills every sheet of paper."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.recovery_codes.replace(person, batch_of("a"), NOW)
        assert unit_of_work.recovery_codes.use(person, [b"of the new key", b"a0"], NOW)
        assert unit_of_work.recovery_codes.is_used(person, [b"of the new key", b"a0"])


def test_a_new_batch_kills_the_old_one(storage: Storage) -> None:
    """Mutations: added beside it; what was used stays used."""
    with storage.begin() as unit_of_work:
        codes, person = unit_of_work.recovery_codes, account(unit_of_work).id
        codes.replace(person, batch_of("a"), NOW)
        assert codes.use(person, [b"a0"], NOW)
        codes.replace(person, batch_of("b"), LATER)
        unit_of_work.commit()
        assert codes.batch(person) == RecoveryCodeBatch(left=10, created_at=LATER, used_at=None)
        assert not any(
            codes.use(person, [digest], LATER) or codes.is_used(person, [digest]) for digest in batch_of("a")
        )
        assert codes.use(person, [b"b0"], LATER)


def test_of_twenty_who_bring_the_same_code_at_once_one_is_let_in(storage: Storage) -> None:
    """Threats H04, O02. Mutation: look whether it was used, then write that it is."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.recovery_codes.replace(person, batch_of("a"), NOW)
        unit_of_work.commit()

    def use(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.recovery_codes.use(person, [b"a7"], NOW)
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, use)) == 1


def test_of_batches_made_at_once_one_is_left(storage: Storage) -> None:
    """Threat H04. Mutation: delete the old rows and insert others, with which two batches live side by side."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.commit()

    def make(number: int) -> None:
        with storage.begin() as unit_of_work:
            unit_of_work.recovery_codes.replace(person, batch_of("abcd"[number]), NOW)
            unit_of_work.commit()

    storm(4, make)
    with storage.begin() as unit_of_work:
        batch = unit_of_work.recovery_codes.batch(person)
        assert batch is not None
        assert batch.left == 10
        alive = {
            letter
            for letter in "abcd"
            for digest in batch_of(letter)
            if unit_of_work.recovery_codes.use(person, [digest], NOW)
        }
    assert len(alive) == 1


def test_a_batch_is_forgotten(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        for each in (person, other):
            unit_of_work.recovery_codes.replace(each, batch_of("a"), NOW)
        assert unit_of_work.recovery_codes.remove(person)
        assert not unit_of_work.recovery_codes.remove(person)
        assert unit_of_work.recovery_codes.batch(person) is None
        assert unit_of_work.recovery_codes.batch(other) is not None
