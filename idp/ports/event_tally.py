"""The store of how much happens in each minute."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.events import Counted


class EventTally(Protocol):
    """Counts of the log by minute, action, outcome and channel, beside those of refusals and usage."""

    def count_up_to(self, settled: int, most: int) -> bool:
        """Count the next events up to this number, so many numbers at most; whether some are left."""

    def since(self, minute: Instant) -> Sequence[Counted]:
        """What happened in each minute from this one on, in their order."""

    def channels(self, action: str, minute: Instant) -> Sequence[tuple[str, int]]:
        """How often this happened over each channel, from this minute on."""

    def sources(self, action: str, minute: Instant, limit: int) -> Sequence[tuple[str, Instant, int]]:
        """Who did this from this minute on, those last who did it longest ago: their last minute, and how often."""
