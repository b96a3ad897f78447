"""`make bench`: ours beside its peers, a flood of logins, the sealing of the log; the tables go to the terminal and to .run/bench/.

`BENCH=quick` stays under five minutes. `BENCH_ONLY=one-core,code` measures only what it names, see selection.py.
Ends with status 1 when a server gave a single answer that was not what the operation promises.
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import comparison, django_oauth_toolkit, machine, node_oidc_provider, ours, report
from tests.benchmarks.comparison import Comparison
from tests.benchmarks.loads import OPERATIONS
from tests.benchmarks.rounds import FULL, QUICK
from tests.benchmarks.selection import Known, select

ON_EVERYTHING = dict.fromkeys(OPERATIONS, 1.3)
COMPARISONS = (
    Comparison(
        name="one-core",
        title="One core each",
        contestants=(ours.OnSqlite(), node_oidc_provider.InMemory(), django_oauth_toolkit.OnSqlite()),
        server_cpus="0",
        load_cpus="1",
        workers=1,
        connections=16,
        asked={
            "discovery": 2.0,
            "jwks": 2.0,
            "client_credentials_opaque": 1.3,
            "client_credentials_es256": 2.5,
            "introspection": 1.5,
            "userinfo": 1.5,
            "code": 1.0,
            "refresh": 1.0,
        },
        asked_of_others=8.0,
    ),
    Comparison(
        name="two-workers",
        title="Two workers each, servers and load on both cores",
        contestants=(ours.OnPostgresql(), node_oidc_provider.OnRedis(), django_oauth_toolkit.OnPostgresql()),
        server_cpus="0,1",
        load_cpus="0,1",
        workers=2,
        connections=32,
        asked={**ON_EVERYTHING, "client_credentials_es256": 2.5},
        asked_of_others=8.0,
    ),
)
FLOOD = "flood"
SEALER = "sealer"
ADDITIONS = "additions"


def main() -> int:
    """Measure, tell, keep; the status to end with."""
    is_quick = os.environ.get("BENCH", "") == "quick"
    try:
        selection = select(os.environ.get("BENCH_ONLY", ""), known_names())
    except ValueError as error:
        print(f"BENCH_ONLY: {error}", file=sys.stderr)
        return 2
    mode = "quick" if is_quick else "full"
    head, tables, faults = machine.head(mode), list[report.Table](), list[str]()
    say(head)
    ours.compile_code()
    for each in COMPARISONS:
        if each.name in selection.comparisons and any(selection.wanted.has(one.name) for one in each.contestants):
            with tempfile.TemporaryDirectory(prefix="yizheng-bench-") as folder:
                result = comparison.measure(each, selection.wanted, QUICK if is_quick else FULL, Path(folder), say)
            tables += comparison.tables(result)
            faults += comparison.faults(result)
    if FLOOD in selection.others:
        from tests.benchmarks import flood

        say("a flood of logins")
        tables += flood.run(quick=is_quick)
    if SEALER in selection.others:
        from tests.benchmarks import sealing

        say("sealing the log")
        tables += sealing.run(is_quick, say)
    if ADDITIONS in selection.others:
        from tests.benchmarks import additions

        tables += additions.run(quick=is_quick, say=say)
    say("\n".join(["", *(table.markdown() for table in tables)]))
    kept = report.keep(mode, head, tables)
    say(f"kept in {', '.join(str(path.relative_to(report.ROOT)) for path in kept)}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def known_names() -> Known:
    """What `BENCH_ONLY` may name."""
    return Known(
        comparisons=[each.name for each in COMPARISONS],
        servers=[contestant.name for each in COMPARISONS for contestant in each.contestants],
        operations=OPERATIONS,
        others=[FLOOD, SEALER, ADDITIONS],
    )


def say(text: str) -> None:
    """Tell it at once."""
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}" if "\n" not in text else text, flush=True)


BEGAN = time.monotonic()

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everybody is stopped on the way out
    sys.exit(main())
