"""The hashing pool: bounded over processes, and never held by the dead (threat N11)."""

import subprocess
import sys
import time
from collections.abc import Iterator
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
    pool = HashingPool(tmp_path, slots=1, places=1, wait_seconds=0.05)
    with pytest.raises(Unavailable) as caught:
        pool.run(lambda: None)
    told = caught.value
    assert (told.status, told.retry_after > 0, told.detail) == (503, True, "hashing pool: no slot in time")
    holder.kill()
    holder.wait()
    assert HashingPool(tmp_path, slots=1, places=1, wait_seconds=5).run(lambda: "hashed") == "hashed"


def test_who_gave_up_is_not_hashed_for(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    """Mutation: a job that runs although nobody waits for it, which a flood would pile up without end."""
    pool, done = HashingPool(tmp_path, slots=1, places=1, wait_seconds=0.05), list[str]()
    with pytest.raises(Unavailable):
        pool.run(lambda: done.append("too late"))
    holder.kill()
    holder.wait()
    patient = HashingPool(tmp_path, slots=1, places=1, wait_seconds=5)
    patient.run(lambda: done.append("in time"))
    assert done == ["in time"]


def test_who_finds_no_place_is_told_so_at_once(tmp_path: Path) -> None:
    """Mutation: waiting for a place, which would hold the very threads that places are there to spare."""
    pool = HashingPool(tmp_path, slots=1, places=2, wait_seconds=30)
    with pool.place(), pool.place():
        started = time.monotonic()
        with pytest.raises(Unavailable) as caught, pool.place():
            pass
        assert time.monotonic() - started < 5
    assert (caught.value.status, caught.value.retry_after > 0) == (503, True)
    with pool.place():
        pass


def test_a_failure_is_the_callers_and_gives_slot_and_place_back(tmp_path: Path) -> None:
    """Mutation: closing the file only after success."""
    pool = HashingPool(tmp_path, slots=1, places=1, wait_seconds=5)

    def broken() -> None:
        raise ValueError("broken hash")

    for _ in range(3):
        with pytest.raises(ValueError, match="broken hash"), pool.place():
            pool.run(broken)


def test_pools_of_other_directories_are_others(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    pool = HashingPool(tmp_path / "another" / "deep", slots=1, places=1, wait_seconds=5)
    assert pool.run(lambda: 1) == 1
