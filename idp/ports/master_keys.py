"""Which master key writes, for all processes at once; and writing again what lies under another one."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.master_key import MasterKey, Rekeyed, RekeyedRows


class MasterKeys(Protocol):
    """The versions that were ever used here; the keys themselves never come into the database."""

    def all(self) -> Sequence[MasterKey]:
        """All of them, by version."""

    def ensure(self, at: Instant) -> None:
        """Where none is noted yet, note those that this process knows: the highest writes, as it did before."""

    def use(self, version: int, at: Instant) -> bool:
        """Let this one write from the end of the transaction on, in every process; False: it does already.

        Waits for those who are writing blind indexes. Raises `Refused("invalid_request", …)` for a version that this
        process does not know, or knows otherwise than the database.
        """

    def rekeyed(self, kinds: Sequence[Rekeyed], seen: Sequence[MasterKey], at: Instant) -> bool:
        """Note that nothing of these kinds lies under former keys any more; those of which all kinds are noted are spent.

        Args:
            seen: all keys as they were when the work began; False, and nothing is noted: they changed since.
        """


class Rekeying(Protocol):
    """An operator's door into the database, which requests never use; several may go through it at once."""

    def places(self, kind: Rekeyed) -> Sequence[str]:
        """`table.column` of all that is written again, in order; then of digests that can only be counted."""

    def step(self, place: str, version: int, *, after_id: int, rows: int) -> RekeyedRows:
        """Look at so many rows behind this id, and write those again that lie under another version than this.

        One short transaction of its own. A row that somebody changed meanwhile is left to them. Raises `Unavailable`;
        then nothing was written.
        """
