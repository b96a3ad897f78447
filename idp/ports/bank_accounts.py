"""Banks (银行卡四要素): whether name, number, phone and bank card are one person's."""

from collections.abc import Mapping
from typing import Protocol

from idp.model.account import IdentifierKind
from idp.ports.source_answers import ClaimedPerson, SourceAnswer


class BankAccounts(Protocol):
    """Who asks the card's bank; one file in `realnames/sources`. Each call waits a few seconds at most, and never raises."""

    names: Mapping[str, str]
    """How people are told who it is, by language tag."""
    documents: frozenset[IdentifierKind]
    """The kinds of documents that it knows. Of others it is not asked: nothing leaves, and it answers `down`."""

    def four_elements(self, person: ClaimedPerson, phone: str, card_number: str) -> SourceAnswer:
        """Whether all four belong together; which of them does not is never told.

        Args:
            person: who the card is said to be of.
            phone: in E.164, as the bank knows it.
            card_number: digits alone. It is not to be kept.
        """

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
