"""Count what machines do all day: in memory, and once a second into the log, so that no request waits for a counter.

What a killed process had counted within its last second is lost; nothing that anybody is told depends on it.
"""

import atexit
from collections import Counter, deque
from threading import Event as Signal
from threading import Lock, Thread

import structlog

from idp.clock import Clock
from idp.errors import Unavailable
from idp.events import Action, Event, Kind
from idp.ports import BeginUnitOfWork

FLUSH_SECONDS = 1.0
MOST = 500
"""Different things that are counted by name within an hour; whoever makes up names by the thousand is counted as one of them."""
OTHERS = "…"
MOST_NOTED = 100_000
"""Of a second; what comes beyond that is not counted."""
_log = structlog.get_logger()


class UsageCounts:
    """Counts of one process, per action and source; one thread of its own writes them."""

    def __init__(self, begin: BeginUnitOfWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock
        self._beginning = Lock()
        self._noted: deque[tuple[Action, str]] = deque(maxlen=MOST_NOTED)
        self._counts: Counter[tuple[Action, str]] = Counter()
        self._names: set[tuple[Action, str]] = set()
        self._hour = 0
        self._has_counts = Signal()
        self._is_closing = Signal()
        self._writer: Thread | None = None

    def count(self, action: Action, source: str) -> None:
        """One more of this client, or of whoever it was; written within a second or so."""
        self._noted.append((action, source))  # takes no lock: a request waits for nobody
        if not self._has_counts.is_set():  # `set` takes a lock and wakes whoever waits, which is dear for each request
            self._wake()

    def close(self) -> None:
        """Write what is left and let the thread end: one that is still at work when the interpreter stops aborts it."""
        self._is_closing.set()
        self._has_counts.set()
        if self._writer is not None:
            self._writer.join(FLUSH_SECONDS)

    def flush(self) -> None:
        """Write what was counted; while the store is down it is kept for the next time. For one thread at a time."""
        self._has_counts.clear()
        counts = self._counted()
        if not counts:
            return
        try:
            with self._begin() as unit_of_work:
                for (action, source), times in counts.items():
                    event = Event(kind=Kind.USAGE, action=action, at=self._clock())
                    unit_of_work.events.count(event, source, times)
                unit_of_work.commit()
        except Unavailable:
            self._has_counts.set()
        else:
            counts.clear()

    def _counted(self) -> Counter[tuple[Action, str]]:
        """What was noted since, added to what could not be written."""
        counts, hour = self._counts, self._clock() // 3600
        if hour != self._hour:
            self._hour = hour
            self._names.clear()
        for _ in range(len(self._noted)):
            named = self._noted.popleft()
            if named not in self._names and len(self._names) < MOST:
                self._names.add(named)
            counts[named if named in self._names else (named[0], OTHERS)] += 1
        return counts

    def _wake(self) -> None:
        self._has_counts.set()
        if self._writer is not None:
            return
        with self._beginning:
            if self._writer is None:  # not before: a process that forks afterwards would have no such thread
                self._writer = Thread(target=self._write, name="usage", daemon=True)
                self._writer.start()
                atexit.register(self.close)

    def _write(self) -> None:
        while not self._is_closing.is_set():
            self._has_counts.wait()
            self._is_closing.wait(FLUSH_SECONDS)
            try:
                self.flush()
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end the thread unheard
                _log.error("usage.failed", error=type(error).__name__)
