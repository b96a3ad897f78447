"""A browser on which a person signed in and that was no shared computer: we know it, and the person may have us forget it."""

from dataclasses import dataclass

from idp.clock import Instant
from idp.model.policy import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKnownDevice:
    """One to be written; only the digest of its secret is kept."""

    account_id: int
    secret_digest: bytes
    device: str | None
    shown: frozenset[Method] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevice:
    """A stored one; one that was forgotten is a row no more.

    Attributes:
        device: browser and system as `idp.http.device_name` calls them; None: not known.
        last_seen_at: of a sign-in on it, coarsely.
        shown: the proofs that the person gave on it.
    """

    id: int
    account_id: int
    secret_digest: bytes
    device: str | None
    first_seen_at: Instant
    last_seen_at: Instant
    shown: frozenset[Method] = frozenset()
