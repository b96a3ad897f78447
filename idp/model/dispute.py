"""Two people say that one number is theirs: the one who has the account, and the one whom the register confirms."""

from dataclasses import dataclass, field
from enum import StrEnum

from idp.clock import Instant
from idp.model.account import Identifier


class DisputeOutcome(StrEnum):
    """Whose it turned out to be, when a window had seen both or one of them with the document."""

    CLAIMANT = "claimant"
    HOLDER = "holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the claimant said and the register confirmed, kept encrypted until somebody decides.

    Attributes:
        source, reference, answered_at: the register's answer, which becomes evidence if it was right.
    """

    name: str = field(repr=False)
    document: Identifier = field(repr=False)
    source: str
    reference: str
    answered_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One dispute; it is decided once. There is one at most between a claimant and a number that waits."""

    id: int
    claimant_id: int
    holder_id: int
    claim: Claim
    opened_at: Instant
    decided_at: Instant | None = None
    outcome: DisputeOutcome | None = None
