"""A message to a person, as carriers receive it and as the outbox keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant

MESSAGE = "message"
"""The kind under which messages stand in the outbox; their payload is `medium`, `destination`, `subject`, `text`."""
DISCARD = "discard"
"""The kind of what is promised to nobody, so that a sign-in by an unknown name costs what any other costs."""


class Medium(StrEnum):
    """By which way a message reaches a person."""

    SMS = "sms"
    MAIL = "mail"
    VOICE = "voice"


class Report(StrEnum):
    """What a carrier heard from the network about a message that it had accepted."""

    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text to one destination (E.164 phone or mail address)."""

    id: str
    medium: Medium
    destination: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """Something promised inside a transaction, waiting to leave; the payload is encrypted at rest.

    Attributes:
        lane: names the receiver, for the worker alone: what goes to one of them must not hold up the others. None: all
            items of the kind share one.
    """

    id: int
    kind: str
    payload: Mapping[str, str]
    attempts: int
    created_at: Instant
    expires_at: Instant
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedItem:
    """The item that a report named; `is_news` when it tells more than what was known."""

    id: int
    kind: str
    is_news: bool


@dataclass(frozen=True, slots=True)
class MessageFate:
    """What is known of something that was promised: whether we gave it up, and what its carrier reported."""

    is_abandoned: bool
    report: Report | None

    @property
    def has_failed(self) -> bool:
        """Whether it reached nobody, as far as anybody knows."""
        return self.is_abandoned or self.report in {Report.FAILED, Report.EXPIRED}


@dataclass(frozen=True, slots=True)
class Lane:
    """What waits in one lane of the outbox.

    Attributes:
        tried: how many of them a receiver did not take yet.
        oldest_at: since when the oldest one waits.
    """

    name: str
    waiting: int
    tried: int
    oldest_at: Instant
