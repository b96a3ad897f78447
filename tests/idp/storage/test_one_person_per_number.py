"""Threat K02: while master keys are changed, no number comes to two people, whichever keys each process knows."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import select

from idp.clock import Instant
from idp.errors import Refused, Unavailable
from idp.model.account import IdentifierKind
from idp.model.citizen_card import CardUse, SignedCard
from idp.model.imported_person import ImportedPerson
from idp.model.master_key import Rekeyed
from idp.model.policy import Proofing
from idp.ports import Cipher
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from idp.storage.tables import citizen_cards, identifiers, is_identifier_in_force
from tests.idp.storage.binder import cipher_of, number
from tests.idp.storage.made import NOW, account, new_account
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

NUMBERS = 40
CARD = SignedCard(serial="5C3A506FE6234B96", public_key=b"key")


class Binder:
    """A process of its own."""

    def __init__(self, database: str, versions: str) -> None:
        command = [sys.executable, "-m", "tests.idp.storage.binder", database, versions]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, value: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{value}\n")
        self.process.stdin.flush()

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()


@contextmanager
def binders(urls: StorageUrls, *versions: str) -> Iterator[list[Binder]]:
    """Processes that know these keys, each ready."""
    with ExitStack() as stack:
        started = [Binder(urls.database, each) for each in versions]
        for each in started:
            stack.enter_context(each.process)
            stack.callback(each.close)
        assert [each.heard() for each in started] == ["ready"] * len(started)
        yield started


def at_once(processes: list[Binder], value: str) -> list[str]:
    """What each of them makes of this number, when all begin together."""
    for each in processes:
        each.say(value)
    return [each.heard() for each in processes]


@contextmanager
def opened(urls: StorageUrls, cipher: Cipher) -> Iterator[Storage]:
    """The same database in another process, as it were."""
    storage = open_storage(urls.database, "memory:", cipher, lambda: NOW)
    yield storage
    storage.close()


def let_write(urls: StorageUrls, version: int) -> None:
    """What `idp keys use` does; the first time what `idp migrate` does."""
    with opened(urls, cipher_of(*range(1, version + 1))) as storage, storage.begin() as unit_of_work:
        unit_of_work.master_keys.ensure(NOW)
        unit_of_work.master_keys.use(version, NOW)
        unit_of_work.commit()


def value_of(count: int) -> str:
    return f"89010119900101{count:04}"


def people_by_number(urls: StorageUrls) -> Counter[str]:
    """How many people hold each number, whatever it is found by."""
    cipher = cipher_of(1, 2, 3)
    with engine_of(urls).connect() as connection:
        rows = connection.execute(select(identifiers).where(is_identifier_in_force)).all()
    return Counter(value_in(cipher, row.account_id, row.blind_index, row.sealed_value) for row in rows)


def value_in(cipher: FieldCipher, account_id: int, index: bytes, sealed: bytes) -> str:
    value = cipher.open("identifiers.sealed_value", sealed, f"{account_id} {index.hex()}")
    assert value is not None
    return value.decode()


def versions_of_indexes(urls: StorageUrls) -> Counter[int]:
    with engine_of(urls).connect() as connection:
        return Counter(index[1] for index in connection.execute(select(identifiers.c.blind_index)).scalars())


def test_a_process_that_knows_the_new_key_and_one_that_does_not_bind_no_number_twice(
    storage: Storage, storage_urls: StorageUrls
) -> None:
    """Mutation: the highest version that a process knows writes its indexes."""
    let_write(storage_urls, 1)
    with binders(storage_urls, "1", "1,2") as processes:
        said = [at_once(processes, value_of(count)) for count in range(NUMBERS)]
    assert [sorted(outcomes) for outcomes in said] == [["bound", "identifier_taken"]] * NUMBERS
    assert people_by_number(storage_urls) == {value_of(count): 1 for count in range(NUMBERS)}
    assert set(versions_of_indexes(storage_urls)) == {1}


def test_another_key_comes_to_write_in_the_middle_of_it(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutations: each process has its own idea of the key that writes; the other key's index is not looked at."""
    let_write(storage_urls, 1)
    with binders(storage_urls, "1,2", "1,2") as processes, ThreadPoolExecutor(1) as operator:
        said = [at_once(processes, value_of(count)) for count in range(NUMBERS)]
        switched = operator.submit(let_write, storage_urls, 2)
        said += [at_once(processes, value_of(count)) for count in range(NUMBERS, 2 * NUMBERS)]
        switched.result()
        said += [at_once(processes, value_of(count)) for count in range(3 * NUMBERS)]
    assert Counter(outcome for outcomes in said for outcome in outcomes)["bound"] == 3 * NUMBERS
    assert people_by_number(storage_urls) == {value_of(count): 1 for count in range(3 * NUMBERS)}
    assert set(versions_of_indexes(storage_urls)) == {1, 2}


def test_numbers_that_are_re_keyed_are_taken_all_the_time(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: the index under the new key is written before the one under the old key is gone, or after."""
    let_write(storage_urls, 1)
    with storage.begin() as unit_of_work:
        for count in range(NUMBERS):
            unit_of_work.accounts.create(new_account(number(value_of(count))))
        unit_of_work.commit()
    let_write(storage_urls, 2)
    with binders(storage_urls, "1,2", "1,2") as processes, opened(storage_urls, cipher_of(1, 2)) as operator:
        after_id: int | None = 0
        for count in range(NUMBERS):
            if after_id is not None:
                after_id = operator.rekeying().step("identifiers.blind_index", 2, after_id=after_id, rows=1).last_id
            assert at_once(processes, value_of(count)) == ["identifier_taken"] * 2
            assert at_once(processes, value_of(NUMBERS - 1 - count)) == ["identifier_taken"] * 2
    assert people_by_number(storage_urls) == {value_of(count): 1 for count in range(NUMBERS)}
    assert versions_of_indexes(storage_urls) == {2: NUMBERS}


@pytest.mark.parametrize(
    ("known", "lacks"),
    [
        (cipher_of(1), "master key 2 is in use and not in secrets.keys"),
        (cipher_of(2), "master key 1 is in use and not in secrets.keys"),
        (cipher_of(1, 3), "master key 2 is in use and not in secrets.keys"),
        (FieldCipher({1: bytes(range(32)), 2: b"x" * 32}), "master key 2 in secrets.keys of this process is another"),
    ],
    ids=["not told", "told too early that the old one may go", "given another number", "given another key"],
)
def test_a_process_that_lacks_a_key_in_use_binds_nothing(
    storage: Storage, storage_urls: StorageUrls, known: FieldCipher, lacks: str
) -> None:
    """Mutations: only the key that writes is asked for; a version is taken for the key."""
    let_write(storage_urls, 1)
    with storage.begin() as unit_of_work:
        account(unit_of_work, number(value_of(1)))
        unit_of_work.commit()
    let_write(storage_urls, 2)
    with opened(storage_urls, known) as other, other.begin() as unit_of_work:
        with pytest.raises(Unavailable) as refused:
            unit_of_work.accounts.create(new_account(number(value_of(2))))
        assert refused.value.detail.startswith(lacks)
    assert people_by_number(storage_urls) == {value_of(1): 1}


def test_once_nothing_lies_under_a_former_key_it_may_be_gone(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: a former key is asked for for ever, or only one of the two kinds was written again."""
    let_write(storage_urls, 1)
    let_write(storage_urls, 2)
    with opened(storage_urls, cipher_of(2)) as later, later.begin() as unit_of_work:
        seen = unit_of_work.master_keys.all()
        assert unit_of_work.master_keys.rekeyed([Rekeyed.BLIND_INDEX], seen, NOW)
        with pytest.raises(Unavailable):
            unit_of_work.accounts.create(new_account(number(value_of(1))))
        assert unit_of_work.master_keys.rekeyed([Rekeyed.FIELDS], seen, NOW)
        unit_of_work.accounts.create(new_account(number(value_of(1))))
        unit_of_work.commit()
    assert versions_of_indexes(storage_urls) == {2: 1}


def test_whoever_lets_another_key_write_waits_for_those_who_write(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: the row of the key that writes is read and not held."""
    let_write(storage_urls, 1)
    with ThreadPoolExecutor(1) as operator:
        with storage.begin() as unit_of_work:
            unit_of_work.accounts.create(new_account(number(value_of(1))))
            switched = operator.submit(let_write, storage_urls, 2)
            with pytest.raises(NotYet):
                switched.result(0.3)
            unit_of_work.commit()
        switched.result(10)


@pytest.fixture
def taken(storage: Storage, storage_urls: StorageUrls) -> Iterator[Storage]:
    """A number and a card are somebody's under key 1, and key 2 writes: no UNIQUE index compares the two."""
    let_write(storage_urls, 1)
    with storage.begin() as unit_of_work:
        somebody = account(unit_of_work, number(value_of(1)))
        assert unit_of_work.citizen_cards.add(somebody.id, CARD, NOW)
        unit_of_work.commit()
    let_write(storage_urls, 2)
    with opened(storage_urls, cipher_of(1, 2)) as later:
        yield later


def test_nobody_names_themselves_by_a_number_under_a_former_key(taken: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: a conflict of the index is all that is asked for."""
    with taken.begin() as unit_of_work:
        newcomer = unit_of_work.accounts.create(new_account(name=None, proofing=Proofing.P0))
        unit_of_work.commit()
        with pytest.raises(Refused, match="identifier_taken"):
            unit_of_work.accounts.name_self(newcomer.id, "某人", number(value_of(1)), NOW)
        with pytest.raises(Unavailable):
            unit_of_work.commit()
    assert people_by_number(storage_urls) == {value_of(1): 1}


def test_nobody_changes_to_a_number_under_a_former_key(taken: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: as above, on the other way to a number."""
    with taken.begin() as unit_of_work:
        other = account(unit_of_work, number(value_of(2)))
        unit_of_work.commit()
        with pytest.raises(Refused, match="identifier_taken"):
            unit_of_work.accounts.change_identifier(
                other.id, IdentifierKind.CITIZEN_ID, number(value_of(1)), Instant(NOW + 1)
            )
    assert people_by_number(storage_urls) == {value_of(1): 1, value_of(2): 1}


def test_a_person_changes_to_their_own_number_under_a_former_key(taken: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: what is given up in the same transaction counts as held by somebody."""
    with taken.begin() as unit_of_work:
        owner = unit_of_work.accounts.find(number(value_of(1)))
        assert owner is not None
        unit_of_work.accounts.change_identifier(
            owner.id, IdentifierKind.CITIZEN_ID, number(value_of(1)), Instant(NOW + 1)
        )
        unit_of_work.commit()
    assert people_by_number(storage_urls) == {value_of(1): 1}
    assert versions_of_indexes(storage_urls) == {1: 1, 2: 1}


def test_nobody_is_imported_with_a_number_under_a_former_key(taken: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: many rows at once are written without a look at the other key."""
    people = [
        ImportedPerson(
            account=new_account(number(value_of(count))), verified=frozenset(), password_hash=None, subjects=()
        )
        for count in (3, 1)
    ]
    with taken.begin() as unit_of_work:
        with pytest.raises(Refused, match="identifier_taken"):
            unit_of_work.newcomers.write(people)
        with pytest.raises(Unavailable):
            unit_of_work.commit()
    assert people_by_number(storage_urls) == {value_of(1): 1}


def test_a_card_under_a_former_key_is_its_holders_and_comes_under_the_new_one_when_used(
    taken: Storage, storage_urls: StorageUrls
) -> None:
    """Mutations: it is added by another person, too; its digest stays under the key that is to go."""
    with taken.begin() as unit_of_work:
        assert not unit_of_work.citizen_cards.add(account(unit_of_work).id, CARD, NOW)
        kept = unit_of_work.citizen_cards.find(CARD.serial)
        assert kept is not None
        assert unit_of_work.citizen_cards.use(kept, CardUse(NOW, b"question", CARD.serial), NOW)
        unit_of_work.commit()
    with engine_of(storage_urls).connect() as connection:
        assert [digest[1] for digest in connection.execute(select(citizen_cards.c.serial_digest)).scalars()] == [2]
    with opened(storage_urls, cipher_of(2)) as later, later.begin() as unit_of_work:
        assert unit_of_work.citizen_cards.find(CARD.serial) is not None
