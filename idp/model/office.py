"""Who works here: the three officers, who exclude each other, and those who serve people in person.

A role is held by a work account alone: one that an invitation made, that no number leads to and that no way back opens.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant


class Role(StrEnum):
    """What somebody is here for (GB/T 22239-2019 §8.1.5: system, security and audit are separate people)."""

    SYSTEM = "system"
    """Runs it: carriers, sources, jobs, invitations."""
    SECURITY = "security"
    """Governs it: apps, keys, sessions, accounts."""
    AUDIT = "audit"
    """Watches it: the log, and what the other two do."""
    WINDOW_CLERK = "window_clerk"
    HOTLINE_AGENT = "hotline_agent"
    GRID_WORKER = "grid_worker"
    DEPARTMENT_DEVELOPER = "department_developer"
    DEPARTMENT_OWNER = "department_owner"


OFFICERS = (Role.SYSTEM, Role.SECURITY, Role.AUDIT)
"""In the order in which an installation comes to have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A role that a work account holds, or held; nobody holds two at once.

    Attributes:
        scope: what it is limited to: a hall, a department, a district; empty: nothing.
        appointed_by: the officer's account; None: the operator at the command line.
    """

    id: int
    account_id: int
    role: Role
    scope: str
    since: Instant
    appointed_by: int | None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A code in a sealed envelope, for the day on which nobody is left who could invite (break-glass).

    Attributes:
        opened_at: when somebody used it up; None: it is sealed, or was replaced.
    """

    id: int
    sealed_at: Instant
    ended_at: Instant | None = None
    opened_at: Instant | None = None

    @property
    def is_sealed(self) -> bool:
        """Whether its code opens something."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """A role that is offered to somebody, by a link that works once.

    Attributes:
        uid: of the account that it will become; known before, since a passkey is made for it.
        secret_digest: of the secret in the link, which is kept nowhere.
        name: how the person is called at work.
    """

    uid: str
    secret_digest: bytes
    role: Role
    scope: str
    name: str
    invited_by: int | None
    created_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(NewInvitation):
    """The same as it is kept. Once `ended_at` is set it was accepted, and made `account_id`, or it was withdrawn."""

    id: int
    ended_at: Instant | None = None
    account_id: int | None = None

    def is_open(self, now: Instant) -> bool:
        """Whether it may still be accepted."""
        return self.ended_at is None and now < self.expires_at
