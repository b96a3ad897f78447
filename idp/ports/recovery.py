"""Stores of the ways back in."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.policy import Level
from idp.model.recovery import Basis, Recovery, RecoveryOutcome, Slip


class Slips(Protocol):
    """The slips of windows, of which digests are kept; each person has one at most."""

    def issue(self, account_id: int, digest: bytes, level: Level, at: Instant, expires_at: Instant) -> None:
        """Write one; with that the person's slip before it, used or not, is dead."""

    def find(self, account_id: int, digests: Sequence[bytes], now: Instant) -> Slip | None:
        """The person's slip, if it has one of these digests and still works."""

    def held(self, account_id: int, now: Instant) -> Slip | None:
        """The person's slip, if it still works."""

    def use(self, account_id: int, digest: bytes, now: Instant) -> Slip | None:
        """Use up the person's slip with this digest; None: it was used, replaced, or has run out.

        One statement decides, so of many who bring the same slip at once one is told of it, whatever process they meet.
        """

    def remove(self, account_id: int) -> bool:
        """Forget the person's slip; False: there was none."""


class Recoveries(Protocol):
    """New phones that wait; each person has one waiting at most."""

    def open(self, account_id: int, basis: Basis, phone: str, at: Instant, ripe_at: Instant) -> bool:
        """Begin to wait; False: another one waits already. The phone is encrypted at rest."""

    def waiting(self, account_id: int) -> Recovery | None:
        """The one of this person that waits."""

    def get(self, recovery_id: int) -> Recovery | None:
        """It, while it waits. Raises `Unavailable` when its phone cannot be decrypted."""

    def end(self, recovery_id: int, outcome: RecoveryOutcome, at: Instant) -> bool:
        """End it; False: it had ended. One statement decides, whoever comes at once."""

    def end_of(self, account_id: int, outcome: RecoveryOutcome, at: Instant) -> bool:
        """End what waits for this person, readable or not; False: nothing does."""

    def ripe(self, now: Instant, limit: int, after_id: int = 0) -> Sequence[int]:
        """The ids of so many at most behind this one whose time has come, in their order; none of them is decrypted."""
