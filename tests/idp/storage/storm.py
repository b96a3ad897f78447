"""Many threads that do one thing at the same moment."""

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
