"""The store of numbers that two people say are theirs."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.dispute import Claim, Dispute, DisputeOutcome


class Disputes(Protocol):
    """Disputes by their number; what was claimed is encrypted at rest."""

    def open(self, claimant_id: int, holder_id: int, claim: Claim, at: Instant) -> bool:
        """Write it down; False: this claimant's claim against this holder waits already."""

    def get(self, dispute_id: int) -> Dispute | None:
        """It, decided or not."""

    def waiting(self, before: int | None, limit: int) -> Sequence[Dispute]:
        """So many at most that nobody has decided, the newest first, with a smaller number than `before`."""

    def decide(self, dispute_id: int, outcome: DisputeOutcome, at: Instant) -> bool:
        """End it; False: it was ended. One statement decides, whoever comes at once."""
