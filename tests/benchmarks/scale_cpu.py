"""CPU time of this process, and of a PostgreSQL server beside it: of the processes that serve us, and of all its others."""

import os
import time
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_TICK = 1_000_000 // os.sysconf("SC_CLK_TCK")


class Microseconds(NamedTuple):
    """CPU time that went by.

    Attributes:
        ours: of this process, all its threads.
        serving: of the server's processes that have a connection to somebody.
        background: of its other processes, such as those that clean up and write back.
    """

    ours: float
    serving: float
    background: float

    def since(self, earlier: "Microseconds") -> "Microseconds":
        """What was used between two readings."""
        return Microseconds(*(now - then for now, then in zip(self, earlier, strict=True)))

    def plus(self, other: "Microseconds") -> "Microseconds":
        """Both together."""
        return Microseconds(*(one + more for one, more in zip(self, other, strict=True)))


def used(server: int | None) -> Microseconds:
    """So far, by this process and by the server whose first process this is."""
    serving, background = (0.0, 0.0) if server is None else _server(server)
    return Microseconds(time.process_time_ns() / 1000, serving, background)


def _server(first: int) -> tuple[float, float]:
    """A process that ended in the meantime is in the account of the first one, which waited for it."""
    serving = background = 0.0
    children = (_PROC / str(first) / "task" / str(first) / "children").read_text().split()
    for process in map(int, children):
        try:
            title, spent = (_PROC / str(process) / "cmdline").read_bytes(), _spent(process)
        except OSError:
            continue
        if b"(" in title:  # the address of the one it serves
            serving += spent
        else:
            background += spent
    fields = (_PROC / str(first) / "stat").read_text().rpartition(")")[2].split()
    return serving, background + _spent(first) + sum(map(int, fields[13:15])) * _TICK


def _spent(process: int) -> float:
    """By the clock of that process (clock_getcpuclockid(3)); the ticks of `stat` are too coarse for a second's work."""
    return time.clock_gettime_ns((~process << 3) | 2) / 1000
