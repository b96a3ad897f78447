"""What an operation costs in CPU time, as a multiple of the reference loop that runs in turns with it.

Absolute times change with the machine, its frequency and its neighbours; both sides of the ratio change with them.
Three things keep it steady to a few percent beside busy neighbours:

- Each call is timed alone, and of the few calls of a slice the quickest counts: whoever was interrupted in the middle
  pays for cold caches, which says nothing of our work.
- The slices of all operations follow each other in many rounds, a slice of the reference loop between each two; of the
  rounds the calmest twentieth counts, for both sides alike. When the processor is in a quick mood both are.
- The garbage collector is off while a call runs, so that no call pays for the garbage of others. Young garbage is
  collected after each slice and its time shared out among the calls that left it, so that cycles are not free; what
  is older than the measurement is frozen and never looked at.

The time is the whole process's: work that moved to another thread is still ours. A cost that only one call in many
pays is not seen here; `make bench` sees it.
"""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.reference_loop import reference_loop
from tests.plugins.private_servers import StorageUrls

CALLS = 8
"""In one slice: enough for one to run undisturbed with warm caches, and soon over."""
ROUNDS = 40
THOROUGH_ROUNDS = 120
_WARM_UP = 30
_ROOT = Path(__file__).resolve().parents[2]

Work = Callable[[], object]
Ratios = Mapping[str, float]


def ratios(operations: Mapping[str, Work], rounds: int) -> Ratios:
    """The cost of each operation as a multiple of the reference loop's, measured in this process."""
    for _ in range(_WARM_UP):
        for work in (reference_loop, *operations.values()):
            work()
    own: dict[str, list[float]] = defaultdict(list)
    reference: dict[str, list[float]] = defaultdict(list)
    with _garbage_in_hand():
        before = _quickest(reference_loop)
        for _ in range(rounds):
            for name, work in operations.items():
                own[name].append(_quickest(work))
                after = _quickest(reference_loop)
                reference[name].append(min(before, after))
                before = after
    return {name: _calm(own[name]) / _calm(reference[name]) for name in operations}


def ratios_of_the_product(urls: StorageUrls, directory: Path, rounds: int) -> Ratios:
    """All hot operations over these migrated stores, in a fresh process whose configuration is that of a server.

    Fresh, because of what other tests leave in theirs, and because prometheus_client must find the directory of a
    server's metrics when it is imported. Hashes of texts are the same in each run: their collisions would be chance.
    """
    own = Path(tempfile.mkdtemp(dir=directory))
    metrics, answer = own / "metrics", own / "ratios.json"
    metrics.mkdir()
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(metrics), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.benchmarks.measure_costs"]
    run = subprocess.run(
        [*command, urls.database, urls.ephemeral, str(own), str(rounds), str(answer)],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,  # the product's log
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(f"the measurement ended with {run.returncode}:\n{run.stderr}")
    told: dict[str, float] = json.loads(answer.read_text("utf-8"))
    return told


def _quickest(work: Work) -> float:
    """Nanoseconds of the quickest call of a slice, with its share of the garbage."""
    clock = time.process_time_ns
    quickest = sys.maxsize
    for _ in range(CALLS):
        begun = clock()
        work()
        quickest = min(quickest, clock() - begun)
    begun = clock()
    gc.collect(1)
    return quickest + (clock() - begun) / CALLS


def _calm(slices: list[float]) -> float:
    return sorted(slices)[len(slices) // 20]


@contextmanager
def _garbage_in_hand() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
