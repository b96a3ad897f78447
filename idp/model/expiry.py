"""What leaves the database once nobody can use it any more, and how a housekeeper tells what that is."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant


class Perishable(StrEnum):
    """What ends by itself. The event log is not among it: it is append-only, and nobody here may touch it."""

    ACCESS_TOKENS = "access_tokens"
    REVOKED_JWTS = "revoked_jwts"
    GUESSES = "guesses"
    KNOWN_DEVICES = "known_devices"
    KNOWN_NETWORKS = "known_networks"
    OUTBOX = "outbox"
    SLIPS = "slips"
    RECOVERIES = "recoveries"
    KEPT_ANSWERS = "kept_answers"
    AUTHORIZATIONS = "authorizations"
    SESSIONS = "sessions"


_NEVER = Instant(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """By when something must have ended to go; moment 0 lets nothing go for its reason.

    Attributes:
        ended: what expired, was finished, was revoked or ended by then.
        begun: families that began by then were too old for a refresh at `ended`.
        rested: families that nobody refreshed since then had rested too long at `ended`.
    """

    ended: Instant
    begun: Instant = _NEVER
    rested: Instant = _NEVER


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step did.

    Attributes:
        reached: after which id the next step goes on.
        is_last: whether nothing behind it can have ended by the cutoff.
    """

    deleted: int
    reached: int
    is_last: bool
