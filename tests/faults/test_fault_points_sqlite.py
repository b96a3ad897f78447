"""Threat O08 over SQLite: the process dies when it waits to write the step of a redemption, and the app tries again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.faults.conftest import QUICK
from tests.faults.one_machine import OneMachine, one_machine
from tests.faults.report import Report
from tests.faults.walks.browser import Browser, question
from tests.faults.walks.silent_sign_in import silent_code
from tests.faults.walks.world import APPS, register
from tests.plugins.private_servers import StorageUrls

TIMES = 3
LONG_SECONDS = 1.0
"""A hundred times what a redemption takes, and far from the five after which it gives up waiting for the lock."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[OneMachine]:
    urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    with one_machine(urls, tmp_path, QUICK) as machine:
        register(machine.world, APPS)
        yield machine


def test_a_redemption_that_is_cut_short(machine: OneMachine, report: Report, tmp_path: Path) -> None:
    """We hold the write lock of the main file, and whoever is not answered for long waits for it.

    Mutation: note the code as used in the ephemeral store before the step; redeem without any write to the main file.
    """
    browser = Browser(machine.line())
    browser.sign_in(question(APPS[0]), machine.world.idp.new_person())
    for _ in range(TIMES):
        code = silent_code(machine.world, browser, APPS[0])
        with closing(sqlite3.connect(tmp_path / "idp.db", isolation_level=None)) as main:
            main.execute("BEGIN IMMEDIATE")
            actor = machine.begin_in_vain(partial(code.redeem, machine.line()))
            actor.join(LONG_SECONDS)
            assert actor.is_alive()
            machine.machines.kill_whole("serve")
            main.execute("ROLLBACK")
        machine.machines.wait_until_whole()
        actor.join()
        assert machine.family_of(code) == "none"
        assert code.redeem(machine.line()).status == 200
        assert machine.family_of(code) == "living"
        assert list(code.broken(machine.line())) == []
    assert machine.answers == []
    report.note_fault_point("redemption, before the step is written; SQLite", TIMES, "done by the retry")
