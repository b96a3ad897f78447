"""Fixtures: two machines over either pair of stores, and a report at the end. Everything here is of `make long`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.machines import Machines, watched
from tests.faults.report import Report
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import running_idp

QUICK = "[tokens]\naccess_token = 3600\n[passwords]\nmemory_kib = 64\niterations = 1\nslots = 8"
"""Tokens that outlive the run, and sign-ins that leave the machine to the rest."""
_report = Report()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test of this folder takes minutes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.long)


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


@pytest.fixture(params=["sqlite", "postgresql"])
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machines]:
    """Two machines over SQLite, then over PostgreSQL and Redis."""
    urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    if request.param == "postgresql":
        urls = StorageUrls(request.getfixturevalue("postgresql_url"), request.getfixturevalue("redis_url"))
    with running_idp(urls, tmp_path, sections=QUICK) as idp:
        pair = Machines.of(idp)
        pair.add()
        with watched(pair):
            yield pair
