"""People who share a name and a year of birth, many of whom there may be."""

from collections.abc import Sequence
from typing import Protocol

from idp.model.namesake import NameAndYear, Namesake


class Namesakes(Protocol):
    """Found by a blind index that is written with each name, and goes when its account is closed."""

    def page(self, wanted: NameAndYear, *, after: int, limit: int) -> Sequence[int]:
        """The ids of so many accounts at most behind this one, in ascending order; 0: from the first."""

    def of(self, account_ids: Sequence[int]) -> Sequence[Namesake]:
        """These people with their data, decrypted, in ascending order of their ids; data that cannot be read are empty."""

    def is_complete(self) -> bool:
        """Whether every name has its index: False for a while after an upgrade, until the worker has written them."""

    def catch_up(self, *, after: int, limit: int) -> int | None:
        """Index so many names at most that have none, and the number of the last; None: there was nothing left.

        A name that cannot be read, since a key is missing, stays as it is.
        """
