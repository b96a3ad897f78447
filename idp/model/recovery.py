"""Getting back in: a window's slip, and a new phone that waits in the place of one that was lost."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant
from idp.model.policy import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a window handed out after it had seen who somebody is: its code works once, for a day.

    Attributes:
        level: what the account is worth at most for a while after it was used.
    """

    digest: bytes
    account_id: int
    level: Level
    issued_at: Instant
    expires_at: Instant


class Basis(StrEnum):
    """By what somebody is let back in."""

    SLIP = "slip"
    PROOF = "proof"
    """By one way that was left to them."""


class RecoveryOutcome(StrEnum):
    """How a waiting recovery ended."""

    DONE = "done"
    CANCELLED = "cancelled"
    TAKEN = "taken"
    """Another account had the new phone by then."""
    OVERTAKEN = "overtaken"
    """Another recovery, or the account's end, came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A new phone, proven by its code, that takes the place of everything before it when the time has come.

    Attributes:
        ripe_at: until then whoever holds the account may object.
    """

    id: int
    account_id: int
    basis: Basis
    phone: str
    opened_at: Instant
    ripe_at: Instant
