"""Why the log is kept for longer than its time: somebody investigates, or a court has asked."""

from dataclasses import dataclass

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold on the log.

    Attributes:
        reference: the file it is for; never a person.
        since: what happened from this moment on stays; 0: everything that is there.
        placed_by, released_by: work accounts; the command line has none.
        released_at: None: it is in force.
    """

    id: int
    reference: str
    since: Instant
    placed_by: int | None
    placed_at: Instant
    released_by: int | None = None
    released_at: Instant | None = None
