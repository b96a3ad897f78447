"""Stores of who works here, and of who was asked to."""

from collections.abc import Collection, Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.office import Appointment, Envelope, Invitation, NewInvitation, Role


class Appointments(Protocol):
    """Roles that are held; the database lets nobody hold two."""

    def of(self, account_id: int) -> Appointment | None:
        """The one that this account holds now."""

    def appoint(self, account_id: int, role: Role, scope: str, by: int | None, at: Instant) -> bool:
        """Give it a role; False: it holds one, whichever that is."""

    def end(self, account_id: int, at: Instant) -> Appointment | None:
        """Take its role away, and what that was; None: it held none."""

    def ever_held(self) -> frozenset[Role]:
        """Roles that somebody holds or held."""

    def in_force(self, roles: Collection[Role]) -> Sequence[Appointment]:
        """Who holds one of these now, the longest first."""


class Invitations(Protocol):
    """Invitations; the name in them is encrypted at rest."""

    def add(self, invitation: NewInvitation) -> Invitation:
        """Write one."""

    def get(self, invitation_id: int) -> Invitation | None:
        """The invitation with this number."""

    def accept(self, invitation_id: int, account_id: int, at: Instant) -> bool:
        """Use it up; False: it was accepted, withdrawn, or ran out. One statement decides, whoever comes at once."""

    def withdraw(self, invitation_id: int, at: Instant) -> bool:
        """End it unused; False: it had ended."""

    def open(self, now: Instant) -> Sequence[Invitation]:
        """Those that may still be accepted, the newest first."""


class Envelopes(Protocol):
    """Sealed envelopes, of whose codes digests are kept."""

    def seal(self, digest: bytes, at: Instant) -> None:
        """Write one; the one before opens nothing any more."""

    def open(self, digest: bytes, at: Instant) -> bool:
        """Use it up; False: there is none with this code, or it was replaced or opened before. One statement decides."""

    def last(self) -> Envelope | None:
        """The newest, whether it is sealed or opened."""
