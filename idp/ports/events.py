"""The log as requests write and search it, and how much happens in each minute."""

from collections.abc import Collection, Sequence
from typing import Protocol

from idp.clock import Instant
from idp.events import Counted, Event, EventFilter, Logged, Recorded


class Events(Protocol):
    """The append-only log."""

    def record(self, event: Event) -> None:
        """Write one event."""

    def record_all(self, events: Sequence[Event]) -> None:
        """Write many in few statements."""

    def of_person(
        self, account_id: int, *, before: int | None, limit: int, actions: Collection[str] | None = None
    ) -> Sequence[Logged]:
        """What happened to this person, newest first: as many as `limit`, older than the event with the id `before`.

        Tokens that were issued are not among it. `actions`: these only.
        """

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> Sequence[Recorded]:
        """What was written down, newest first: as many as `limit`, older than the event with the id `before`."""

    def count(self, event: Event, source: str, times: int = 1) -> None:
        """Count an anonymous refusal or a usage per action, outcome, source and minute."""

    def last_sealed_at(self) -> Instant | None:
        """When the newest seal was made; None: nobody ever sealed the log."""

    def unsealed_since(self) -> Instant | None:
        """When the oldest event happened that stands behind what is sealed; None: there is none."""


class EventTally(Protocol):
    """Counts of the log by minute, action, outcome and channel, beside those of refusals and usage."""

    def count_up_to(self, settled: int, most: int) -> bool:
        """Count the next events up to this number, so many numbers at most; whether some are left."""

    def since(self, minute: Instant) -> Sequence[Counted]:
        """What happened in each minute from this one on, in their order."""

    def channels(self, action: str, minute: Instant) -> Sequence[tuple[str, int]]:
        """How often this happened over each channel, from this minute on."""

    def sources(self, action: str, minute: Instant, limit: int) -> Sequence[tuple[str, Instant, int]]:
        """Who did this from this minute on, those first who did it longest ago: their last minute, and how often."""
