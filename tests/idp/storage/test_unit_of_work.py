"""The unit of work: all or nothing, on a connection that nobody else uses meanwhile."""

import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import sqlite

from idp.errors import Unavailable
from idp.ports import UnitOfWork
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.statements import Prepared
from idp.storage.stores import Storage
from idp.storage.tables import accounts
from tests.idp.storage.made import NOW, PHONE, account, client, grant, told
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import ROOT
from tests.plugins.server_processes import free_port


def counted(unit_of_work: UnitOfWork, subject: bytes = b"subject") -> int:
    guesses = unit_of_work.guesses.get(subject)
    return guesses.failures if guesses else 0


def test_leaving_without_commit_forgets(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)
        assert counted(unit_of_work) == 1
    with storage.begin() as unit_of_work:
        assert counted(unit_of_work) == 0


def test_an_exception_forgets_all_of_several_writes(storage: Storage) -> None:
    """Mutation: statements that commit one by one."""

    def write_and_fail() -> None:
        with storage.begin() as unit_of_work:
            account(unit_of_work, PHONE)
            unit_of_work.guesses.count(b"subject", 0, NOW)
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        write_and_fail()
    with storage.begin() as unit_of_work:
        assert unit_of_work.accounts.find(PHONE) is None
        assert counted(unit_of_work) == 0


def test_after_commit_and_after_rollback_the_unit_is_used_again(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"kept", 0, NOW)
        unit_of_work.commit()
        unit_of_work.guesses.count(b"forgotten", 0, NOW)
        unit_of_work.roll_back()
        unit_of_work.guesses.count(b"kept too", 0, NOW)
        unit_of_work.commit()
        unit_of_work.commit()
        unit_of_work.roll_back()
    with storage.begin() as unit_of_work:
        subjects = (b"kept", b"forgotten", b"kept too")
        assert [counted(unit_of_work, subject) for subject in subjects] == [1, 0, 1]


def test_nobody_sees_what_is_not_committed(storage: Storage, storage_urls: StorageUrls, cipher: FieldCipher) -> None:
    """Other processes look and find nothing; for other threads on SQLite see `test_turns.py`."""
    other = open_storage(storage_urls.database, storage_urls.ephemeral, cipher, lambda: NOW)
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)
        assert storm(1, lambda _number: look(other)) == [0]
        unit_of_work.commit()
    assert storm(1, lambda _number: look(other)) == [1]
    other.close()


def look(storage: Storage) -> int:
    with storage.begin() as unit_of_work:
        return counted(unit_of_work)


def test_a_unit_that_only_reads_leaves_no_transaction_open(storage: Storage, storage_urls: StorageUrls) -> None:
    with storage.begin() as unit_of_work, engine_of(storage_urls).connect() as connection:
        counted(unit_of_work)
        if connection.dialect.name == "sqlite":
            connection.execute(text("BEGIN EXCLUSIVE"))
            connection.execute(text("ROLLBACK"))
        else:
            assert sessions(connection, "idle in transaction") == 0


def test_a_second_unit_of_a_thread_may_read_but_not_write_into_the_first(storage: Storage) -> None:
    """Mutation: no owner, with which the inner unit's commit is the outer's."""
    with storage.begin() as outer:
        outer.guesses.count(b"outer", 0, NOW)
        with storage.begin() as inner:
            assert counted(inner, b"outer") == 1
            with pytest.raises(RuntimeError):
                inner.guesses.count(b"inner", 0, NOW)
            inner.commit()
        outer.roll_back()
        with storage.begin() as after:
            after.guesses.count(b"after", 0, NOW)
            after.commit()
        assert [counted(outer, subject) for subject in (b"outer", b"inner", b"after")] == [0, 0, 1]


def test_after_a_failed_write_nothing_of_the_transaction_is_committed(storage: Storage) -> None:
    """Mutation: on SQLite, where a failed statement leaves the rest of its transaction standing."""
    with storage.begin() as unit_of_work:
        impossible = grant(unit_of_work, sub=None, nonce="n-of-somebody")
        unit_of_work.commit()
        unit_of_work.guesses.count(b"subject", 0, NOW)
        with pytest.raises(Unavailable) as refused:
            unit_of_work.authorizations.redeem(b"code", impossible, told())
        with pytest.raises(Unavailable):
            unit_of_work.commit()
        assert counted(unit_of_work) == 0
        assert unit_of_work.guesses.count(b"subject", 0, NOW)
        unit_of_work.commit()
        assert counted(unit_of_work) == 1
    assert "n-of-somebody" not in str(refused.value) + refused.value.detail


def test_a_transaction_that_took_too_long_is_not_committed(storage: Storage) -> None:
    """Mutation: no deadline; whoever seals the log relies on it (DESIGN, Events)."""
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)
        unit_of_work._transaction._deadline = time.monotonic() - 1  # type: ignore[attr-defined]
        with pytest.raises(Unavailable) as refused:
            unit_of_work.commit()
        assert counted(unit_of_work) == 0
    assert "too old" in refused.value.detail


def test_an_unreachable_database_is_unavailable_and_keeps_its_password(cipher: FieldCipher) -> None:
    url = f"postgresql://idp:pass-word@127.0.0.1:{free_port()}/idp"
    storage = open_storage(url, "memory:", cipher, lambda: NOW)
    for act in (look, write, lambda opened: opened.ping()):
        with pytest.raises(Unavailable) as refused:
            act(storage)
        assert "pass-word" not in str(refused.value) + refused.value.detail
        assert refused.value.__cause__ is None


def write(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.clients.save(client(), NOW)
        unit_of_work.commit()


def test_every_thread_has_a_connection_of_its_own_which_ends_after_it(
    storage: Storage, storage_urls: StorageUrls
) -> None:
    """The next thread that opens one closes those of the dead. Mutation: one connection for all; `_open` unlooked at."""
    if storage_urls.database.startswith("sqlite"):
        assert storm(8, lambda _number: look(storage)) == [0] * 8
        return
    meeting = threading.Barrier(9)

    def work(_number: int) -> None:
        look(storage)
        look(storage)
        meeting.wait(10)
        meeting.wait(10)

    with engine_of(storage_urls).connect() as connection:
        others = sessions_of_others(connection)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        meeting.wait(10)
        wait_for_sessions(connection, others + 8)
        meeting.wait(10)
        for thread in threads:
            thread.join(10)
        look(storage)
        wait_for_sessions(connection, others + 1)


def sessions(connection: Connection, state: str) -> int:
    """Other connections to this database in this state."""
    statement = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = :state"
    )
    count: int = connection.execute(statement, {"state": state}).scalar_one()
    return count


def sessions_of_others(connection: Connection) -> int:
    """What the counting threads of applications that earlier tests built still hold, once they have come to rest."""
    deadline, counts = time.monotonic() + 20, [-1, -2]
    while len(set(counts[-15:])) > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
        counts.append(sessions(connection, "idle"))
    return counts[-1]


def wait_for_sessions(connection: Connection, expected: int) -> None:
    deadline = time.monotonic() + 5
    while sessions(connection, "idle") != expected and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sessions(connection, "idle") == expected


def test_a_broken_connection_is_replaced_before_anything_is_written(
    storage: Storage, storage_urls: StorageUrls
) -> None:
    """Mutation: after a restart of the database every thread fails once."""
    for act in (look, write):
        act(storage)
        break_connections(storage_urls)
        act(storage)


def test_a_connection_that_breaks_in_a_transaction_loses_all_of_it(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: going on with a new connection, on which every statement would commit by itself."""
    if storage_urls.database.startswith("sqlite"):
        return  # a file has no connection that others could break
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"before", 0, NOW)
        break_connections(storage_urls)
        look(storage)  # another unit of this thread replaces the connection
        with pytest.raises(Unavailable):
            unit_of_work.guesses.count(b"after", 0, NOW)
        with pytest.raises(Unavailable):
            unit_of_work.commit()
    with storage.begin() as unit_of_work:
        assert [counted(unit_of_work, subject) for subject in (b"before", b"after")] == [0, 0]


def break_connections(urls: StorageUrls) -> None:
    if urls.database.startswith("sqlite"):
        return
    with engine_of(urls).connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_a_forked_child_works_on_a_connection_of_its_own(storage: Storage) -> None:
    """Mutation: the child uses the connection that it inherited."""
    look(storage)
    assert run_forked(write_in_child, storage) == 0
    assert look(storage) == 1


def write_in_child(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)
        unit_of_work.commit()
    assert storage._database.held().process == os.getpid()
    assert storm(2, lambda _number: look(storage)) == [1, 1]
    storage.close()


def test_a_forked_child_leaves_the_connections_of_other_threads_alone(storage: Storage) -> None:
    """Mutation: in the child the other threads' connections are collected, which ends them for the parent, too."""
    has_looked, is_forked = threading.Event(), threading.Event()
    held: list[int] = []

    def look_twice() -> None:
        look(storage)
        held.append(id(storage._database.held()))
        has_looked.set()
        is_forked.wait(20)
        look(storage)
        held.append(id(storage._database.held()))

    other = threading.Thread(target=look_twice)
    other.start()
    has_looked.wait(20)
    assert run_forked(read_in_child, storage) == 0
    is_forked.set()
    other.join(20)
    assert held[0] == held[1]


def test_a_child_that_is_forked_in_a_transaction_has_no_part_in_it(storage: Storage) -> None:
    """Mutations: the child gives back its parent's turn; it goes on, and each of its statements commits by itself."""
    with storage.begin() as unit_of_work:
        unit_of_work.guesses.count(b"subject", 0, NOW)

        def go_on(inherited: Storage) -> None:
            with pytest.raises(Unavailable):
                unit_of_work.guesses.count(b"of the child", 0, NOW)
            unit_of_work.roll_back()
            assert counted_by(inherited, b"of the child") == 0
            inherited.close()

        assert run_forked(go_on, storage) == 0
        unit_of_work.commit()
    assert (look(storage), counted_by(storage, b"of the child")) == (1, 0)


def counted_by(storage: Storage, subject: bytes) -> int:
    with storage.begin() as unit_of_work:
        return counted(unit_of_work, subject)


def read_in_child(storage: Storage) -> None:
    gc.collect()
    assert look(storage) == 0
    storage.close()


def run_forked(target: Callable[[Storage], None], storage: Storage) -> int | None:
    child = multiprocessing.get_context("fork").Process(target=target, args=(storage,))
    child.start()
    child.join(20)
    return child.exitcode


def test_closing_ends_the_connections_of_all_threads(storage: Storage, storage_urls: StorageUrls) -> None:
    with engine_of(storage_urls).connect() as connection:
        others = sessions_of_others(connection) if storage_urls.database.startswith("postgresql") else 0
        look(storage)
        storage.close()
        if storage_urls.database.startswith("postgresql"):
            wait_for_sessions(connection, others)
    assert look(storage) == 0


def test_stores_may_be_closed_while_a_thread_uses_them(storage_urls: StorageUrls) -> None:
    """SQLite ends the process by SIGSEGV otherwise. Mutation: `Held.close` does not wait."""
    program = Path(__file__).with_name("closed_in_use.py")
    command = [sys.executable, str(program), storage_urls.database, storage_urls.ephemeral]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


def test_a_statement_with_two_columns_of_one_name_is_refused() -> None:
    """Red when one of them is read under the name of the other, as a person's kind was as that of their phone."""
    statement = select(accounts.c.uid, accounts.c.id.label("uid"))
    with pytest.raises(ValueError, match="two columns of one name"):
        Prepared(statement, [], sqlite.dialect())
