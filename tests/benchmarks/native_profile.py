"""Where a server's CPU time goes, by what it is spent on: samples of Linux's `perf`, sorted into a dozen parts.

A profiler inside of Python sees neither the kernel nor the libraries below, and slows down what it sees. perf looks from
outside, some thousand times a second, and costs the server nothing that matters.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import STOP_SECONDS

SAMPLES_A_SECOND = 4999
"""Prime, so that it beats with nothing."""
NETWORK, THREADS, FILES, KERNEL = (
    "kernel: network",
    "kernel: threads that wait and wake",
    "kernel: files",
    "kernel: other",
)
OTHER = "other"
# What runs in the kernel is known by the call that led there: inside, samples gather where interrupts are let in again.
_CALLS = (
    (re.compile(r"futex"), THREADS),
    (re.compile(r"epoll|poll_schedule|do_sys_poll|send(to|msg|page)|recv(from|msg)|tcp_|sock_|inet_|net_rx"), NETWORK),
    (re.compile(r"pread|pwrite|fsync|fdatasync|vfs_|ext4|xfs|overlay|fcntl|lseek"), FILES),
)
_LIBRARIES = (
    (re.compile(r"_granian|granian"), "granian"),
    (re.compile(r"sqlite"), "SQLite"),
    (re.compile(r"libpq|psycopg"), "psycopg and libpq"),
    (re.compile(r"libcrypto|libssl|_rust\.abi3|_hashlib"), "cryptography (OpenSSL)"),
    (re.compile(r"_pydantic_core"), "JSON (pydantic-core)"),
    (re.compile(r"argon2"), "Argon2"),
    (re.compile(r"/node$|libnode|^\[JIT\]|perf-\d+\.map|//anon"), "Node"),
    (re.compile(r"python3|\.cpython-|\.abi3"), "Python"),
    (re.compile(r"/postgres$"), "PostgreSQL"),
    (re.compile(r"/redis-server$|redis-check"), "Redis"),
    (re.compile(r"libc[.-]|ld-linux|libpthread|libm[.-]"), "libc: memory and time"),
    (re.compile(r"\[vdso\]"), "libc: memory and time"),
)
_LOCK = re.compile(
    r"take_gil|drop_gil|_PyEval_\w*(Acquire|Release)|PyEval_(Save|Restore)Thread|PyThread_\w*lock|pthread"
)
LOCK = "locks between threads"
PARTS = (
    "granian",
    "Python",
    LOCK,
    "SQLite",
    "psycopg and libpq",
    "cryptography (OpenSSL)",
    "JSON (pydantic-core)",
    "Argon2",
    "Node",
    "PostgreSQL",
    "Redis",
    "libc: memory and time",
    NETWORK,
    THREADS,
    FILES,
    KERNEL,
    OTHER,
)
"""In the order in which a table tells them."""


@dataclass(frozen=True)
class Frame:
    """One step of a stack: a function and the file it lies in."""

    symbol: str
    library: str


class PerfError(RuntimeError):
    """There is no perf, or the kernel does not let us use it."""


@contextmanager
def recording(processes: Collection[int], data: Path) -> Iterator[None]:
    """Sample these processes and their threads while the block runs, into a file; raises `PerfError`."""
    perf = shutil.which("perf")
    if perf is None:
        raise PerfError("perf is not there: install the package linux-perf (Debian), or perf of your system.")
    listed = ",".join(map(str, sorted(processes)))
    rate = f"--freq={SAMPLES_A_SECOND}"
    command = [perf, "record", "--event=cpu-clock", rate, "--call-graph=fp", f"--output={data}", f"--pid={listed}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        process.terminate()  # perf writes its file down on SIGTERM
        _, told = process.communicate(timeout=STOP_SECONDS)
    if not data.exists() or not data.stat().st_size:
        raise PerfError(f"perf recorded nothing; is kernel.perf_event_paranoid above 1?\n{told[-2000:]}")


def parts_of(data: Path) -> dict[int, Counter[str]]:
    """How many samples fell on each part, by process."""
    fields = ["--fields=pid,ip,sym,dso", f"--input={data}"]
    told = subprocess.run(["perf", "script", *fields], capture_output=True, text=True, check=True, errors="replace")
    found: dict[int, Counter[str]] = {}
    for process, stack in stacks(told.stdout.splitlines()):
        found.setdefault(process, Counter())[part_of(stack)] += 1
    return found


def stacks(lines: Sequence[str]) -> Iterator[tuple[int, list[Frame]]]:
    """Each sample of `perf script`: the process, and its stack from the innermost function outwards."""
    process, stack = 0, list[Frame]()
    for line in [*lines, ""]:
        if not line.strip():
            if stack:
                yield process, stack
            stack = []
        elif (head := re.fullmatch(r"\s*(\d+)\s*", line)) is not None:
            process = int(head[1])
        elif (step := re.fullmatch(r"\s*[0-9a-f]+ (.*) \(([^()]*(?:\(deleted\))?)\)\s*", line)) is not None:
            stack.append(Frame(step[1], step[2]))


def part_of(stack: Sequence[Frame]) -> str:
    """The part that a sample belongs to."""
    innermost = stack[0]
    if innermost.library.startswith("[kernel") or (innermost.library.startswith("[unknown") and not stack[1:]):
        inside = [frame.symbol for frame in stack if frame.library.startswith("[")]
        for pattern, part in _CALLS:
            if any(pattern.search(symbol) for symbol in inside):
                return part
        return KERNEL
    if _LOCK.search(innermost.symbol):
        return LOCK
    return next((part for pattern, part in _LIBRARIES if pattern.search(innermost.library)), OTHER)


def microseconds(samples: Mapping[str, int], total: float) -> dict[str, float]:
    """The parts' shares of so many microseconds."""
    whole = sum(samples.values())
    return {part: samples[part] / whole * total for part in PARTS if samples.get(part)}
