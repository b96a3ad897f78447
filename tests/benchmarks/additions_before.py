"""What the additions cost whoever uses none: the product before them and the product now, in turns, in fresh processes."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from tests.benchmarks.report import ROOT, Table
from tests.plugins.private_servers import StorageUrls

BEFORE = "2692961"
"""The last commit before clients had profiles (0.5.0 and a little)."""
MOST = 1.05
ROUNDS = 15
NOT_COMPARED = frozenset({"discovery"})
"""Its document became longer, and what is measured there is mostly that the measurement parses it."""


def table(folder: Path, pairs: int) -> list[Table]:
    """One table; none where the history does not go back so far (a shallow clone)."""
    before = folder / "before"
    if not _unpacked(before):
        return []
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(pairs):
        own = folder / str(number)
        was, now = (_ratios(tree, own / name) for name, tree in (("before", before), ("now", ROOT)))
        for name in now:
            if name not in NOT_COMPARED:
                found[name].append(now[name] / was[name])
    rows = [
        (
            name,
            f"{median(ratios):.3f}x",
            f"{min(ratios):.2f}–{max(ratios):.2f}",
            "yes" if median(ratios) <= MOST else "NO",
        )
        for name, ratios in found.items()
    ]
    notes = [
        f"Median of {pairs} interleaved pairs of fresh processes over SQLite: {BEFORE} and this commit, each beside the reference loop."
    ]
    return [
        Table(
            "What all additions together cost whoever uses none",
            ("operation", "ratio", "spread", f"≤ {MOST}x"),
            rows,
            notes,
        )
    ]


def _unpacked(folder: Path) -> bool:
    """The tree of that commit, where git has it."""
    packed = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        return False
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return True


def _ratios(tree: Path, own: Path) -> dict[str, float]:
    """As the cost gate measures, by the tree's own code."""
    metrics, answer = own / "metrics", own / "ratios.json"
    metrics.mkdir(parents=True)
    urls = StorageUrls(f"sqlite:///{own / 'idp.db'}", f"sqlite:///{own / 'ephemeral.db'}")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYTHONHASHSEED": "0",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    made = "from sys import argv; from idp.storage.migrations import upgrade; upgrade(argv[1])"
    for command in (
        ["-c", made, urls.database],
        ["-m", "tests.benchmarks.measure_costs", urls.database, urls.ephemeral, str(own), str(ROUNDS), str(answer)],
    ):
        subprocess.run([sys.executable, *command], cwd=tree, env=environment, stdout=subprocess.DEVNULL, check=True)
    told: dict[str, float] = json.loads(answer.read_text("utf-8"))
    return told
