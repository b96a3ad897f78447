"""How many requests were answered and how long they took: added up here, and passed on to the metrics now and then.

To tell prometheus_client of each request takes longer than some requests (docs/performance.md).
"""

import atexit
from bisect import bisect_left
from functools import cache
from threading import Event as Signal
from threading import Lock, Thread
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

log = structlog.get_logger()

PASS_ON_SECONDS = 0.5
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Tally:
    """Of one process; a thread of its own passes it on, while there is something to pass on."""

    def __init__(self) -> None:
        self._requests, self._duration = _metrics()
        self._lock = Lock()
        self._counts: dict[tuple[str, str, str], int] = {}
        self._times: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self._has_counts = Signal()
        self._is_closing = Signal()
        self._thread: Thread | None = None

    def note(self, route: str, method: str, code: str, seconds: float) -> None:
        """One more request."""
        key, bucket = (route, method, code), bisect_left(BUCKETS, seconds)
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + 1
            if route in self._sums:
                self._times[route][bucket] += 1
                self._sums[route] += seconds
            else:
                self._times[route] = [int(place == bucket) for place in range(len(BUCKETS) + 1)]
                self._sums[route] = seconds
            if self._thread is None:  # not before: a process that forks afterwards would have no such thread
                thread = Thread(target=self._keep_passing_on, name="tally", daemon=True)
                thread.start()
                self._thread = thread
                atexit.register(self.close)
        if not self._has_counts.is_set():  # `set` takes a lock and wakes whoever waits, which is dear for each request
            self._has_counts.set()

    def pass_on(self) -> None:
        """Give the metrics what was noted since the last time."""
        self._has_counts.clear()
        with self._lock:
            counts, self._counts = self._counts, {}
            times, self._times = self._times, {}
            sums, self._sums = self._sums, {}
        for labels, number in counts.items():
            self._requests.labels(*labels).inc(number)
        for route, numbers in times.items():
            histogram = self._duration.labels(route)
            # It has no public way to be told of many at once.
            histogram._sum.inc(sums[route])  # noqa: SLF001
            for bucket, number in zip(histogram._buckets, numbers, strict=True):  # noqa: SLF001
                if number:
                    bucket.inc(number)

    def close(self) -> None:
        """Pass on what is left, and let the thread end."""
        self._is_closing.set()
        self._has_counts.set()
        if self._thread is not None:
            self._thread.join(PASS_ON_SECONDS)

    def _keep_passing_on(self) -> None:
        while not self._is_closing.is_set():
            self._has_counts.wait()
            self._is_closing.wait(PASS_ON_SECONDS)
            try:
                self.pass_on()
            except Exception as failure:  # noqa: BLE001 - what a full disk keeps from the metrics must not end the counting
                log.warning("tally_failed", failure=type(failure).__name__)


@cache
def _metrics() -> tuple["Counter", "Histogram"]:
    """The metrics of this process, which the management port adds up.

    prometheus_client looks for PROMETHEUS_MULTIPROC_DIR when it is imported: that must not be before `serve` set it.
    """
    from prometheus_client import Counter, Histogram

    return (
        Counter("idp_http_requests", "Requests answered", ["route", "method", "code"]),
        Histogram("idp_http_request_duration_seconds", "From the first byte to the answer", ["route"], buckets=BUCKETS),
    )
