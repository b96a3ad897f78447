"""A person: a random internal id; numbers, names and phones are attributes, never keys."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from idp.clock import Instant
from idp.model.policy import Level, Proofing


class AccountStatus(StrEnum):
    """Whether the person may sign in now."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class AccountKind(StrEnum):
    """Whose it is."""

    PERSONAL = "personal"
    """A person's own, by which they sign in to apps."""
    WORK = "work"
    """Somebody's place at work: an invitation made it, no number leads to it, and it opens consoles alone."""


class IdentifierKind(StrEnum):
    """What a person may be found by."""

    CITIZEN_ID = "citizen_id"
    """Of a citizen, or of a resident from Hong Kong, Macau or Taiwan with a residence permit."""
    PERMANENT_RESIDENT_ID = "permanent_resident_id"
    HK_MACAU_TRAVEL_PERMIT = "hk_macau_travel_permit"
    TAIWAN_TRAVEL_PERMIT = "taiwan_travel_permit"
    PASSPORT = "passport"
    """Of the People's Republic; of another country behind its state, `USA/123456789`."""
    PHONE = "phone"
    EMAIL = "email"


DOCUMENTS = frozenset(IdentifierKind) - {IdentifierKind.PHONE, IdentifierKind.EMAIL}
"""What an authority gives one person, and a register knows them by."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A canonical identifier, as `realnames.identifiers` parsed it; phones in E.164."""

    kind: IdentifierKind
    value: str


class Proofed(NamedTuple):
    """How sure somebody was of a person, when, and until when that counts; None: until it is taken back."""

    level: Proofing
    at: Instant | None = None
    until: Instant | None = None

    def counts_at(self, now: Instant) -> bool:
        """Whether it is still worth something."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What every request may know of a person; nothing of it identifies them outside."""

    id: int
    uid: str
    """Random, stable, internal: never shown to a client, which gets a `sub` of its sector."""
    status: AccountStatus
    proofings: tuple[Proofed, ...]
    """What evidence makes of them, the highest first; the last counts without an end, and may be `P0`."""
    is_sandbox: bool
    created_at: Instant
    kind: AccountKind = AccountKind.PERSONAL
    closes_at: Instant | None = None
    """When it will be closed, since its person asked for that and may still think again."""
    staff_since: Instant | None = None
    """Since when the person works for the city, with the rules for its staff; None: a citizen like all others."""
    restarted_at: Instant | None = None
    """When everything that opened it was last taken away: who signed in before that is signed in no more."""
    cap: "Cap | None" = None
    """What it is worth at most for a while after a recovery."""

    def counts(self, signed_in_at: Instant) -> bool:
        """Whether a sign-in of that moment still stands for its person."""
        return self.restarted_at is None or signed_in_at >= self.restarted_at

    def proofed(self, now: Instant) -> Proofed:
        """How sure we are now who they are, and since when: what ran out counts no more."""
        for proofed in self.proofings:
            if proofed.counts_at(now):
                return proofed
        return Proofed(Proofing.P0)

    def ceiling_at(self, now: Instant) -> Level:
        """The highest level that its person reaches now, whatever they show."""
        return self.cap.level if self.cap is not None and now < self.cap.until else Level.FIVE


@dataclass(frozen=True, slots=True)
class Cap:
    """A level that is not exceeded before this moment, so that who lost the account to a thief has time to object."""

    level: Level
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A person to be written; `name` is the canonical real name, `uid` a random one where none was promised before."""

    name: str | None
    identifiers: tuple[Identifier, ...]
    proofing: Proofing
    proofed_at: Instant | None
    is_sandbox: bool
    created_at: Instant
    kind: AccountKind = AccountKind.PERSONAL
    uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """The person's data in clear, loaded only where they are shown or released."""

    name: str | None = None
    citizen_id: str | None = None
    phone: str | None = None
    email: str | None = None
    phone_is_verified: bool = False
    email_is_verified: bool = False
    other_documents: tuple[Identifier, ...] = ()
    """What a person has instead of a citizen number: permits, a permanent resident card, a passport."""

    @property
    def documents(self) -> tuple[Identifier, ...]:
        """The numbers by which registers know them."""
        number = () if self.citizen_id is None else (Identifier(IdentifierKind.CITIZEN_ID, self.citizen_id),)
        return (*number, *self.other_documents)

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """What they may sign in by."""
        phone = () if self.phone is None else (Identifier(IdentifierKind.PHONE, self.phone),)
        return (*phone, *self.documents)
