"""What only the ephemeral store in SQL has: a table to create, and expired rows to clear away."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from idp.clock import Instant
from idp.errors import Unavailable
from idp.storage.database import Database
from idp.storage.engine import create_engine
from idp.storage.ephemeral.sql import SqlEphemeral
from idp.storage.ephemeral.table import NAME, ephemeral_values
from tests.idp.storage.made import NOW
from tests.idp.storage.storm import run_at_once


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ephemeral.db'}"
    database: str = request.getfixturevalue("postgresql_url")
    with create_engine(database).connect() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {NAME}"))
    return database


def opened(url: str, now: int = NOW) -> SqlEphemeral:
    return SqlEphemeral(Database(create_engine(url)), lambda: Instant(now))


def rows(url: str) -> int:
    with create_engine(url).connect() as connection:
        return connection.execute(select(func.count()).select_from(ephemeral_values)).scalar_one()


def test_expired_values_are_cleared_away_while_others_are_written(url: str) -> None:
    """Mutation: no purge, with which the file grows for ever."""
    store = opened(url)
    for number in range(300):
        store.put(f"old {number}", b"value", 1)
    store.put("stays", b"value", 10_000)
    assert rows(url) == 301
    later = opened(url, NOW + 2)
    for _ in range(256):
        later.put("one", b"value", 60)
    assert later.get("stays") == b"value"
    assert rows(url) == 2


def test_one_purge_is_a_small_batch(url: str) -> None:
    store = opened(url)
    for number in range(520):
        store.put(f"old {number}", b"value", 1)
    later = opened(url, NOW + 2)
    removed = [later.purge() for _ in range(3)]
    assert sum(removed) + rows(url) == 520
    assert max(removed) <= 500


def test_a_lost_table_is_another_generation(url: str) -> None:
    """Mutation: a generation that lives in the process, or elsewhere than in the store."""
    store = opened(url)
    store.put("key", b"value", 60)
    generation = store.generation()
    assert opened(url).generation() == generation
    with create_engine(url).connect() as connection:
        connection.execute(text(f"DELETE FROM {NAME}"))
    assert store.generation() != generation


def test_a_purge_leaves_the_generation(url: str) -> None:
    generation = opened(url).generation()
    later = opened(url, NOW + 10_000_000)
    later.purge()
    assert later.generation() == generation


def test_several_processes_may_start_at_once(url: str) -> None:
    """Mutation: CREATE TABLE IF NOT EXISTS without a lock, which PostgreSQL lets collide."""
    loading = (
        "import psycopg; from idp.clock import system_clock; from idp.storage.database import Database;"
        "from idp.storage.engine import create_engine; from idp.storage.ephemeral.sql import SqlEphemeral"
    )
    acting = "SqlEphemeral(Database(create_engine(input())), system_clock).incr('starts', 60)"
    assert run_at_once(loading, acting, url) == [""] * 3
    with create_engine(url).connect() as connection:
        assert connection.execute(select(ephemeral_values.c.counter)).scalar_one() == 3


def test_the_table_of_postgresql_is_emptied_by_a_crash(postgresql_url: str) -> None:
    """Mutation: a logged table, slower and, after a crash, holding what was already used."""
    opened(postgresql_url).put("key", b"value", 60)
    with create_engine(postgresql_url).connect() as connection:
        kind = connection.execute(text(f"SELECT relpersistence FROM pg_class WHERE relname = '{NAME}'"))
        assert kind.scalar_one() in ("u", b"u")


def test_a_database_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        opened("sqlite:////nowhere/at/all/ephemeral.db").get("key")


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = opened(f"sqlite:///{tmp_path / 'ephemeral.db'}")
    store.put("key", b"value", 60)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("ephemeral.db", "ephemeral.db-wal", "ephemeral.db-shm"), "0o600")
