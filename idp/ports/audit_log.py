"""The sealer's own door into the log, apart from what requests use: it reads events and adds seals, and changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeal:
    """A seal as it is kept.

    Attributes:
        text: as it was signed.
        last_event: the highest number among its events.
    """

    number: int
    text: str
    last_event: int
    sealed_at: Instant


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
