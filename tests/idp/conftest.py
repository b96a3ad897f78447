"""Fixtures over a whole installation in the test's own process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.app import Installation
from tests.idp.installed import Moment, installed
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def clock() -> Moment:
    """A clock that stands still until the test moves it."""
    return Moment()


@pytest.fixture
def sqlite_urls(migrated_sqlite: Path, tmp_path: Path) -> StorageUrls:
    """Two SQLite files, migrated and empty."""
    shutil.copy(migrated_sqlite, tmp_path / "idp.db")
    return StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")


@pytest.fixture
def installation(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """Everything opened over SQLite, for what does not depend on the store."""
    opened = installed(sqlite_urls, tmp_path, clock)
    yield opened
    opened.storage.close()


@pytest.fixture
def installation_on_each_store(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """Everything opened over SQLite, then over PostgreSQL and Redis, for races."""
    opened = installed(storage_urls, tmp_path, clock)
    yield opened
    opened.storage.close()
