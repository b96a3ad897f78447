"""A mandate: that one person may act for another, or for an organisation, for what, until when, and how that is known."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant, after
from idp.model.account import Account, AccountKind, AccountStatus
from idp.model.organization import Organization
from idp.model.policy import Level
from idp.model.remit import Remit


class PrincipalKind(StrEnum):
    """For whom somebody acts; an app registers which of them it accepts."""

    ORGANIZATIONS = "organizations"
    PERSONS = "persons"


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateWish:
    """For whom an app wants somebody to act (RFC 9396, type `mandate`).

    Attributes:
        identifier: the code of the organisation, or the uid of the mandate; None: whichever the person chooses.
    """

    kind: PrincipalKind
    identifier: str | None = None

    def is_met_by(self, acting: "Acting") -> bool:
        """Whether this mandate is one that is wished for."""
        if acting.mandate.role.principal_kind is not self.kind:
            return False
        code = None if acting.organization is None else acting.organization.code
        return self.identifier is None or self.identifier in {acting.mandate.uid, code}


class MandateRole(StrEnum):
    """As what somebody acts."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    """法定代表人, or 负责人 where there is none: by the company register, as long as it says so."""
    ADMINISTRATOR = "administrator"
    """Of an organisation: deals with what is named, and appoints agents for as much."""
    AGENT = "agent"
    """经办人 of an organisation: deals with what is named."""
    GUARDIAN = "guardian"
    """Of a minor: by the population register, until the child is of age."""
    HELPER = "helper"
    """亲友代办: deals with what is named, for a person who asked for it."""

    @property
    def principal_kind(self) -> PrincipalKind:
        """For whom there is such a role."""
        is_of_persons = self in {MandateRole.GUARDIAN, MandateRole.HELPER}
        return PrincipalKind.PERSONS if is_of_persons else PrincipalKind.ORGANIZATIONS


OF_REGISTERS = frozenset({MandateRole.LEGAL_REPRESENTATIVE, MandateRole.GUARDIAN})
"""Given by a register and the law: nobody grants them, and they reach every service that accepts them."""
APPOINTS = {
    MandateRole.LEGAL_REPRESENTATIVE: frozenset({MandateRole.ADMINISTRATOR, MandateRole.AGENT}),
    MandateRole.ADMINISTRATOR: frozenset({MandateRole.AGENT}),
}
"""Who lets whom act for an organisation, who reaches furthest first. Whoever is not named appoints nobody: no mandate can be handed on."""
STOPS = APPOINTS
"""Whose mandates they end; their own everybody gives up."""


class EndReason(StrEnum):
    """Why it is over."""

    DECLINED = "declined"
    """Whoever was asked did not want it."""
    WITHDRAWN = "withdrawn"
    """Whoever asked thought again before there was an answer."""
    REVOKED = "revoked"
    """Whoever gave it, or who may speak for the organisation, took it back."""
    GIVEN_UP = "given_up"
    """Whoever had it gave it back."""
    EXPIRED = "expired"
    """Its time was over, and another took its place."""
    REGISTER = "register"
    """The register says so no more."""
    OFFICER = "officer"
    """A security officer stopped it, or the hotline for the principal."""
    CLOSED = "closed"
    """One of the two closed their account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """A mandate to be written; of the principals exactly one is there.

    Attributes:
        uid: random, by which apps and pages call it.
        agent_id: who acts; None: it is offered to whoever has the phone and the name of `invitee`.
        invitee: keyed digest of phone and name together, while nobody has accepted it; nothing else of it is kept.
        principal_id, organization_id: for whom.
        is_single_use: whether one use ends it.
        valid_until: None: until the register says otherwise.
        granted_by: the account of who gave it; None: a register.
        granted_level: the level of the sign-in by which it was given.
        granted_as: as what whoever gave it spoke for an organisation; None: for themselves, or a register gave it.
        source, reference: of a register, what it was asked as, and by what it finds its answer again.
        answer_by: until when an offer may be accepted.
    """

    uid: str
    role: MandateRole
    remit: Remit
    valid_from: Instant
    valid_until: Instant | None
    granted_at: Instant
    agent_id: int | None = None
    invitee: bytes | None = None
    principal_id: int | None = None
    organization_id: int | None = None
    is_single_use: bool = False
    granted_by: int | None = None
    granted_level: Level = Level.NONE
    granted_as: MandateRole | None = None
    source: str | None = None
    reference: str | None = None
    accepted_at: Instant | None = None
    answer_by: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate(NewMandate):
    """The same as it is kept. It is accepted once, and ended once; nothing else of it ever changes but its last use.

    Attributes:
        ended_by: the account of who ended it; None: a register, or the command line.
        used_at: when it was used last; None: never.
    """

    id: int
    ended_at: Instant | None = None
    ended_by: int | None = None
    ended_why: EndReason | None = None
    used_at: Instant | None = None

    def is_offered(self, now: Instant) -> bool:
        """Whether somebody may still accept it."""
        is_open = self.accepted_at is None and self.ended_at is None
        return is_open and (self.answer_by is None or now < self.answer_by) and not self.is_over(now)

    def is_over(self, now: Instant) -> bool:
        """Whether its time is."""
        return self.valid_until is not None and now >= self.valid_until

    def is_in_force(self, now: Instant) -> bool:
        """Whether it may be used, as far as it says itself; who stands behind it may forbid it."""
        is_accepted = self.accepted_at is not None and self.ended_at is None
        return is_accepted and now >= self.valid_from and not self.is_over(now)


class Why(StrEnum):
    """Why a mandate that somebody holds does not work now: a word under [mandate.why] of the pages."""

    ENDED = "ended"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    USED = "used"
    PRINCIPAL_GONE = "principal_gone"
    """The person for whom somebody acts is frozen or closed."""
    ORGANIZATION_INACTIVE = "organization_inactive"
    NOT_CONFIRMED = "not_confirmed"
    """The register has not been heard for too long, or told of a change that nobody could ask about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """A mandate with whoever stands behind it, as they are now, read in one statement.

    Attributes:
        principal, organization: exactly one is there.
    """

    mandate: Mandate
    principal: Account | None = None
    organization: Organization | None = None

    def why_not(self, now: Instant, unheard_seconds: int) -> Why | None:
        """What forbids its use; None: nothing.

        Args:
            unheard_seconds: for how long an answer of the company register counts when it cannot be asked again.
        """
        mandate = self.mandate
        if mandate.accepted_at is None or mandate.ended_at is not None:
            return Why.ENDED
        if mandate.is_over(now):
            return Why.EXPIRED
        if now < mandate.valid_from:
            return Why.NOT_YET
        if self.organization is not None:
            return self._why_not_for(self.organization, now, unheard_seconds)
        return None if self._is_principal_there else Why.PRINCIPAL_GONE

    def why_not_anew(self, now: Instant, unheard_seconds: int) -> Why | None:
        """The same for one more use, which a mandate for a single one has no more than once."""
        is_used_up = self.mandate.is_single_use and self.mandate.used_at is not None
        return Why.USED if is_used_up else self.why_not(now, unheard_seconds)

    def _why_not_for(self, organization: Organization, now: Instant, unheard_seconds: int) -> Why | None:
        """Of a change that nobody could ask about yet, the representative may be what changed; agents stay what they are."""
        if not organization.is_active:
            return Why.ORGANIZATION_INACTIVE
        is_doubtful = self.mandate.role is MandateRole.LEGAL_REPRESENTATIVE and organization.changed_at is not None
        is_unheard = now >= after(organization.checked_at, unheard_seconds)
        return Why.NOT_CONFIRMED if is_doubtful or is_unheard else None

    @property
    def _is_principal_there(self) -> bool:
        """Nobody acts for an officer (threat M03), nor for whom nobody could act for themselves."""
        principal = self.principal
        is_person = principal is not None and principal.kind is AccountKind.PERSONAL
        return principal is not None and is_person and principal.status is AccountStatus.ACTIVE
