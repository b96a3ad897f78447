"""The sealer's own door into the log, apart from what requests use.

It reads events and adds seals. It changes nothing, and takes away only what a seal says is removed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeal:
    """A seal as it is kept.

    Attributes:
        text: as it was signed.
        last_event: the highest number among its events, or among all that it says are removed.
        removed: what it says of the seals whose events were removed; what counts is the text, which is signed.
    """

    number: int
    text: str
    last_event: int
    sealed_at: Instant
    removed: int | None = None


class AuditLog(Protocol):
    """Events as columns in their order, and seals."""

    def settled(self) -> int:
        """Up to this number every event that there will ever be is visible now; it may lag behind by seconds."""

    def events_after(self, event_id: int, limit: int) -> Sequence[Sequence[object]]:
        """So many events behind this number, ascending; the first column is the number."""

    def every_event(self) -> Iterator[Sequence[object]]:
        """All of them, ascending, without holding them at once."""

    def last_seal(self) -> StoredSeal | None:
        """The newest seal."""

    def seals_reaching(self, event_id: int) -> Sequence[StoredSeal]:
        """Those with an event behind this number, in their order."""

    def seals_after(self, number: int, limit: int) -> Sequence[StoredSeal]:
        """So many seals behind this one, in their order."""

    def add_seal(self, seal: StoredSeal) -> bool:
        """Add the next one, durably; False: another sealer was faster."""

    def sealed_up_to(self) -> int:
        """The highest number of an event that is sealed; 0: none is."""

    def last_removal(self) -> StoredSeal | None:
        """The newest seal that says that events were removed."""

    def held_since(self) -> Instant | None:
        """The moment since which a hold keeps everything, the earliest of all; None: there is no hold."""

    def remove(self, seal: StoredSeal, ranges: Iterable[tuple[int, int]]) -> int | None:
        """Add the seal that says so, and take away the events of these numbers, both or neither; how many there were.

        None: another sealer was faster. Raises `Unavailable`, with nothing removed, when the database refuses one: it is
        younger than the law lets it go, or a hold was placed meanwhile.
        """
