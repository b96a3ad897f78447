"""A browser over an installation of its own, on each pair of stores, with a person who can sign in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.app import Installation
from tests.idp.installed import Moment, installed, new_person
from tests.idp.pages.page_browser import Browser
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def with_person(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    installation = installed(storage_urls, tmp_path, clock)
    new_person(installation)
    yield installation
    installation.storage.close()


@pytest.fixture
def browser(with_person: Installation) -> Browser:
    return Browser(with_person)
