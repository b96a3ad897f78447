"""Which master key seals in a process: the one that the database says, never known for longer than five seconds."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from idp.errors import Unavailable
from idp.storage import master_keys
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from idp.storage.tables import clients, names
from idp.storage.transaction import Transaction
from tests.idp.storage.binder import cipher_of
from tests.idp.storage.made import NOW, PHONE, account, client
from tests.idp.storage.sql import engine_of
from tests.idp.storage.test_one_person_per_number import let_write, opened
from tests.plugins.private_servers import StorageUrls


class Stopwatch:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    stopwatch = Stopwatch()
    monkeypatch.setattr(master_keys, "monotonic", stopwatch)
    return stopwatch


@pytest.fixture
def followed(storage: Storage, storage_urls: StorageUrls) -> Iterator[Storage]:
    """The store of a process."""
    with opened(storage_urls, cipher_of(1, 2)) as later:
        yield later


def version_of(cipher: FieldCipher) -> int:
    versions = {
        cipher.seal("purpose", b"")[1],
        cipher.index("phone", "1")[1],
        cipher.indexes("phone", "1")[0][1],
        cipher.current,
    }
    assert cipher.tags("purpose", b"m")[0] == cipher.tag("purpose", b"m")
    (version,) = versions
    return version


def test_the_key_that_the_database_names_seals(
    followed: Storage, storage_urls: StorageUrls, stopwatch: Stopwatch
) -> None:
    """Mutations: the highest that is known; asked for only once; asked for at each value."""
    cipher = cipher_of(1, 2)
    cipher.follow(followed.key_in_force)
    assert version_of(cipher) == 2, "as before, while nobody has said anything"
    let_write(storage_urls, 1)
    stopwatch.now += 5
    assert version_of(cipher) == 1
    let_write(storage_urls, 2)
    stopwatch.now += 4.9
    assert version_of(cipher) == 1
    stopwatch.now += 0.1
    assert version_of(cipher) == 2
    assert [index[1] for index in cipher.indexes("phone", "1")] == [2, 1]


def test_the_key_that_writes_is_looked_up_first(
    followed: Storage, storage_urls: StorageUrls, stopwatch: Stopwatch
) -> None:
    """Mutation: the order of versions, where a lower one writes."""
    let_write(storage_urls, 1)
    cipher = cipher_of(1, 2, 3)
    cipher.follow(followed.key_in_force)
    assert [index[1] for index in cipher.indexes("phone", "1")] == [1, 3, 2]


@pytest.mark.parametrize("known", [cipher_of(1), FieldCipher({1: b"1" * 32, 2: b"x" * 32})], ids=["none", "another"])
def test_a_process_without_that_key_writes_nothing(
    followed: Storage, storage_urls: StorageUrls, stopwatch: Stopwatch, known: FieldCipher
) -> None:
    """Mutations: it goes on with what it has; a version is taken for the key."""
    let_write(storage_urls, 1)
    let_write(storage_urls, 2)
    known.follow(followed.key_in_force)
    for write in (
        lambda: known.seal("purpose", b""),
        lambda: known.index("phone", "1"),
        lambda: known.indexes("phone", "1"),
        lambda: known.tag("purpose", b""),
    ):
        with pytest.raises(Unavailable) as refused:
            write()
        assert "master key 2" in refused.value.detail


def test_while_the_database_is_dead_only_what_may_be_lost_is_written(
    followed: Storage, storage_urls: StorageUrls, stopwatch: Stopwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutations: a refusal fails where it is counted; a value for the database is sealed under a key of before."""
    let_write(storage_urls, 1)
    cipher = cipher_of(1, 2)
    cipher.follow(followed.key_in_force)
    assert version_of(cipher) == 1
    asked = 0

    def dead(*_: object) -> None:
        nonlocal asked
        asked += 1
        raise Unavailable("It is dead.")

    with monkeypatch.context() as night:
        night.setattr(Transaction, "find", dead)
        stopwatch.now += 60
        assert version_of(cipher) == 1
        assert asked == 1, "nobody waits for it again and again"
        with pytest.raises(Unavailable):
            followed.key_in_force.fresh()
    let_write(storage_urls, 2)
    assert version_of(cipher) == 1
    stopwatch.now += 1
    assert version_of(cipher) == 2


def test_what_is_written_into_the_database_is_sealed_with_its_key(
    followed: Storage, storage_urls: StorageUrls, stopwatch: Stopwatch
) -> None:
    """Mutation: the highest key that is known."""
    let_write(storage_urls, 1)
    with followed.begin() as unit_of_work:
        person = account(unit_of_work, PHONE)
        unit_of_work.clients.save(client("signing", secrets=("secret",)), NOW)
        unit_of_work.commit()
    with engine_of(storage_urls).connect() as connection:
        sealed = connection.execute(select(names.c.sealed_name).where(names.c.account_id == person.id)).scalar_one()
        document = connection.execute(select(clients.c.document)).scalar_one()
    assert (sealed[:2], json.loads(document)["secrets"][0][:4]) == (b"\x01\x01", "0101")
