"""What a person proves themselves with, and how often a proof was guessed."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant


class CredentialKind(StrEnum):
    """A factor that leaves something with us."""

    PASSWORD = "password"
    ONE_TIME_CODE = "one_time_code"
    PASSKEY = "passkey"
    """Several per person, in a table of their own."""
    RECOVERY_CODE = "recovery_code"
    """Ten of them, in a table of their own."""
    CITIZEN_CARD = "citizen_card"
    """In a table of their own."""
    SLIP = "slip"
    """Of a window, in a table of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A stored factor; `secret` is a password hash in PHC form, or a secret that the store encrypts."""

    id: int
    account_id: int
    kind: CredentialKind
    secret: str
    created_at: Instant
    used_at: Instant | None = None
    """When a one-time code of it was used last; not noted of passwords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeBatch:
    """The recovery codes that a person made at once; how many of them nobody has used."""

    left: int
    created_at: Instant
    used_at: Instant | None
    """When one of them was used last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """Tries at one subject since its last success, over all spellings and doors."""

    failures: int
    last_at: Instant
