"""Sources that take their time: they open a transaction, the person goes to their page, and later they sign what came of it."""

from dataclasses import dataclass

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTicket:
    """A transaction that the source opened.

    Attributes:
        transaction: its own id of it.
        url: the page for the person's browser.
        subject_digest: how its verdict will name the person.
    """

    transaction: str
    url: str
    expires_at: Instant
    subject_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTransaction:
    """What a verdict must be bound to.

    Attributes:
        ours, theirs: the two ids of it.
        subject_digest: how a verdict on the person names them.
    """

    ours: str
    theirs: str
    nonce: str
    subject_digest: str
    begun_at: Instant
