"""The store of what shows who people are."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.evidence import Evidence, NewEvidence, WithdrawalReason


class EvidenceRecords(Protocol):
    """Evidence by its person. Whatever changes it changes in the same transaction what the account is worth."""

    def add(self, account_id: int, new: NewEvidence, at: Instant) -> Evidence:
        """Write it down; changes of one person stand in line."""

    def of_account(self, account_id: int) -> Sequence[Evidence]:
        """All of one person, the oldest first, what was withdrawn or ran out among them."""

    def withdraw(self, account_id: int, evidence_id: int, why: WithdrawalReason, at: Instant) -> bool:
        """From now on it is worth nothing; False: the person has none with this id that was not withdrawn."""

    def withdraw_all(self, account_id: int, why: WithdrawalReason, at: Instant) -> int:
        """The same of all that the person has; how many there were."""
