"""CPU time and memory are those of a whole process tree, and nothing that was started outlives the run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.processes import Launch, children, cpu_seconds, pinned, pss_megabytes, tree

BURNING = "import os, sys, time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
BURNING_FAMILY = (
    "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', sys.argv[1]], stdin=subprocess.PIPE)\n"
    "print(child.pid, flush=True)\nchild.wait()\n"
)
WAITING = "sys.stdin.read()\n"


def test_the_time_of_a_child_is_counted(tmp_path: Path) -> None:
    """Mutation: read the clock of the root alone."""
    command = [sys.executable, "-c", BURNING_FAMILY, BURNING + WAITING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as family:
        try:
            assert family.stdout is not None
            child = int(family.stdout.readline())
            assert tree(family.pid) == {family.pid, child}
            assert children(family.pid) == {child}
            deadline = time.monotonic() + 30
            while cpu_seconds(child) < 0.3 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert cpu_seconds(family.pid) >= cpu_seconds(child) >= 0.3
            ticks = Path(f"/proc/{child}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
            assert abs(cpu_seconds(child) - sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")) < 0.1
            assert pss_megabytes(family.pid) > pss_megabytes(child) > 1
        finally:
            os.killpg(family.pid, signal.SIGKILL)


def test_who_is_gone_has_no_time() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert cpu_seconds(process.pid) == pss_megabytes(process.pid) == 0


def test_a_launch_has_its_ports_its_cpus_and_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    program = (
        "import os\nprint(sorted(os.sched_getaffinity(0)), os.environ['OWN'], sorted(os.environ), flush=True)\ninput()"
    )
    launch = Launch(
        (sys.executable, "-c", program),
        tmp_path,
        "0",
        tmp_path / "log",
        {"OWN": "http://localhost:{port}/{other_port}"},
    )
    with launch.at(4711) as process:
        process.wait(30)  # there is no input
    told = launch.log.read_text("utf-8")
    assert told.startswith("[0] http://localhost:4711/")
    assert "{other_port}" not in told
    assert "PYTHONDEVMODE" not in told.splitlines()[0]


def test_a_launch_ends_with_its_block_and_with_its_run(tmp_path: Path) -> None:
    """Mutation: leave `--pdeathsig` out, and a killed run leaves servers behind."""
    launch = Launch(("sleep", "600"), tmp_path, "0", tmp_path / "log")
    with launch.at(4711) as process:
        assert process.poll() is None
    assert process.poll() is not None
    parent = "import subprocess, sys\nprint(subprocess.Popen(sys.argv[1:]).pid, flush=True)\ninput()"
    command = [sys.executable, "-c", parent, *pinned(["sleep", "600"], "0", signal.SIGTERM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        child = int(run.stdout.readline())
        deadline = time.monotonic() + 30
        while not is_asleep(child):
            assert time.monotonic() < deadline
        run.kill()
    while is_asleep(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_asleep(pid: int) -> bool:
    """Whether this process is `sleep`, and lives."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text("ascii").partition(" (")[2].rpartition(") ")
    except OSError:
        return False
    return name == "sleep" and rest[0] != "Z"
