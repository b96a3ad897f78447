"""Net id (网号、网证): the national service says whether somebody is real, or who they say they are; no data come back.

It is voluntary, and whoever has none gets equal service (国家网络身份认证公共服务管理办法). With a person given, name and
number leave by a consent of their own, and the answer is whether the net id is theirs; without one nothing leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from idp.clock import Instant
from idp.ports.source_answers import ClaimedPerson
from idp.ports.source_transactions import SourceTicket, SourceTransaction


class NetworkIdentityOutcome(StrEnum):
    """What became of it. Only the first three were signed by the authority."""

    MATCH = "match"
    """There is a valid net id; where a person was given, it is theirs."""
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    """The person has no net id, or it was withdrawn: another way it is."""
    PENDING = "pending"
    CANCELLED = "cancelled"
    DOWN = "down"
    """The authority cannot be asked now: never a mismatch, and never a try."""
    UNTRUSTED = "untrusted"
    """Something that is no result of this transaction, or was counted before."""
    NOTHING = "nothing"
    """There is none under way here, or it ran out."""


class NetworkIdentityLevel(StrEnum):
    """How the holder was seen to be the holder, as the authority classes it."""

    LOW = "low"
    """The certificate (网证) alone was shown."""
    SUBSTANTIAL = "substantial"
    """With its password (口令)."""
    HIGH = "high"
    """With the holder's face, or the chip of their identity card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkIdentityRequest:
    """What the authority is sent.

    Attributes:
        transaction: our id of it.
        nonce, subject_key: 32 random bytes each, in base64url; the key stands in no result.
        person: who they say they are, with their separate consent to send it; None: only whether they are real is asked.
        shown_code: what the person's app showed as a code, where it was read here; empty: they go to the authority's page.
        purpose: one sentence in the person's language.
        return_url: where the authority sends the browser back to.
    """

    transaction: str
    nonce: str
    subject_key: str
    person: ClaimedPerson | None
    purpose: str
    language: str
    consented_at: Instant
    return_url: str
    shown_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkIdentityResult:
    """What became of a transaction; nothing of it is anybody's data.

    Attributes:
        why: with `UNTRUSTED`, what was wrong with it, in one word for the log.
        reference: the `jti` of a signed one.
        net_number: with a match, the net number (网号) that the authority made for us alone.
        decided_at: when, as it says.
    """

    outcome: NetworkIdentityOutcome
    why: str = ""
    reference: str = ""
    net_number: str = field(default="", repr=False)
    level: NetworkIdentityLevel | None = None
    decided_at: Instant | None = None


class NetworkIdentity(Protocol):
    """Who knows net ids; one file in `realnames/sources`. Each call waits a few seconds at most, and never raises."""

    names: Mapping[str, str]
    """How people are told who it is, by language tag."""
    page_origin: str
    """The only origin to which it may send people."""

    def begin(self, request: NetworkIdentityRequest) -> SourceTicket | None:
        """Open a transaction; None: it is down, or refuses. Where a code was shown, the ticket's `url` is empty."""

    def result(self, transaction: SourceTransaction) -> NetworkIdentityResult:
        """What became of it; a signed outcome is returned only once everything that binds it was checked."""

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkIdentityOrder:
    """Who is to be asked about, for what, and when they allowed it.

    Attributes:
        binding: whose it is and what for, in any words that say it whole: the flow, the session, the account, the
            purpose. A result counts nowhere else.
    """

    binding: str
    person: ClaimedPerson | None
    purpose: str
    language: str
    consented_at: Instant
    return_url: str
    shown_code: str = field(default="", repr=False)


class NetworkIdentityChecks(Protocol):
    """One transaction at a time for each binding, each result counted once over all processes."""

    names: Mapping[str, str]
    page_origin: str

    def begin(self, order: NetworkIdentityOrder) -> str | None:
        """The authority's page for this person, empty where a code was shown; None: it is down.

        While one is under way for this binding its page is given again, and nothing is sent twice.
        """

    def under_way(self, binding: str) -> str | None:
        """The page of one that was begun and has not ended; None: there is none."""

    def result(self, binding: str, now: Instant) -> NetworkIdentityResult:
        """What became of it. A signed outcome is used up by being returned."""

    def is_reachable(self) -> bool:
        """Whether the authority answers now; for whoever runs the server."""
