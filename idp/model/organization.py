"""An organisation as the company register knows it: never a login, only somebody for whom people act."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant, after
from realnames.identifiers.social_credit_code import OrganizationKind


class OrganizationStatus(StrEnum):
    """Whether it may act. Nobody acts for one that is not active."""

    ACTIVE = "active"
    """存续、在营、开业."""
    SUSPENDED = "suspended"
    """歇业: it rests of its own will."""
    LIQUIDATING = "liquidating"
    """清算: others decide for it."""
    REVOKED = "revoked"
    """吊销: its licence was taken."""
    STRUCK_OFF = "struck_off"
    """注销: it exists no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredOrganization:
    """What the register has published about it; nothing of this is anybody's personal data."""

    code: str
    name: str
    organization_type: OrganizationKind
    status: OrganizationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization(RegisteredOrganization):
    """One that somebody has entered here; it stays, whatever becomes of it.

    Attributes:
        code: the unified social credit code (GB 32100-2015), by which it is one and the same for ever.
        uid: random, in the addresses of its pages.
        checked_at: when the register last said so.
        changed_at: since when the register says that something about it changed, while nobody has asked what; None: no more.
    """

    id: int
    uid: str
    checked_at: Instant
    changed_at: Instant | None = None

    @property
    def is_active(self) -> bool:
        """Whether anybody may act for it."""
        return self.status is OrganizationStatus.ACTIVE

    def is_to_be_checked(self, now: Instant, fresh_seconds: int) -> bool:
        """Whether the register should be asked before somebody acts for it: it told of a change, or answered long ago."""
        return self.changed_at is not None or now >= after(self.checked_at, fresh_seconds)
