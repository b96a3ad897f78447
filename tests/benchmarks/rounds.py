"""Interleaving: each repetition goes through every operation on every server, so that a noisy minute strikes all alike.

The first repetition warms up and is thrown away; of the others the median of each figure counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.wrk import Answered


@dataclass(frozen=True)
class Pace:
    """How long is measured: seconds of a window and of the warm-up, and how often."""

    window: float
    warm_up: float
    repetitions: int


QUICK = Pace(window=0.6, warm_up=0.25, repetitions=3)
FULL = Pace(window=2.0, warm_up=2.0, repetitions=5)


@dataclass(frozen=True)
class Spent:
    """CPU seconds that passed during a window."""

    server: float
    stores: float


@dataclass(frozen=True)
class Figures:
    """What is told of an operation on a server; times in milliseconds, CPU in microseconds for each operation."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    stores_us: float
    load_busy: float = 0.0
    """The share of its CPUs that the load took."""


@dataclass(frozen=True)
class Row:
    """One operation on one server: its figures, or what was wrong with the answers."""

    figures: Figures | None
    fault: str = ""


Key = tuple[str, str]
"""An operation, and a server."""
Measure = Callable[[float], "tuple[Answered, Spent] | None"]
"""Puts load on for so many seconds; None where the server does not have the operation."""


def interleaved(measures: Mapping[Key, Measure], pace: Pace) -> dict[Key, Row]:
    """Every measure once for each repetition, in this order; the rows of those that exist."""
    windows: dict[Key, list[tuple[Answered, Spent]]] = {}
    for repetition in range(pace.repetitions + 1):
        for key, measure in measures.items():
            if repetition and key not in windows:
                continue
            found = measure(pace.window if repetition else pace.warm_up)
            if found is not None:
                windows.setdefault(key, []).append(found)
    return {key: row_of(found) for key, found in windows.items()}


def row_of(windows: Sequence[tuple[Answered, Spent]]) -> Row:
    """The medians of all windows but the first; a single bad answer in any of them, and there are no figures."""
    bad = [answered for answered, _ in windows if not answered.is_good]
    if bad:
        sent = sum(answered.good + answered.bad + answered.lost for answered, _ in windows)
        wrong = sum(answered.bad + answered.lost for answered in bad)
        return Row(None, f"{wrong} of {sent} answers were bad or lost; the first: {bad[0].first_bad or 'lost'}")
    if not all(answered.good for answered, _ in windows[1:]):
        return Row(None, "a window passed without a single answer")
    return Row(_medians([_figures(answered, spent) for answered, spent in windows[1:]]))


def times(ours: float, theirs: float) -> str:
    """How much more one is than the other, as `1.52x`."""
    return f"{ours / theirs:.2f}x"


def _figures(answered: Answered, spent: Spent) -> Figures:
    return Figures(
        rate=answered.good / answered.seconds,
        p50_ms=answered.p50_ms,
        p99_ms=answered.p99_ms,
        cpu_us=spent.server / answered.good * 1e6,
        stores_us=spent.stores / answered.good * 1e6,
        load_busy=answered.busy,
    )


def _medians(found: Sequence[Figures]) -> Figures:
    return Figures(
        rate=median(each.rate for each in found),
        p50_ms=median(each.p50_ms for each in found),
        p99_ms=median(each.p99_ms for each in found),
        cpu_us=median(each.cpu_us for each in found),
        stores_us=median(each.stores_us for each in found),
        load_busy=median(each.load_busy for each in found),
    )
