"""When to try again: soon at first, then ever more rarely, and never after it has become pointless."""

from idp.clock import Instant, after

_SECONDS = (5, 15, 60, 5 * 60, 15 * 60, 60 * 60)
"""Pauses after the first, second, … failed try; the last one repeats."""


def next_try(failed_tries: int, now: Instant, expires_at: Instant) -> Instant | None:
    """The moment of the next try after so many (at least one) that failed; None when nothing is left of the item's life.

    No pause takes more than half of that life, so that a code of five minutes is not given up after eighty seconds
    because the next pause of the table would outlive it.
    """
    pause = min(_SECONDS[min(failed_tries, len(_SECONDS)) - 1], (expires_at - now) // 2)
    return None if pause < _SECONDS[0] else after(now, pause)
