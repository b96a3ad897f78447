"""A city with an app that asks for 四级, an authority, and a person."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.app import Installation
from idp.model.account import Account
from tests.idp.installed import Moment, installed
from tests.idp.pages.face.face_checks import FaceBrowser, person_at, with_app
from tests.plugins.private_servers import StorageUrls
from tests.realnames.sources.toy_authority import ToyAuthority, running_toy


@pytest.fixture
def toy(clock: Moment) -> Iterator[ToyAuthority]:
    with running_toy(clock) as toy:
        yield toy


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment, toy: ToyAuthority) -> Iterator[Installation]:
    """An app that asks for 四级, and an authority."""
    installation = installed(storage_urls, tmp_path, clock, **toy.settings)
    with_app(installation)
    yield installation
    installation.storage.close()


@pytest.fixture
def account(city: Installation) -> Account:
    return person_at(city)


@pytest.fixture
def browser(city: Installation, toy: ToyAuthority, account: Account) -> FaceBrowser:
    return FaceBrowser(city, toy)
