"""Fixtures over private servers: `postgresql_url`, `redis_url`, and both supported pairs of stores.

Everything heavy is imported by the fixture that needs it, so that other tests start at once.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.plugins.server_processes import postgresql_server, redis_server

if TYPE_CHECKING:
    from idp.storage.encryption import FieldCipher
    from idp.storage.stores import Storage

_numbers = count(1)


@dataclass(frozen=True)
class StorageUrls:
    """Where the two stores of an installation are."""

    database: str
    ephemeral: str


@pytest.fixture(scope="session")
def postgresql_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the private PostgreSQL writes its log."""
    return tmp_path_factory.mktemp("postgresql") / "log"


@pytest.fixture(scope="session")
def postgresql_port(postgresql_log: Path) -> Iterator[int]:
    """The private PostgreSQL of this run; superuser `idp`, no password."""
    with postgresql_server(postgresql_log) as port:
        yield port


@pytest.fixture(scope="session")
def redis_port() -> Iterator[int]:
    """The private Redis of this run."""
    with redis_server() as port:
        yield port


@pytest.fixture(scope="module")
def postgresql_url(postgresql_port: int) -> Iterator[str]:
    """A database for this module, without any table yet."""
    name = f"test_{next(_numbers)}"
    _administer(postgresql_port, f"CREATE DATABASE {name}")
    yield f"postgresql://idp@127.0.0.1:{postgresql_port}/{name}"
    _administer(postgresql_port, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(redis_port: int) -> str:
    """Redis with nothing in it."""
    import redis

    url = f"redis://127.0.0.1:{redis_port}/0"
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
    return url


@pytest.fixture(scope="session")
def cipher() -> "FieldCipher":
    """The cipher of all test stores: one key, the same in every process of a test."""
    from idp.storage.encryption import FieldCipher

    return FieldCipher({1: bytes(range(32))})


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    from idp.storage.migrations import upgrade

    path = tmp_path_factory.mktemp("migrated") / "idp.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_port: int) -> str:
    """A migrated database, emptied before each test that uses it."""
    from idp.storage.migrations import upgrade

    _administer(postgresql_port, "CREATE DATABASE migrated")
    url = f"postgresql://idp@127.0.0.1:{postgresql_port}/migrated"
    upgrade(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def storage_urls(request: pytest.FixtureRequest, tmp_path: Path) -> StorageUrls:
    """Both pairs of stores in turn, migrated and empty: SQLite with its own file beside, PostgreSQL with Redis."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "idp.db")
        return StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    database: str = request.getfixturevalue("migrated_postgresql")
    _empty(database)
    return StorageUrls(database, request.getfixturevalue("redis_url"))


@pytest.fixture
def storage(storage_urls: StorageUrls, cipher: "FieldCipher") -> "Iterator[Storage]":
    """The stores at `storage_urls`, opened with the real clock."""
    from idp.clock import system_clock
    from idp.storage import open_storage

    opened = open_storage(storage_urls.database, storage_urls.ephemeral, cipher, system_clock)
    yield opened
    opened.close()


def _administer(port: int, statement: str) -> None:
    import psycopg

    with psycopg.connect(f"postgresql://idp@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


def _empty(url: str) -> None:
    import psycopg

    from idp.storage.tables import metadata

    with psycopg.connect(url, autocommit=True) as connection:
        # A superuser may pass over foreign keys, and over the triggers that keep the log.
        every = (f'DELETE FROM "{table}"' for table in metadata.tables)
        connection.execute("; ".join(("SET session_replication_role = replica", *every)).encode())
