"""One comparison: the servers that are up together, their CPUs, what was asked of them; its tables."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.loads import OPERATIONS, load_of
from tests.benchmarks.report import Table
from tests.benchmarks.rounds import Key, Measure, Pace, Row, Spent, interleaved, times
from tests.benchmarks.servers import Contestant, Place, Server
from tests.benchmarks.waiting import start_seconds
from tests.benchmarks.wrk import Answered, send

NOTHING = "–"
STARTS = 3
BUSY = 0.9


@dataclass(frozen=True)
class Comparison:
    """Servers that are measured side by side; the first is ours, the second the peer that ratios are told against."""

    name: str
    title: str
    contestants: tuple[Contestant, ...]
    server_cpus: str
    load_cpus: str
    workers: int
    connections: int
    asked: Mapping[str, float]
    """How many times the reference peer's rate the issue asks of ours."""
    asked_of_others: float
    """How many times the rate of every other peer."""


@dataclass(frozen=True)
class Wanted:
    """What of it is to be measured."""

    operations: Sequence[str] = OPERATIONS
    servers: frozenset[str] | None = None

    def has(self, server: str) -> bool:
        """Whether this server takes part."""
        return self.servers is None or server in self.servers


@dataclass(frozen=True)
class Standing:
    """What a server needs whether it is asked or not."""

    start_seconds: float
    idle_megabytes: float
    loaded_megabytes: float


@dataclass(frozen=True)
class Result:
    """All that was measured in one comparison."""

    comparison: Comparison
    servers: tuple[str, ...]
    rows: Mapping[Key, Row]
    standings: Mapping[str, Standing]
    notes: tuple[str, ...]


def measure(comparison: Comparison, wanted: Wanted, pace: Pace, folder: Path, say: Callable[[str], None]) -> Result:
    """Bring everybody up together, then go round; nobody outlives this call."""
    with ExitStack() as running:
        servers = brought_up(comparison, wanted, folder, running, say)
        starts = {each.name: start_seconds(each.launch, each.surface.discovery, STARTS, median) for each in servers}
        idle = {each.name: each.megabytes() for each in servers}
        say(f"measuring {len(wanted.operations)} operations on {len(servers)} servers")
        rows = interleaved(_measures(comparison, wanted, servers), pace)
        standings = {each.name: Standing(starts[each.name], idle[each.name], each.megabytes()) for each in servers}
        names = tuple(each.name for each in servers)
        return Result(comparison, names, rows, standings, tuple(note for each in servers for note in each.notes))


def brought_up(
    comparison: Comparison, wanted: Wanted, folder: Path, running: ExitStack, say: Callable[[str], None]
) -> list[Server]:
    """Those of the contestants that are wanted, up and prepared until the stack ends."""
    servers: list[Server] = []
    for contestant in comparison.contestants:
        if wanted.has(contestant.name):
            own = folder / contestant.name
            own.mkdir(parents=True)
            place = Place(comparison.server_cpus, comparison.workers, own)
            servers.append(running.enter_context(contestant.running(place)))
            say(f"{contestant.name} is up")
    return servers


def tables(result: Result) -> list[Table]:
    """Operations, memory and starts, and how that compares with what was asked."""
    return [_operations(result), _standings(result), *_asked(result)]


def faults(result: Result) -> list[str]:
    """What was wrong with answers: a run with any of these has failed."""
    return [
        f"BAD: {operation} on {server}: {row.fault}" for (operation, server), row in result.rows.items() if row.fault
    ]


def _measures(comparison: Comparison, wanted: Wanted, servers: Sequence[Server]) -> dict[Key, Measure]:
    def of(operation: str, server: Server) -> Measure:
        def go(seconds: float) -> tuple[Answered, Spent] | None:
            load = load_of(operation, server, comparison.connections)
            if load is None:
                return None
            spent, stores = server.cpu_seconds(), server.store_seconds()
            answered = send(load, server.origin, seconds, comparison.load_cpus)
            return answered, Spent(server.cpu_seconds() - spent, server.store_seconds() - stores)

        return go

    return {(operation, each.name): of(operation, each) for operation in wanted.operations for each in servers}


def _operations(result: Result) -> Table:
    reference = result.comparison.contestants[1].name
    columns = ("operation", "server", "req/s", "p50 ms", "p99 ms", "CPU µs", "stores' CPU µs")
    rows = []
    for (operation, server), row in result.rows.items():
        if row.figures is None:
            rows.append((operation, server, "BAD", *[NOTHING] * 6))
            continue
        found, other = row.figures, result.rows.get((operation, reference), Row(None)).figures
        rows.append(
            (
                operation,
                server,
                f"{found.rate:.0f}",
                f"{found.p50_ms:.2f}",
                f"{found.p99_ms:.1f}",
                f"{found.cpu_us:.0f}",
                f"{found.stores_us:.0f}" if found.stores_us else NOTHING,
                times(found.rate, other.rate) if other else NOTHING,
                times(other.cpu_us, found.cpu_us) if other else NOTHING,
            )
        )
    ratios = (f"rate : {reference}", f"CPU : {reference}")
    return Table(
        result.comparison.title,
        columns + ratios,
        rows,
        [*faults(result), *_bound_by_load(result), *_NOTES, *result.notes],
    )


def _bound_by_load(result: Result) -> list[str]:
    """Where the loader, and not the server, may have set the rate."""
    busy = [
        f"{operation} on {server} ({row.figures.load_busy:.0%})"
        for (operation, server), row in result.rows.items()
        if row.figures and row.figures.load_busy > BUSY
    ]
    return [f"wrk had hardly any CPU left, and the server might answer more: {', '.join(busy)}."] if busy else []


_NOTES = (
    "CPU µs: user and system time of the server's process tree for each operation, ours with its delivery worker.",
    "stores' CPU µs: that of PostgreSQL and Redis beside it. In both ratios more is better for the server of the row.",
    "code: a round trip of two requests, counted once; its p50 and p99 are those of one request.",
    "Ours signs access tokens by ES256 alone, so it has no row for RS256.",
)


def _standings(result: Result) -> Table:
    rows = [
        (name, f"{each.start_seconds:.2f}", f"{each.idle_megabytes:.0f}", f"{each.loaded_megabytes:.0f}")
        for name, each in result.standings.items()
    ]
    columns = ("server", "start s", "PSS idle MiB", "PSS after load MiB")
    notes = [
        f"start: to the first 200 of discovery, median of {STARTS}, beside the others who are idle; code is compiled.",
        "PSS of the server's tree, without stores; ours without its delivery worker, a process of its own.",
    ]
    return Table(f"{result.comparison.title}: start and memory", columns, rows, notes)


def _asked(result: Result) -> list[Table]:
    ours, reference, *others = (each.name for each in result.comparison.contestants)
    rows = []
    for operation in OPERATIONS:
        mine = result.rows.get((operation, ours), Row(None)).figures
        if mine is None:
            continue
        for peer in (reference, *others):
            theirs = result.rows.get((operation, peer), Row(None)).figures
            least = result.comparison.asked.get(operation) if peer == reference else result.comparison.asked_of_others
            if theirs is None or least is None:
                continue
            found = mine.rate / theirs.rate
            verdict = "yes" if found >= least else "no"
            rows.append(
                (
                    operation,
                    peer,
                    f"{least:.1f}x",
                    times(mine.rate, theirs.rate),
                    times(theirs.cpu_us, mine.cpu_us),
                    verdict,
                )
            )
    columns = ("operation", "peer", "asked", "rate", "CPU", "reached")
    return [Table(f"{result.comparison.title}: what was asked of ours", columns, rows)] if rows else []
