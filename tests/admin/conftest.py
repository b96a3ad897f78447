"""A browser over an installation of its own, and officers who came by invitations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.app import Installation
from idp.model.account import Account
from idp.model.office import Role
from tests.admin.api.api_client import by_itself, of_officers, register_apps
from tests.idp.installed import Moment, installed, new_person
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def installation(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    opened = installed(storage_urls, tmp_path, clock)
    yield opened
    opened.storage.close()


@pytest.fixture
def person(installation: Installation) -> Account:
    """Somebody whom officers look at, with the apps that call the API."""
    register_apps(installation, of_officers(), by_itself(Role.SECURITY))
    return new_person(installation)
