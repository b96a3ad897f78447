"""What each protocol beside the plain code flow costs the server, and what all of them cost whoever uses none.

Both sides of a pair do the same work but for the addition, in turns, in one process; what a client does for it (signing a
proof, above all) is done before the clock starts. Of nine pairs the median counts, and the spread is told.

For whoever uses none, the product as it was before (`BEFORE`) and as it is are measured in turns, each in fresh processes.
"""

import gc
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from idp.app import create_app
from idp.clock import system_clock
from idp.model.account import Identifier, IdentifierKind
from idp.storage.migrations import upgrade
from tests.benchmarks import additions_before
from tests.benchmarks.additions_apps import register
from tests.benchmarks.additions_asked import Asked, asked_by
from tests.benchmarks.cost_ratios import CALLS
from tests.benchmarks.operations import Caller, city, cookie_of
from tests.benchmarks.report import Table
from tests.idp.installed import new_person
from tests.plugins.certificate_office import CertificateOffice
from tests.plugins.private_servers import StorageUrls

PAIRS, QUICK_PAIRS = 9, 3
_SLICES = 12
_WARM_UP = 20


@dataclass(frozen=True)
class Pair:
    """One comparison: CPU microseconds of the plain way, and how many times that the other takes."""

    plain: float
    ratios: tuple[float, ...]

    @property
    def row(self) -> tuple[str, ...]:
        """The cells behind its name."""
        middle = median(self.ratios)
        spread = f"{min(self.ratios):.2f}–{max(self.ratios):.2f}"
        return f"{self.plain:.0f}", f"{self.plain * middle:.0f}", f"{middle:.2f}x", spread


def run(*, quick: bool, say: Callable[[str], None]) -> list[Table]:
    """Both tables."""
    pairs = QUICK_PAIRS if quick else PAIRS
    with tempfile.TemporaryDirectory(prefix="yizheng-bench-") as folder:
        rows = []
        for name, pair in _measured(Path(folder), pairs).items():
            say(f"additions: {name}")
            rows.append((name, *pair.row))
        with_additions = Table(
            "What each addition costs (in process, SQLite)",
            ("addition", "plain µs", "with it µs", "ratio", "spread"),
            rows,
            [f"Median of {pairs} interleaved pairs. What the client computes for it is not counted."],
        )
        say("additions: before and after")
        without = additions_before.table(Path(folder), pairs)
    return [with_additions, *without]


def _measured(folder: Path, pairs: int) -> Mapping[str, Pair]:
    urls = StorageUrls(f"sqlite:///{folder / 'idp.db'}", f"sqlite:///{folder / 'ephemeral.db'}")
    upgrade(urls.database)
    office = CertificateOffice(folder / "authority.pem")
    certificate = office.issue("measured")
    front = {
        "IDP_MUTUAL_TLS__ORIGIN": "https://localhost:8443",
        "IDP_MUTUAL_TLS__FRONTS": '["127.0.0.1"]',
        "IDP_MUTUAL_TLS__AUTHORITIES": str(office.file),
        "IDP_SERVER__TRUSTED_PROXIES": '["127.0.0.1"]',
    }
    with city(urls, folder, system_clock, **front) as installation:
        register(installation, certificate.certificate.subject.rfc4514_string())
        account = new_person(installation, Identifier(IdentifierKind.PHONE, "+8613900000001"))
        caller = Caller(create_app(installation))
        asked = asked_by(caller, cookie_of(installation, account.id), certificate.der)
        return {name: _pair(plain, other, pairs) for name, (plain, other) in asked.items()}


def _pair(plain: Asked, other: Asked, pairs: int) -> Pair:
    for _ in range(_WARM_UP):
        for each in (plain, other):
            each.do(each.prepare())
    times, ratios = [], []
    gc.collect()
    gc.freeze()
    try:
        for _ in range(pairs):
            slices: tuple[list[float], list[float]] = ([], [])
            for _ in range(_SLICES):
                for side, each in zip(slices, (plain, other), strict=True):
                    side.append(_quickest(each))
            quick = [sorted(side)[len(side) // 4] for side in slices]
            times.append(quick[0])
            ratios.append(quick[1] / quick[0])
    finally:
        gc.unfreeze()
    return Pair(median(times) / 1000, tuple(ratios))


def _quickest(asked: Asked) -> float:
    """Nanoseconds of the quickest of a few calls."""
    quickest = float("inf")
    for _ in range(CALLS):
        prepared: Any = asked.prepare()
        begun = time.process_time_ns()
        asked.do(prepared)
        quickest = min(quickest, time.process_time_ns() - begun)
    return quickest
