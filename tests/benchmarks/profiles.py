"""`make profile`: on what the CPU time of each operation is spent, ours and the reference peer, stores apart.

`BENCH_ONLY=two-workers,introspection` profiles only what it names, as for `make bench`. Needs Linux's perf.
"""

import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import comparison, machine, native_profile, ours, report
from tests.benchmarks.__main__ import COMPARISONS, known_names, say
from tests.benchmarks.comparison import NOTHING, Comparison, Wanted
from tests.benchmarks.loads import load_of
from tests.benchmarks.native_profile import PARTS, PerfError
from tests.benchmarks.processes import tree
from tests.benchmarks.report import Table
from tests.benchmarks.selection import select
from tests.benchmarks.servers import Server
from tests.benchmarks.wrk import send

WARM_UP_SECONDS = 0.5
SECONDS = 3.0


def main() -> int:
    """Profile, tell, keep; the status to end with."""
    try:
        selection = select(os.environ.get("BENCH_ONLY", ""), known_names())
    except ValueError as error:
        print(f"BENCH_ONLY: {error}", file=sys.stderr)
        return 2
    head, tables = machine.head("profile"), list[Table]()
    say(head)
    ours.compile_code()
    try:
        for each in COMPARISONS:
            if each.name in selection.comparisons:
                tables += _profiled(each, selection.wanted)
    except PerfError as error:
        print(error, file=sys.stderr)
        return 1
    say("\n".join(["", *(table.markdown() for table in tables)]))
    kept = report.keep("profile", head, tables)
    say(f"kept in {', '.join(str(path.relative_to(report.ROOT)) for path in kept)}")
    return 0


def _profiled(of: Comparison, wanted: Wanted) -> list[Table]:
    """One table for each server: a column for each operation, a row for each part."""
    tables = []
    with tempfile.TemporaryDirectory(prefix="yizheng-profile-") as folder, ExitStack() as running:
        two = replace(of, contestants=of.contestants[:2])
        for server in comparison.brought_up(two, wanted, Path(folder), running, say):
            columns = {}
            for operation in wanted.operations:
                told = _of_operation(of, server, operation, Path(folder) / "perf.data")
                if told is not None:
                    columns[operation] = told
            tables.append(_table(of, server, columns))
    return tables


def _of_operation(of: Comparison, server: Server, operation: str, data: Path) -> dict[str, float] | None:
    """CPU µs of one operation by part; those of stores begin with `stores, `."""
    load = load_of(operation, server, of.connections)
    if load is None:
        return None
    send(load, server.origin, WARM_UP_SECONDS, of.load_cpus)
    load = load_of(operation, server, of.connections)  # tokens of a window do not outlive it
    assert load is not None
    own, stores = tree(server.process, *server.companions), tree(*server.stores) if server.stores else set()
    before, stores_before = server.cpu_seconds(), server.store_seconds()
    with native_profile.recording(own | stores, data):
        answered = send(load, server.origin, SECONDS, of.load_cpus)
    spent = (server.cpu_seconds() - before) / answered.good * 1e6
    stores_spent = (server.store_seconds() - stores_before) / answered.good * 1e6
    if not answered.is_good:
        raise RuntimeError(f"{operation} on {server.name}: {answered.first_bad or 'answers were lost'}")
    samples: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for process, parts in native_profile.parts_of(data).items():
        samples[process in own] += parts
    told = native_profile.microseconds(samples[True], spent)
    others = native_profile.microseconds(samples[False], stores_spent)
    return told | {f"stores, {part}": value for part, value in others.items()}


def _table(of: Comparison, server: Server, columns: dict[str, dict[str, float]]) -> Table:
    parts = [part for part in (*PARTS, *(f"stores, {part}" for part in PARTS)) if _is_told(part, columns)]
    rows = [(part, *(_cell(told.get(part, 0.0)) for told in columns.values())) for part in parts]
    sums = [("all of it", *(f"{sum(told.values()):.0f}" for told in columns.values()))]
    title = f"{of.title}: where the CPU µs of {server.name} go"
    return Table(title, ("part", *columns), [*rows, *sums], _NOTES)


def _is_told(part: str, columns: dict[str, dict[str, float]]) -> bool:
    return any(told.get(part, 0.0) >= _LEAST for told in columns.values())


def _cell(microseconds: float) -> str:
    return f"{microseconds:.1f}" if microseconds >= _LEAST else NOTHING


_LEAST = 0.3
_NOTES: Sequence[str] = (
    "Samples of perf (cpu-clock), scaled to the CPU time that the kernel counted; in the kernel by the call that led there.",
    "Time that the profiler itself takes is in it: a sample costs some µs, five thousand times a second.",
)

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everybody is stopped on the way out
    sys.exit(main())
