"""Proof by face: an authority compares and signs what came of it; the factor sees that each verdict counts once."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.clock import Instant
from idp.ports.source_transactions import SourceTicket, SourceTransaction


class FaceOutcome(StrEnum):
    """What became of a comparison. Only the first four were signed by the authority."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    """Name and number are not in the register, or not together."""
    NO_PHOTO = "no_photo"
    PENDING = "pending"
    CANCELLED = "cancelled"
    """The person went back, and nothing was compared."""
    DOWN = "down"
    """The authority cannot be asked now: never a mismatch, and never a try."""
    UNTRUSTED = "untrusted"
    """Something that is no verdict on this person in this transaction, or was counted before."""
    NOTHING = "nothing"
    """There is no comparison under way here, or it ran out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceRequest:
    """What the authority is sent, once the person has consented to exactly this.

    Attributes:
        transaction: our id of it.
        nonce, subject_key: 32 random bytes each, in base64url; the key stands in no verdict.
        purpose: one sentence in the person's language.
        return_url: where the authority sends the browser back to.
    """

    transaction: str
    nonce: str
    subject_key: str
    name: str
    citizen_number: str
    purpose: str
    language: str
    consented_at: Instant
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceVerdict:
    """What became of a transaction; nothing of it shows anybody's face.

    Attributes:
        why: with `UNTRUSTED`, what was wrong with it, in one word for the log.
        verdict_id: the `jti` of a signed one.
        liveness, score_class: as the authority classes them; empty where it says nothing.
        decided_at: when, as it says.
    """

    outcome: FaceOutcome
    why: str = ""
    verdict_id: str = ""
    liveness: str = ""
    score_class: str = ""
    decided_at: Instant | None = None


class FaceAuthority(Protocol):
    """Who compares; one file in `realnames/sources`."""

    names: Mapping[str, str]
    """How people are told who it is, by language tag."""
    page_origin: str
    """The only origin to which it may send people."""

    def begin(self, request: FaceRequest) -> SourceTicket | None:
        """Open a transaction; None: it is down, or refuses. A few seconds at most."""

    def verdict(self, transaction: SourceTransaction) -> FaceVerdict:
        """What became of it; a signed outcome is returned only once everything that binds it was checked."""

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceOrder:
    """Who is to be compared, for what, and when they allowed it.

    Attributes:
        binding: whose it is and what for, in any words that say it whole. A verdict counts nowhere else.
    """

    binding: str
    name: str
    citizen_number: str
    purpose: str
    language: str
    consented_at: Instant
    return_url: str


class FaceChecks(Protocol):
    """The factor: one comparison at a time for each binding, each verdict counted once over all processes."""

    provider: str
    """The source's name, as events tell it."""
    names: Mapping[str, str]
    page_origin: str

    def begin(self, order: FaceOrder) -> str | None:
        """The address of the authority's page for this person; None: it is down.

        While a comparison of this binding is under way its page is given again, and nothing is sent twice.
        """

    def under_way(self, binding: str) -> str | None:
        """The page of a comparison that was begun and has not ended; None: there is none."""

    def verdict(self, binding: str, now: Instant) -> FaceVerdict:
        """What became of it. A signed outcome is used up by being returned."""

    def is_reachable(self) -> bool:
        """Whether the authority answers now; for whoever runs the server."""
