"""After a few failures in a row a source is left alone for a while: who waits for a dead one waits in vain.

It counts in this process alone, and lets one request through when the pause is over: if that is answered, all are.
"""

from threading import Lock

from idp.clock import Clock, Instant, after

FAILURES = 3
PAUSE_SECONDS = 30


class CircuitBreaker:
    """Whether a source may be asked now; may be shared by threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._closed_until = Instant(0)

    def may_ask(self) -> bool:
        """Whether to ask; during a pause one request in each pause's length is the probe."""
        now = self._clock()
        with self._lock:
            if self._failures < FAILURES:
                return True
            if now < self._closed_until:
                return False
            self._closed_until = after(now, PAUSE_SECONDS)
            return True

    def note(self, *, is_answered: bool) -> None:
        """What became of a request."""
        now = self._clock()
        with self._lock:
            if is_answered:
                self._failures = 0
                return
            self._failures += 1
            if self._failures >= FAILURES:
                self._closed_until = after(now, PAUSE_SECONDS)
