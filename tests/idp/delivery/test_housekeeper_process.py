"""The housekeeper's process, killed in the middle of its work."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, func, insert, select

from idp.app import Installation
from idp.storage.tables import access_tokens, authorizations, session_clients, sessions
from tests.connectors.messaging.carrier_program import REPOSITORY
from tests.idp.delivery.housekeeper_process import FIRST, rows_of
from tests.idp.installed import environment, new_person
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

DEAD, ALIVE = 2000, 500


@pytest.fixture
def engine(storage_urls: StorageUrls) -> Iterator[Engine]:
    opened = engine_of(storage_urls)
    yield opened
    opened.dispose()


def ids(engine: Engine, table: Table) -> set[int]:
    with engine.connect() as connection:
        return set(connection.execute(select(table.c.id)).scalars())


def test_whoever_is_killed_leaves_all_that_lives_and_the_next_one_finishes(
    installation_on_each_store: Installation, storage_urls: StorageUrls, engine: Engine
) -> None:
    """kill -9 while families, then while sessions are deleted, two at a time. Mutation: no transaction around a step."""
    account = new_person(installation_on_each_store)
    with engine.connect() as connection, connection.begin():
        for table, rows in rows_of(account.id, dead=DEAD, alive=ALIVE):
            connection.execute(insert(table), rows)
    command = [sys.executable, "-m", "tests.idp.delivery.housekeeper_process"]
    command += [storage_urls.database, storage_urls.ephemeral]
    for table in (authorizations, sessions):
        processes = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(2)]
        _wait_until_some_went(engine, table)
        for process in processes:
            process.kill()
            process.wait()
        assert set(range(FIRST + DEAD, FIRST + DEAD + ALIVE)) < ids(engine, table)
        with engine.connect() as connection:
            without = ~sessions.c.id.in_(select(session_clients.c.session_id))
            assert connection.execute(select(func.count()).select_from(sessions).where(without)).scalar_one() == 0
    assert subprocess.run([*command, "to the end"], cwd=REPOSITORY, check=False).returncode == 0
    for table in (access_tokens, authorizations, sessions):
        assert ids(engine, table) == set(range(FIRST + DEAD, FIRST + DEAD + ALIVE)), table


def test_the_worker_keeps_house_until_it_is_told_to_stop(sqlite_urls: StorageUrls, tmp_path: Path) -> None:
    """`idp worker` itself, by the clock of the machine. Mutations: not started; a thread that outlives the signal."""
    engine = engine_of(sqlite_urls)
    expired = {"secret_digest": b"d", "scope": "", "issued_at": 1, "expires_at": 2}
    with engine.connect() as connection:
        connection.execute(insert(access_tokens), [{"id": number, **expired} for number in range(1, 2001)])
    worker = subprocess.Popen(
        [sys.executable, "-m", "idp", "worker"],
        cwd=REPOSITORY,
        env={"PATH": os.defpath, **environment(sqlite_urls, tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for _ in range(3000):
            if ids(engine, access_tokens) == {2000}:
                break
            time.sleep(0.01)
        time.sleep(0.3)  # it rests now, for many times longer than it may take to stop
        worker.terminate()
        output, _ = worker.communicate(timeout=3)
    finally:
        worker.kill()
        engine.dispose()
    assert worker.returncode == 0, output
    told = [json.loads(line) for line in output.splitlines()]
    assert [line["access_tokens"] for line in told if line["event"] == "housekeeping.deleted"] == [1999]


def _wait_until_some_went(engine: Engine, table: Table) -> None:
    for _ in range(3000):
        if len(ids(engine, table)) < DEAD + ALIVE:
            return
        time.sleep(0.01)
    raise AssertionError("nothing was deleted")
