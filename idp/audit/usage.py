"""Count what machines do all day: in memory, and once a second into the log, so that no request waits for a counter.

What a killed process had counted within its last second is lost; nothing that anybody is told depends on it.
"""

import atexit
from collections import Counter
from threading import Event as Signal
from threading import Lock, Thread

from idp.clock import Clock
from idp.errors import Unavailable
from idp.events import Action, Event, Kind
from idp.ports import BeginUnitOfWork

FLUSH_SECONDS = 1.0


class UsageCounts:
    """Counts of one process, per action and client; one thread of its own writes them."""

    def __init__(self, begin: BeginUnitOfWork, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock
        self._lock = Lock()
        self._counts: Counter[tuple[Action, str]] = Counter()
        self._has_counts = Signal()
        self._is_closing = Signal()
        self._writer: Thread | None = None

    def count(self, action: Action, client_id: str) -> None:
        """One more; written within a second or so."""
        with self._lock:
            self._counts[action, client_id] += 1
            if self._writer is None:  # not before: a process that forks afterwards would have no such thread
                self._writer = Thread(target=self._write, name="usage", daemon=True)
                self._writer.start()
                atexit.register(self.close)
        if not self._has_counts.is_set():  # `set` takes a lock and wakes whoever waits, which is dear for each request
            self._has_counts.set()

    def close(self) -> None:
        """Write what is left and let the thread end: one that is still at work when the interpreter stops aborts it."""
        self._is_closing.set()
        self._has_counts.set()
        if self._writer is not None:
            self._writer.join(FLUSH_SECONDS)

    def flush(self) -> None:
        """Write what was counted; while the store is down it is kept for the next time."""
        self._has_counts.clear()
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with self._begin() as unit_of_work:
                for (action, client_id), times in counts.items():
                    event = Event(kind=Kind.USAGE, action=action, at=self._clock(), client_id=client_id)
                    unit_of_work.events.count(event, client_id, times)
                unit_of_work.commit()
        except Unavailable:
            with self._lock:
                self._counts.update(counts)
            self._has_counts.set()

    def _write(self) -> None:
        while not self._is_closing.is_set():
            self._has_counts.wait()
            self._is_closing.wait(FLUSH_SECONDS)
            self.flush()
