"""Threat O08 over SQLite: the code is taken in one file, and the process dies before it writes in the other."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from idp.storage.ephemeral.table import NAME
from tests.faults.conftest import QUICK
from tests.faults.one_machine import OneMachine, one_machine
from tests.faults.report import Report
from tests.faults.walks.browser import Browser, question
from tests.faults.walks.silent_sign_in import silent_code
from tests.faults.walks.world import APPS, register
from tests.plugins.private_servers import StorageUrls

TIMES = 3


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[OneMachine]:
    urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}")
    with one_machine(urls, tmp_path, QUICK) as machine:
        register(machine.world, APPS)
        yield machine


def test_a_redemption_that_is_cut_short(machine: OneMachine, report: Report, tmp_path: Path) -> None:
    """We hold the write lock of the main file until the code is gone from the other. Mutation: take the code last."""
    browser = Browser(machine.line())
    browser.sign_in(question(APPS[0]), machine.world.idp.new_person())
    for _ in range(TIMES):
        code = silent_code(machine.world, browser, APPS[0])
        with closing(sqlite3.connect(tmp_path / "idp.db", isolation_level=None)) as main:
            main.execute("BEGIN IMMEDIATE")
            actor = machine.begin_in_vain(partial(code.redeem, machine.line()))
            wait_until_taken(tmp_path / "ephemeral.db")
            machine.machines.kill_whole("serve")
            main.execute("ROLLBACK")
        machine.machines.wait_until_whole()
        actor.join()
        assert code.redeem(machine.line()).status == 400
        assert machine.family_of(code) == "none"
    assert machine.answers == []
    report.note_fault_point(
        "redemption, after the code is taken, before anything is written; SQLite",
        TIMES,
        "the retry is refused; family: none",
    )


def wait_until_taken(ephemeral: Path) -> None:
    """Until no code is left in the ephemeral store that nobody has taken."""
    with closing(sqlite3.connect(ephemeral, timeout=5)) as connection:
        deadline = time.monotonic() + 20
        left = f"SELECT count(*) FROM {NAME} WHERE substr(key, 1, 5) = ? AND substr(value, 1, 1) = ?"
        while connection.execute(left, (b"code:", b"{")).fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
