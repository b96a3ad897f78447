"""A process that takes slots of a hashing pool: `holder.py DIRECTORY SLOTS hold`, or `… count ROUNDS`."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from idp.factors.hashing_pool import HashingPool

directory, slots = Path(sys.argv[1]), int(sys.argv[2])
pool = HashingPool(directory, slots=slots, places=4, wait_seconds=30)
inside = directory / "inside"


def work(number: int) -> int:
    """Hold a slot for a moment; how many held one meanwhile, as files in one folder tell."""
    mark = inside / f"{os.getpid()}-{number}"
    mark.touch()
    held = len(list(inside.iterdir()))
    time.sleep(0.003)
    held = max(held, len(list(inside.iterdir())))
    mark.unlink()
    return held


def hold() -> None:
    """Keep the slot until killed."""
    print("held", flush=True)
    time.sleep(60)


if sys.argv[3] == "hold":
    pool.run(hold)
else:
    with ThreadPoolExecutor(4) as threads:
        print(max(threads.map(lambda number: pool.run(lambda: work(number)), range(int(sys.argv[4])))), flush=True)
