"""Who is being delivered to at this moment, so that a receiver who does not answer keeps nobody else waiting.

Items to one receiver share a lane. A lane holds a quarter of the threads at most, and all lanes together whose last try
failed hold half of them: whatever is dead, and however much is promised to it, the living find the other half free.
"""

from collections import Counter
from threading import Condition


class Lanes:
    """The book of one worker; safe to share between its threads.

    Args:
        threads: how many items are worked on at once.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._most_of_one = max(1, threads // 4)
        self._most_of_troubled = max(1, threads // 2)
        self._busy: Counter[str] = Counter()
        self._troubled: set[str] = set()
        self._changes = 0
        self._changed = Condition()

    @property
    def changes(self) -> int:
        """How often something was finished; for `wait`."""
        return self._changes

    def has_room(self) -> bool:
        """Whether a thread is free."""
        return self._busy.total() < self._threads

    def is_idle(self) -> bool:
        """Whether nothing is worked on."""
        return self._busy.total() == 0

    def closed(self) -> frozenset[str]:
        """Lanes that take no further item now."""
        with self._changed:
            full = {lane for lane, times in self._busy.items() if times >= self._most_of_one}
            held = sum(self._busy[lane] for lane in self._troubled)
            return frozenset(full | self._troubled if held >= self._most_of_troubled else full)

    def enter(self, lane: str) -> None:
        """An item of this lane is worked on from now."""
        with self._changed:
            self._busy[lane] += 1

    def leave(self, lane: str, *, is_troubled: bool) -> None:
        """It is no more; `is_troubled` when its receiver should be tried again later."""
        with self._changed:
            self._busy[lane] -= 1
            self._busy += Counter()  # lanes nobody is in are forgotten
            (self._troubled.add if is_troubled else self._troubled.discard)(lane)
            self._changes += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Rest until something more than what was `seen` is finished, or so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes != seen, timeout=seconds)
