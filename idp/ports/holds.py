"""The store of holds on the log."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.hold import Hold


class Holds(Protocol):
    """Holds stay written down when they are over."""

    def place(self, reference: str, since: Instant, by: int | None, at: Instant) -> Hold:
        """From now on; it counts once it is committed."""

    def in_force(self) -> Sequence[Hold]:
        """Those that nobody has released, the oldest first."""

    def release(self, hold_id: int, by: int | None, at: Instant) -> bool:
        """End it; False: there is none of this number in force."""
