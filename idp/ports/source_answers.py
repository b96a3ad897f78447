"""What a register answers about what a person says of themselves; data never come back, only whether they are right."""

from dataclasses import dataclass, field
from enum import StrEnum

from idp.clock import Instant
from idp.model.account import Identifier


class SourceOutcome(StrEnum):
    """What a source said. Only the first three were signed by it."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    """The number is not in the register."""
    DOWN = "down"
    """It cannot be asked now, or what it answered is no answer to us: never a mismatch, and never a try."""


@dataclass(frozen=True, slots=True)
class ClaimedPerson:
    """Name and document as somebody claims them: canonical, as `realnames.identifiers` parsed them, and not verified."""

    name: str = field(repr=False)
    document: Identifier = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnswer:
    """What evidence and events may keep of a question; there is nobody's data in it.

    Attributes:
        reference: the source's own id of a signed answer; empty when it is down.
        answered_at: when it looked, as it says; None when it is down.
        why: when it is down, in one word for the log: `unreachable`, `paused` (it failed too often a moment ago),
            `refused` (it takes our question for none), `unknown_document` (it knows no documents of this kind, and was
            not asked), `malformed`, or what about its signed answer was not ours: `wrong_signature`, `wrong_issuer`,
            `wrong_audience`, `wrong_transaction`, `wrong_nonce`, `wrong_person`, `wrong_question`, `expired`,
            `wrong_time`.
    """

    outcome: SourceOutcome
    reference: str = ""
    answered_at: Instant | None = None
    why: str = ""
