"""Deleting what has ended: the housekeeper's own door into the database, apart from what requests use."""

from typing import Protocol

from idp.model.expiry import Batch, Cutoff, Perishable


class Expiry(Protocol):
    """Deletes in the order of ids, a few at a time."""

    def delete(self, perishable: Perishable, cutoff: Cutoff, *, after_id: int, rows: int) -> Batch:
        """Look at so many rows (at least two) after this id, and delete those that ended by the cutoff.

        One short transaction of its own, and none where nothing has ended. The newest row of a table always stays, so
        that no number is given twice. Raises `Unavailable`; then nothing was deleted.
        """
