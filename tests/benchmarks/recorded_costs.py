"""The recorded ratios of the hot operations: how they are judged, and how the file changes.

The file is meant to be read in a review: what an operation may cost, since when, and why each rise was accepted.
"""

import json
import platform
import re
import sqlite3
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks.cost_ratios import Ratios

FILE = Path(__file__).with_name("recorded_ratios.json")
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL and Redis"
MARGIN = 0.15
"""By how much a ratio may leave the recorded one."""
MARGIN_ELSEWHERE = 0.30
"""Under a processor or a Python without a record of its own, where the reference loop gains or loses other parts than we do."""
RUNS = 3
"""How often something must lie beyond the margin to be believed."""
STEADY = 0.05
"""Two measurements of the same code may be so far apart; the file does not follow them."""
_LIBRARIES = ("authlib", "cryptography", "flask", "joserfc", "psycopg", "pydantic", "redis", "sqlalchemy", "structlog")

Measure = Callable[[], Ratios]


class RecordRefusedError(Exception):
    """The record stays as it is; the text tells why."""


@dataclass(frozen=True)
class Surroundings:
    """On what was measured: another of these moves the ratios though our code stays."""

    processor: str
    python: str
    libraries: Mapping[str, str]

    @property
    def kind(self) -> tuple[str, list[str]]:
        """What two machines must share for their ratios to be compared closely."""
        return self.processor, self.python.split(".")[:2]

    def changes(self, now: "Surroundings") -> list[str]:
        """What is another now, in words."""
        before, after = ({"processor": each.processor, "Python": each.python, **each.libraries} for each in (self, now))
        return [f"{name} {before.get(name)} -> {after.get(name)}" for name in after if before.get(name) != after[name]]


@dataclass(frozen=True)
class Rise:
    """That an operation became dearer, and why that was accepted."""

    on: str
    before: float
    after: float
    reason: str


@dataclass(frozen=True)
class Entry:
    """What one operation costs over one pair of stores."""

    ratio: float
    recorded: str
    rises: tuple[Rise, ...] = ()


Entries = Mapping[str, Entry]


@dataclass(frozen=True)
class Record:
    """What everything costs on one kind of machine; the file holds one for each kind."""

    measured_on: Surroundings
    stores: Mapping[str, Entries] = field(default_factory=dict)


def read(now: Surroundings, path: Path = FILE) -> Record:
    """The record of this kind of machine, or, where there is none, the first one with the dearest of each operation of them all."""
    records = _records(path)
    own = next((each for each in records if each.measured_on.kind == now.kind), None)
    return own or replace(records[0], stores={store: _dearest(store, records) for store in records[0].stores})


def _dearest(store: str, records: Sequence[Record]) -> Entries:
    names = records[0].stores[store]
    return {
        name: max((each.stores[store][name] for each in records if name in each.stores[store]), key=lambda e: e.ratio)
        for name in names
    }


def write(record: Record, path: Path = FILE) -> None:
    """Put it into the file, in the place of the one of its kind of machine."""
    records = _records(path) if path.exists() else []
    kinds = [each.measured_on.kind for each in records]
    if record.measured_on.kind in kinds:
        records[kinds.index(record.measured_on.kind)] = record
    else:
        records.append(record)
    path.write_text(json.dumps([asdict(each) for each in records], ensure_ascii=False, indent=2) + "\n", "utf-8")


def _records(path: Path) -> list[Record]:
    return [
        Record(
            Surroundings(**told["measured_on"]),
            {
                store: {name: _entry(each) for name, each in entries.items()}
                for store, entries in told["stores"].items()
            },
        )
        for told in json.loads(path.read_text("utf-8"))
    ]


def _entry(told: Mapping[str, Any]) -> Entry:
    return Entry(told["ratio"], told["recorded"], tuple(Rise(**rise) for rise in told["rises"]))


def surroundings() -> Surroundings:
    """Those of this process."""
    libraries = {name: version(name) for name in _LIBRARIES}
    native = {"OpenSSL": ssl.OPENSSL_VERSION.split()[1], "SQLite": sqlite3.sqlite_version}
    return Surroundings(_processor(), platform.python_version(), {**libraries, **native})


def _processor() -> str:
    """Vendor, family, model and name: a virtual machine often tells nothing but the brand as its name."""
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = dict(re.findall(r"^(vendor_id|cpu family|model|model name)\s*: (.+)$", told, re.MULTILINE))
    return ", ".join([platform.machine(), *found.values()])


def faults(record: Record, now: Surroundings, store: str, first: Ratios, again: Measure) -> list[str]:
    """What must not pass, one text each; empty when all is well.

    Whatever leaves the margin is measured again, more thoroughly, and fails only when it leaves it to the same side
    each time: noise does not, a change does. Under another kind of machine or Python the margin is wider and a fall
    is nobody's fault.
    """
    recorded = record.stores.get(store, {})
    told = [
        f"{store}, {name}: recorded, but there is no such operation any more; run `make costs`"
        if name in recorded
        else f"{store}, {name}: measured at {first[name]:.3f}, but not recorded; run `make costs`"
        for name in sorted(recorded.keys() ^ first.keys())
    ]
    is_elsewhere = record.measured_on.kind != now.kind
    margin = MARGIN_ELSEWHERE if is_elsewhere else MARGIN
    runs = [first]
    while strayed := _strayed(recorded, runs, margin, falls_count=not is_elsewhere):
        if len(runs) == RUNS:
            since = "".join(f"\n    since the record: {change}" for change in record.measured_on.changes(now))
            told += [_told(f"{store}, {name}", recorded[name], [run[name] for run in runs]) + since for name in strayed]
            break
        runs.append(again())
    return told


def _strayed(recorded: Entries, runs: list[Ratios], margin: float, *, falls_count: bool) -> list[str]:
    """The operations that lie beyond the margin in all runs, on the same side of it."""
    return [
        name
        for name in sorted(recorded.keys() & runs[0].keys())
        if min(run[name] for run in runs) > recorded[name].ratio * (1 + margin)
        or (falls_count and max(run[name] for run in runs) < recorded[name].ratio * (1 - margin))
    ]


def _told(operation: str, entry: Entry, measured: list[float]) -> str:
    figures = ", ".join(f"{ratio:.3f} ({ratio / entry.ratio - 1:+.0%})" for ratio in measured)
    text = (
        f"{operation}: recorded {entry.ratio:.3f} times the reference loop on {entry.recorded}; "
        f"measured {len(measured)} times, the later ones more thoroughly: {figures}"
    )
    if measured[0] < entry.ratio:
        return f"{text}\n    It became cheaper: run `make costs` and commit the file, so that the gain is kept."
    return f'{text}\n    Make it cheaper, or run `make costs REASON="why it must cost more"` and commit the file.'


def updated(old: Record, now: Surroundings, measured: Mapping[str, Ratios], today: str, reason: str) -> Record:
    """The record after a new measurement. No ratio rises without a reason, and none moves by mere noise."""
    if old.stores and old.measured_on.kind != now.kind and not reason:
        changes = "; ".join(old.measured_on.changes(now))
        raise RecordRefusedError(
            f'There is no record of such a machine ({changes}): to add one, run `make costs REASON="…"`.'
        )
    risen = [
        f"{store}, {name}: {entry.ratio:.3f} -> {ratios[name]:.3f} ({ratios[name] / entry.ratio - 1:+.0%})"
        for store, ratios in measured.items()
        for name, entry in old.stores.get(store, {}).items()
        if name in ratios and ratios[name] > entry.ratio * (1 + MARGIN)
    ]
    if risen and not reason:
        raise RecordRefusedError('These rose: make them cheaper, or run `make costs REASON="…"`.\n' + "\n".join(risen))
    stores = {
        store: {
            name: _moved(old.stores.get(store, {}).get(name), round(ratio, 4), today, reason)
            for name, ratio in ratios.items()
        }
        for store, ratios in measured.items()
    }
    return Record(now, stores)


def _moved(entry: Entry | None, ratio: float, today: str, reason: str) -> Entry:
    if entry is None:
        return Entry(ratio, today)
    change = ratio / entry.ratio - 1
    if change > STEADY and reason:
        return Entry(ratio, today, (*entry.rises, Rise(today, entry.ratio, ratio, reason)))
    if change < -STEADY:
        return replace(entry, ratio=ratio, recorded=today)
    return entry
