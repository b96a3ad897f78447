"""A message to a person, as carriers receive it and as the outbox keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant


class Medium(StrEnum):
    """By which way a message reaches a person."""

    SMS = "sms"
    MAIL = "mail"


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
