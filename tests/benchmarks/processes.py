"""Processes that are measured: pinned to CPUs, with a clean environment, dead when the run is; their CPU time and memory.

Started through `setpriv --pdeathsig`, like the private servers of the tests, so that none outlives a run that was killed.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.plugins.server_processes import free_port

STOP_SECONDS = 20
CLEAN = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.environ.get("HOME", "/"),
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
"""All that a measured process inherits: no PYTHON*, NODE_*, IDP_* or COVERAGE_* of the terminal slows one of them down."""


@dataclass(frozen=True)
class Launch:
    """How a server is started; `{port}` and `{other_port}` in command and environment become its ports."""

    command: tuple[str, ...]
    folder: Path
    cpus: str
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def at(self, port: int) -> Iterator["subprocess.Popen[bytes]"]:
        """The server, from its first instruction until the block ends."""
        ports = {"{port}": str(port), "{other_port}": str(free_port())}
        command = [_filled(part, ports) for part in self.command]
        environment = {name: _filled(value, ports) for name, value in self.environment.items()}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                pinned(command, self.cpus, signal.SIGTERM),
                cwd=self.folder,
                env=CLEAN | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                stop(process)


def pinned(command: Sequence[str], cpus: str, death: signal.Signals) -> list[str]:
    """The command on these CPUs only, which gets the signal when this process ends."""
    setpriv = ["setpriv", "--pdeathsig", death.name.removeprefix("SIG")]
    return [*setpriv, "taskset", "--cpu-list", cpus, *command]


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all that it started: asked first, killed when it does not listen."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            break
    with suppress(ProcessLookupError):  # who outlived the one that started it
        os.killpg(process.pid, signal.SIGKILL)


def tree(*roots: int) -> set[int]:
    """These processes, and all that descend from them."""
    parents = _parents()
    family, before = set(roots), 0
    while len(family) > before:
        before = len(family)
        family |= {pid for pid, parent in parents.items() if parent in family}
    return family


def children(parent: int) -> set[int]:
    """Those that a process itself started."""
    return {pid for pid, of in _parents().items() if of == parent}


def cpu_seconds(*roots: int) -> float:
    """User and system time of the whole tree since it started.

    The kernel tells it in ticks of 10 ms in /proc/<pid>/stat (utime + stime); the clock of the process (the id that
    clock_getcpuclockid(3) makes) is the same time in nanoseconds.
    """
    total = 0.0
    for pid in tree(*roots):
        with suppress(OSError):  # it ended meanwhile
            total += time.clock_gettime((~pid << 3) | 2)
    return total


def pss_megabytes(*roots: int) -> float:
    """The tree's share of the machine's memory: a page that several processes hold counts once (MiB)."""
    total = 0
    for pid in tree(*roots):
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _filled(text: str, ports: Mapping[str, str]) -> str:
    for name, value in ports.items():
        text = text.replace(name, value)
    return text


def _parents() -> dict[int, int]:
    return {int(path.parent.name): _parent(path) for path in Path("/proc").glob("[0-9]*/stat")}


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except OSError:
        return 0
