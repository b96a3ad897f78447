"""What a server process does before its first request."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from idp.app import install, load_settings
from idp.app.application import application
from idp.keys import rotation
from tests.idp.installed import environment
from tests.plugins.private_servers import StorageUrls
from tests.plugins.relay import Relay


@pytest.fixture
def thawed() -> Iterator[None]:
    """What a start sets aside for good is this process's again."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
def test_the_keys_are_read_at_the_start(
    migrated_postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O05: a process that nobody asked for keys before the database died serves them all the same.

    Mutation: leave out the reading in `application`.
    """
    address, _, name = migrated_postgresql.rpartition("/")
    relay = Relay(int(address.rpartition(":")[2]))
    urls = StorageUrls(f"postgresql://idp@127.0.0.1:{relay.port}/{name}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    for variable, value in environment(urls, tmp_path).items():
        monkeypatch.setenv(variable, value)
    services = install(load_settings(None)).services
    with services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, services.clock())
        unit_of_work.commit()
    started: Any = application()
    relay.cut()
    with httpx.Client(transport=httpx.WSGITransport(app=started), base_url="http://localhost:8000") as client:
        assert client.get("/jwks").status_code == 200
