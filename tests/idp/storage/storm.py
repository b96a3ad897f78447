"""Many threads, or processes, that do one thing at the same moment."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def storm(threads: int, act: Callable[[int], T]) -> list[T]:
    """What each of so many threads got from `act`, which they all began together."""
    barrier = Barrier(threads)

    def wait_and_act(number: int) -> T:
        barrier.wait(10)
        return act(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(wait_and_act, range(threads)))


def run_at_once(loading: str, acting: str, argument: str) -> list[str]:
    """What each of three processes complained of, when `acting` (which reads its argument by `input`) begins in all."""
    command = [sys.executable, "-c", f"{loading}; print(flush=True); {acting}"]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(f"{argument}\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[1] for process in processes]
