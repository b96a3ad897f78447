"""Whether two kinds of requests can be told apart by a clock, measured in turns."""

import time
from collections.abc import Callable
from statistics import median

SLACK_SECONDS = 0.005
SLACK_SHARE = 0.1
ROUNDS = 3
"""A busy machine spoils a round now and then; a real difference shows in each of them."""

Attempt = Callable[[int], object]


def seconds_of(attempt: Attempt, number: int) -> float:
    """How long one attempt takes, by the wall clock."""
    begun = time.perf_counter()
    attempt(number)
    return time.perf_counter() - begun


def assert_alike(known: Attempt, unknown: Attempt, samples: int) -> None:
    """The medians differ by no more than 5 ms or 10 % (threats §0), samples taken alternately after a warm-up."""
    told = []
    for _ in range(ROUNDS):
        for number in range(3):
            known(number), unknown(number)
        pairs = [(seconds_of(known, number), seconds_of(unknown, number)) for number in range(samples)]
        mine, others = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
        if abs(mine - others) <= max(SLACK_SECONDS, SLACK_SHARE * max(mine, others)):
            return
        told.append(f"known {mine * 1000:.1f} ms, unknown {others * 1000:.1f} ms")
    raise AssertionError("; ".join(told))
