"""In continuous integration a test that did not run is a failure: skipped, expected to fail, or not collected."""

import os

import pytest

IS_CONTINUOUS_INTEGRATION = bool(os.environ.get("CI"))
not_run: list[str] = []


def note(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Remember a report of something that was skipped, or that has an `xfail` mark, whatever came of it."""
    if report.skipped or hasattr(report, "wasxfail"):
        not_run.append(report.nodeid)


pytest_runtest_logreport = note
pytest_collectreport = note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what did not run."""
    if IS_CONTINUOUS_INTEGRATION and not_run:
        terminalreporter.section("not run, which continuous integration does not forgive", red=True)
        for nodeid in not_run:
            terminalreporter.line(nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a green session red when something did not run."""
    if IS_CONTINUOUS_INTEGRATION and not_run and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
