"""The management port: says by name what does not work, and how to mend it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from idp.app import Installation, management
from idp.keys.rotation import ensure
from idp.storage import migrations
from tests.idp.installed import Moment, installed
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import free_port, redis_server

_numbers = count(1)


@contextmanager
def listening(installation: Installation) -> Iterator[str]:
    """The address of the management port of this process."""
    server = management.start(installation)
    try:
        yield f"http://127.0.0.1:{installation.settings.server.management_port}"
    finally:
        server.shutdown()
        server.server_close()


def ask(address: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def down(told: dict[str, Any]) -> dict[str, str]:
    """The checks that fail, with their words."""
    assert {check["name"] for check in told["checks"]} == {"stores", "migrations", "master_keys", "signing_key"}
    assert told["status"] == ("DOWN" if any(check["status"] == "DOWN" for check in told["checks"]) else "UP")
    return {check["name"]: check["fault"] for check in told["checks"] if check["status"] == "DOWN"}


@pytest.fixture
def port() -> dict[str, str]:
    return {"IDP_SERVER__MANAGEMENT_PORT": str(free_port())}


def test_it_says_step_by_step_what_is_missing(tmp_path: Path, clock: Moment, port: dict[str, str]) -> None:
    """Mutation: `ready` that is always up."""
    urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    installation = installed(urls, tmp_path, clock, **port)
    with listening(installation) as address:
        status, told = ask(f"{address}/health/ready")
        assert status == 503
        assert set(down(told)) == {"migrations", "signing_key"}
        assert all("idp migrate" in fault for fault in down(told).values())
        migrations.upgrade(urls.database)
        assert set(down(ask(f"{address}/health/started")[1])) == {"signing_key"}
        with installation.services.begin() as unit_of_work:
            ensure(unit_of_work, clock())
            unit_of_work.commit()
        for path in ("ready", "started"):
            status, told = ask(f"{address}/health/{path}")
            assert (status, down(told)) == (200, {})
        assert ask(f"{address}/health/live") == (200, {"status": "UP"})
        assert ask(f"{address}/nothing")[0] == 404
    installation.storage.close()


def test_a_stopped_database_is_named_and_the_process_lives(
    postgresql_port: int, redis_url: str, tmp_path: Path, clock: Moment, port: dict[str, str]
) -> None:
    """Mutation: a traceback instead of 503, or `live` that asks the database, so that all servers are restarted."""
    name = f"stopped_{next(_numbers)}"
    with psycopg.connect(f"postgresql://idp@127.0.0.1:{postgresql_port}/postgres", autocommit=True) as administrator:
        administrator.execute(f"CREATE DATABASE {name}".encode())
        urls = StorageUrls(f"postgresql://idp@127.0.0.1:{postgresql_port}/{name}", redis_url)
        migrations.upgrade(urls.database)
        installation = installed(urls, tmp_path, clock, **port)
        with installation.services.begin() as unit_of_work:
            ensure(unit_of_work, clock())
            unit_of_work.commit()
        with listening(installation) as address:
            assert ask(f"{address}/health/ready")[0] == 200
            administrator.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            status, told = ask(f"{address}/health/ready")
            assert status == 503
            assert {"stores", "migrations"} <= set(down(told))
            assert "storage.database" in down(told)["stores"]
            assert ask(f"{address}/health/live")[0] == 200
        installation.storage.close()


def test_a_stopped_ephemeral_store_is_named_as_well(
    sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment, port: dict[str, str]
) -> None:
    with redis_server() as redis_port:
        urls = StorageUrls(sqlite_urls.database, f"redis://127.0.0.1:{redis_port}/0")
        installation = installed(urls, tmp_path, clock, **port)
        with installation.services.begin() as unit_of_work:
            ensure(unit_of_work, clock())
            unit_of_work.commit()
        assert list(management.health_of(installation).faults()) == []
    faults = dict(management.health_of(installation).faults())
    assert list(faults) == ["stores"]
    assert "storage.ephemeral" in faults["stores"]
    installation.storage.close()


def test_another_master_key_is_named(
    installation: Installation, sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """Mutation: advice to migrate, which cannot help."""
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, clock())
        unit_of_work.commit()
    other = installed(sqlite_urls, tmp_path, clock, IDP_SECRETS__KEYS=f"2:{'A' * 43}=")
    faults = dict(management.health_of(other).faults())
    assert list(faults) == ["signing_key"]
    assert "secrets.keys" in faults["signing_key"]
    other.storage.close()


def test_a_taken_port_is_an_error_for_the_command_line(installation: Installation) -> None:
    with listening(installation), pytest.raises(OSError, match="in use"):
        management.start(installation)
