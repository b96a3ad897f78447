"""What the other side acknowledged, written down by who was told so, and afterwards asked about one by one."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from tests.faults.line import Doors, Line, Traffic

CHECKERS = 16

P = TypeVar("P")


class Fault(StrEnum):
    """The two things that may never happen."""

    LOST = "acknowledged and lost"
    TWICE = "used twice, or alive after its end"


class Broken(NamedTuple):
    """What of a promise does not hold."""

    kind: str
    fault: Fault
    words: str


class Promise(Protocol):
    """Something acknowledged, with all that its holder did with it since."""

    def acknowledged(self) -> Mapping[str, int]:
        """How many of which kind; the rows of the table."""

    def tried_again(self) -> Mapping[str, int]:
        """How many of them were offered more than once, on purpose or because an answer was lost."""

    def broken(self, line: Line) -> Iterable[Broken]:
        """Ask the server."""


@dataclass(frozen=True)
class Verdict:
    """What came of asking about everything."""

    acknowledged: Counter[str]
    tried_again: Counter[str]
    broken: list[Broken]

    def count(self, kind: str, fault: Fault) -> int:
        return sum((each.kind, each.fault) == (kind, fault) for each in self.broken)


class Ledger:
    """Only grows."""

    def __init__(self) -> None:
        self._promises: list[Promise] = []
        self._lock = threading.Lock()

    def write(self, promise: Promise) -> None:
        """At the moment of the acknowledgement, before anything else is done with it."""
        with self._lock:
            self._promises.append(promise)

    def of_kind(self, kind: type[P]) -> list[P]:
        """What was written down so far of one kind."""
        with self._lock:
            return [promise for promise in self._promises if isinstance(promise, kind)]

    def verdict(self, doors: Doors) -> Verdict:
        """Ask about every promise; the load must have ended."""
        with ThreadPoolExecutor(CHECKERS) as threads:
            shares = [self._promises[first::CHECKERS] for first in range(CHECKERS)]
            broken = [each for found in threads.map(lambda share: _broken(share, doors), shares) for each in found]
        acknowledged, tried_again = Counter[str](), Counter[str]()
        for promise in self._promises:
            acknowledged.update(promise.acknowledged())
            tried_again.update(promise.tried_again())
        return Verdict(acknowledged, tried_again, broken)


def _broken(promises: Iterable[Promise], doors: Doors) -> list[Broken]:
    line = Line(doors, Traffic())
    try:
        return [each for promise in promises for each in promise.broken(line)]
    finally:
        line.close()
