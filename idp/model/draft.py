"""A change that one person proposed and another one decides on."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant


class DraftState(StrEnum):
    """Where it stands. A state is left once, and only `WAITING` and `URGENT` are."""

    WAITING = "waiting"
    """For a second person; nothing was changed."""
    APPROVED = "approved"
    """And applied, in the same transaction."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """By whoever proposed it."""
    URGENT = "urgent"
    """It was applied at once, in an emergency, and waits to be looked at."""
    REVIEWED = "reviewed"
    """Somebody else looked at what was done in an emergency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """A change to be decided on.

    Attributes:
        operation: its name.
        target: the path of what it changes; never anything personal.
        wanted: what it takes, as JSON; encrypted at rest, since a secret may be among it.
        version: of what it changes, when it was proposed; None: there was nothing.
        changes: what it does, one line for each member, personal data masked.
        reason: why, in the words of whoever proposed it; encrypted at rest.
        proposed_by: the work account; None: the operator at the command line, or an app (`proposed_via` says).
        proposed_via: `console`, `cli`, or `api` and the client_id.
    """

    operation: str
    target: str
    wanted: str
    version: str | None
    changes: tuple[str, ...]
    reason: str
    proposed_by: int | None
    proposed_via: str
    proposed_at: Instant
    expires_at: Instant
    state: DraftState = DraftState.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(NewDraft):
    """The same as it is kept."""

    id: int
    decided_by: int | None = None
    decided_at: Instant | None = None

    def is_open(self, now: Instant) -> bool:
        """Whether somebody may still decide: what was done in an emergency waits for ever to be looked at."""
        return self.state is DraftState.URGENT or (self.state is DraftState.WAITING and now < self.expires_at)
