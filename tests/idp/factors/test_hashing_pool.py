"""The hashing pool: bounded over processes, and never held by the dead (threat N11)."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from idp.errors import Unavailable
from idp.factors.hashing_pool import HashingPool

ROOT = Path(__file__).resolve().parents[3]


def start(directory: Path, slots: int, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.idp.factors.holder", str(directory), str(slots), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the only slot."""
    process = start(tmp_path, 1, "hold")
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_three_processes_never_hold_more_than_the_slots(tmp_path: Path) -> None:
    """Mutation: a semaphore of the process."""
    (tmp_path / "inside").mkdir()
    processes = [start(tmp_path, 2, "count", "40") for _ in range(3)]
    most = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert max(most) == 2


def test_a_slot_outlives_its_holder_killed_with_kill_9(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    """Mutation: a file that exists while the slot is taken."""
    pool = HashingPool(tmp_path, slots=1, wait_seconds=0.05)
    with pytest.raises(Unavailable), pool.slot():
        pass
    holder.kill()
    holder.wait()
    with pool.slot():
        pass


def test_who_waits_too_long_is_told_to_come_back(tmp_path: Path) -> None:
    pool = HashingPool(tmp_path, slots=2, wait_seconds=0.2)
    with pool.slot(), pool.slot():
        started = time.monotonic()
        with pytest.raises(Unavailable) as caught, pool.slot():
            pass
        assert 0.2 <= time.monotonic() - started < 5
    assert (caught.value.status, caught.value.retry_after > 0, caught.value.detail) == (503, True, "hashing pool full")
    with pool.slot():
        pass


def test_a_failure_gives_the_slot_back(tmp_path: Path) -> None:
    """Mutation: closing the file only after success."""
    pool = HashingPool(tmp_path, slots=1, wait_seconds=0.05)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken hash"), pool.slot():
            raise ValueError("broken hash")


def test_pools_of_other_directories_are_others(tmp_path: Path) -> None:
    with ExitStack() as stack:
        for name in "abc":
            stack.enter_context(HashingPool(tmp_path / name / "deep", slots=1, wait_seconds=0.05).slot())
