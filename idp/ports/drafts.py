"""Stores of what waits for a second person, and of answers that may be asked for again."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.draft import Draft, DraftState, NewDraft


class Drafts(Protocol):
    """Changes that were proposed; what they take and why is encrypted at rest."""

    def add(self, draft: NewDraft) -> Draft:
        """Write one."""

    def get(self, draft_id: int) -> Draft | None:
        """The one with this number."""

    def decide(self, draft: Draft, state: DraftState, by: int | None, at: Instant) -> bool:
        """Leave the state in which it was read; False: somebody was faster. One statement decides."""

    def page(self, *, before: int | None, limit: int, state: DraftState | None = None) -> Sequence[Draft]:
        """The newest, older than the one with this number; of one state or of all."""

    def open_count(self, now: Instant) -> int:
        """How many somebody may decide on."""


class KeptAnswers(Protocol):
    """What a caller was answered under a key of its own, so that asking again does nothing twice; encrypted at rest."""

    def find(self, caller: str, key: str) -> tuple[bytes, str] | None:
        """The digest of what was asked, and the answer; None: nobody asked under this key."""

    def keep(self, caller: str, key: str, asked: bytes, answer: str, at: Instant) -> bool:
        """Write it in the transaction of the change; False: another one was faster, and this one must roll back."""


class Permits(Protocol):
    """What a second person has permitted a command to do, by the operation and what it is done to."""

    def grant(self, operation: str, subject: str, until: Instant) -> None:
        """From now on, in the place of an earlier one."""

    def until(self, operation: str, subject: str) -> Instant | None:
        """How long it may be done; None: nobody ever permitted it."""
