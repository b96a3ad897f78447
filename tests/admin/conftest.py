"""A browser over an installation of its own, and officers who came by invitations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.app import Installation
from tests.idp.installed import Moment, installed
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def installation(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    opened = installed(storage_urls, tmp_path, clock)
    yield opened
    opened.storage.close()
