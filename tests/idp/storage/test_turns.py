"""On SQLite the threads of a process take turns on one connection (docs/decisions/0020)."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import closing
from pathlib import Path

import pytest

from idp.clock import Instant
from idp.errors import Unavailable
from idp.storage import database, open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW

pytestmark = pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Another thread."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def count(storage: Storage, subject: bytes = b"subject") -> None:
    """One more, however many count at once."""
    while True:
        with storage.begin() as unit_of_work:
            seen = unit_of_work.guesses.get(subject)
            if unit_of_work.guesses.count(subject, seen.failures if seen else 0, NOW):
                unit_of_work.commit()
                return


def counted(storage: Storage, subject: bytes = b"subject") -> int:
    with storage.begin() as unit_of_work:
        guesses = unit_of_work.guesses.get(subject)
    return guesses.failures if guesses else 0


def test_a_thread_waits_for_the_transaction_of_another(storage: Storage, elsewhere: ThreadPoolExecutor) -> None:
    """It never looks into it, and never writes into it. Mutation: `begin` gives the turn back after BEGIN."""
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)
        looking = elsewhere.submit(counted, storage)
        with pytest.raises(StillWaiting):
            looking.result(0.2)
        unit_of_work.commit()
        assert looking.result(5) == 1
        unit_of_work.guesses.count(b"rolled back", 0, NOW)
        writing = elsewhere.submit(count, storage)
        unit_of_work.roll_back()
        writing.result(5)
    assert (counted(storage), counted(storage, b"rolled back")) == (2, 0)


def test_a_transaction_that_never_ends_keeps_others_waiting_so_long_and_no_longer(
    storage: Storage, elsewhere: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: a turn that is waited for without an end; a turn that is taken and not counted back."""
    monkeypatch.setattr(database, "TURN_SECONDS", 0.2)
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)
        for act in (counted, count):
            with pytest.raises(Unavailable) as refused:
                elsewhere.submit(act, storage).result(5)
            assert refused.value.detail == "database: TimeoutError"
    assert elsewhere.submit(counted, storage).result(5) == 0


def test_a_refused_step_leaves_the_turn_to_others(storage: Storage, elsewhere: ThreadPoolExecutor) -> None:
    """Mutation: `run` that ends its turn only when all is well."""
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)
        storage.close()  # under its hands
        with pytest.raises(Unavailable):
            unit_of_work.guesses.count(b"subject", 1, NOW)
    assert elsewhere.submit(counted, storage).result(5) == 0
    count(storage)
    assert elsewhere.submit(counted, storage).result(5) == 1


def test_while_another_process_writes_the_threads_of_this_one_read(
    storage: Storage, elsewhere: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """Whoever wants to write waits without the turn. Mutation: SQLite's own wait of five seconds for BEGIN."""
    with closing(sqlite3.connect(path_of(storage), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = elsewhere.submit(count, storage)
        begun = time.monotonic()
        for _ in range(20):
            assert counted(storage) == 0
        assert time.monotonic() - begun < 1
        assert not writing.done()
        other.execute("ROLLBACK")
        writing.result(5)
    assert counted(storage) == 1


def test_another_process_that_never_ends_is_not_waited_for_for_ever(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: no end to the tries."""
    monkeypatch.setattr(database, "TURN_SECONDS", 0.2)
    counted(storage)
    with closing(sqlite3.connect(path_of(storage), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as refused:
            count(storage)
        assert "SQLITE_BUSY" in refused.value.detail
        other.execute("ROLLBACK")
    count(storage)
    assert counted(storage) == 1


def test_two_processes_and_many_threads_count_every_time(
    storage: Storage, storage_urls: object, cipher: FieldCipher
) -> None:
    """Two stores over one file stand for two processes. Mutation: a BUSY that is not tried again."""
    path = path_of(storage)
    other = open_storage(f"sqlite:///{path}", "memory:", cipher, lambda: Instant(NOW))
    start = threading.Barrier(8)

    def work(store: Storage) -> None:
        start.wait(10)
        for _ in range(25):
            count(store)

    threads = [threading.Thread(target=work, args=(store,)) for store in (storage, other) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counted(storage) == 200
    other.close()


def path_of(storage: Storage) -> Path:
    """The file of the main store."""
    told = storage._database._engine.url.database
    assert told is not None
    return Path(told)
