"""Fixtures: two machines over either pair of stores, and a report at the end. Everything here is of `make long`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.machines import Machines, watched
from tests.faults.report import Report
from tests.faults.watched_relay import WatchedRelay
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import running_idp

QUICK = "[tokens]\naccess_token = 3600\n[passwords]\nmemory_kib = 64\niterations = 1\nslots = 8"
"""Tokens that outlive the run, and sign-ins that leave the machine to the rest."""
_report = Report()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test of this folder takes minutes, and counts what a loaded machine does."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.long)
            item.add_marker(pytest.mark.alone)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The tables, to be kept in `docs/reliability.md`."""
    if not _report.is_empty:
        terminalreporter.section("reliability")
        for line in _report.lines():
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def report() -> Report:
    """Where a test writes down what it counted."""
    return _report


@pytest.fixture
def redis_relay(redis_url: str) -> Iterator[WatchedRelay]:
    """Before the Redis of `machines_behind_relay`, which can so be replaced."""
    relay = WatchedRelay(int(redis_url.split(":")[2].partition("/")[0]))
    yield relay
    relay.close()


@pytest.fixture
def machines_behind_relay(postgresql_url: str, redis_relay: WatchedRelay, tmp_path: Path) -> Iterator[Machines]:
    """Two machines over PostgreSQL and a Redis that can be replaced."""
    yield from _two_machines(StorageUrls(postgresql_url, f"redis://127.0.0.1:{redis_relay.port}/0"), tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machines]:
    """Two machines over SQLite, then over PostgreSQL and Redis."""
    urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    if request.param == "postgresql":
        urls = StorageUrls(request.getfixturevalue("postgresql_url"), request.getfixturevalue("redis_url"))
    yield from _two_machines(urls, tmp_path)


def _two_machines(urls: StorageUrls, directory: Path) -> Iterator[Machines]:
    with running_idp(urls, directory, sections=QUICK) as idp:
        pair = Machines.of(idp)
        pair.add()
        with watched(pair):
            yield pair
