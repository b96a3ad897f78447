"""Sources that take their time: they open a transaction, the person goes to their page, and later they sign what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOpening:
    """What is new with each transaction.

    Attributes:
        transaction: our id of it.
        nonce, subject_key: 32 random bytes each, in base64url.
    """

    transaction: str
    nonce: str
    subject_key: str


class TransactionsUnderWay(Protocol):
    """Those that were begun and have not ended: one at a time for each binding, each answer counted once over all processes.

    A binding says whose it is and what for, in any words that say it whole: the flow, the session, the account. A
    transaction is found by it and by nothing else.
    """

    def begin(self, binding: str, at: Instant, ask: Callable[[SourceOpening], SourceTicket | None]) -> str | None:
        """The page of the one under way, or of the one that `ask` opens now; None: the source is down."""

    def page(self, binding: str, at: Instant) -> str | None:
        """The page of the one under way; None: there is none."""

    def transaction(self, binding: str, at: Instant) -> SourceTransaction | None:
        """The one under way."""

    def end(self, binding: str, transaction: SourceTransaction) -> bool:
        """Use it up; False: another request was faster."""

    def is_first(self, answer_id: str) -> bool:
        """Whether no answer of this id was counted before; from now on it was."""
