"""The stores of organisations, and of who acts for whom."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.mandate import Acting, EndReason, Mandate, NewMandate
from idp.model.organization import Organization, RegisteredOrganization


class Organizations(Protocol):
    """Organisations that somebody has entered."""

    def enter(self, registered: RegisteredOrganization, at: Instant) -> Organization:
        """Write it down as the register says it is now, or bring what is there up to that."""

    def get(self, organization_id: int) -> Organization | None:
        """The one with this internal id."""

    def by_uid(self, uid: str) -> Organization | None:
        """The one whose pages have this name."""

    def by_code(self, code: str) -> Organization | None:
        """The one with this unified social credit code."""

    def confirm(self, known: Organization, registered: RegisteredOrganization, at: Instant) -> None:
        """Everything about it was asked, and this is what it is; a change that was told meanwhile still waits."""

    def note_changes(self, codes: Sequence[str], at: Instant) -> int:
        """Note that these are to be asked about; how many of them are here."""

    def changed(self, after_id: int, limit: int) -> Sequence[Organization]:
        """So many at most of those that are to be asked about, in the order of their ids."""

    def subject(self, organization_id: int, sector: str) -> str:
        """Its `sub` in this sector; made at the first call, the same for ever after (OpenID Connect Core §8.1)."""

    def cursor(self, source: str) -> str:
        """Up to where this register was heard; empty: never."""

    def move_cursor(self, source: str, cursor: str, at: Instant) -> None:
        """It was heard up to here."""


class Mandates(Protocol):
    """Mandates, with whoever stands behind them."""

    def add(self, new: NewMandate) -> Mandate | None:
        """Write it; None: there is one of its kind between the same two, or offered to the same."""

    def get(self, mandate_id: int) -> Acting | None:
        """The one with this number, ended or not."""

    def by_uid(self, uid: str) -> Acting | None:
        """The one with this name, ended or not."""

    def of_agent(self, account_id: int, limit: int) -> Sequence[Acting]:
        """Those by which this person acts or acted, the newest first; so many at most."""

    def open_of_agent(self, account_id: int) -> Sequence[Acting]:
        """Those of them that were accepted and not ended, the oldest first."""

    def of_principal(self, account_id: int, limit: int) -> Sequence[Acting]:
        """Those by which others act or acted for this person, the newest first; so many at most."""

    def of_organization(self, organization_id: int, limit: int) -> Sequence[Acting]:
        """The same of an organisation."""

    def open_of_organization(self, organization_id: int) -> Sequence[Acting]:
        """All of those that nobody has ended, offers among them, the oldest first; some may have run out."""

    def offered_to(self, invitees: Sequence[bytes], now: Instant) -> Sequence[Acting]:
        """Those that wait for whom one of these digests tells, the newest first."""

    def accept(self, mandate_id: int, agent_id: int, at: Instant) -> bool:
        """Let this person act; False: it was accepted, ended, or its time was over. One statement decides."""

    def end(self, mandate_id: int, why: EndReason, by: int | None, at: Instant) -> bool:
        """End it, accepted or not; False: it had ended."""

    def use(self, mandate_id: int, at: Instant) -> bool:
        """Note a use; False: it has ended, or was for a single use and had it. One statement decides."""

    def open_with(self, account_id: int) -> Sequence[int]:
        """The numbers of those not ended by which this person acts, or others act for them, or which they offered."""
