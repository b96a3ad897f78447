"""Writing again, in small steps and beside everything else, what lies under a master key that no longer writes."""

from collections.abc import Mapping, Sequence

from idp.model.master_key import Rekeyed, RekeyedRows
from idp.storage.database import Database
from idp.storage.keyed_columns import BLIND_INDEXES, DIGESTS, DOCUMENTS, SEALED
from idp.storage.rekeyed_fields import ClientDocuments, PasskeyHandles, SealedColumn
from idp.storage.rekeyed_indexes import IdentifierIndex, KeptDigests, NameIndex
from idp.storage.rekeyed_place import Page, Place
from idp.storage.sealed_fields import SealedFields, place_of_column
from idp.storage.transaction import Transaction


def _places() -> Mapping[Rekeyed, Mapping[str, Place]]:
    (documents,), (of_identifiers, of_names) = DOCUMENTS, BLIND_INDEXES
    return {
        Rekeyed.FIELDS: {
            "passkeys.user_handle": PasskeyHandles(),  # before the header that tells under which key it was made
            **{place_of_column(column): SealedColumn(column) for column in SEALED},
            place_of_column(documents): ClientDocuments(),
        },
        Rekeyed.BLIND_INDEX: {
            place_of_column(of_identifiers): IdentifierIndex(),
            place_of_column(of_names): NameIndex(),
            **{place_of_column(column): KeptDigests(column) for column in DIGESTS},
        },
    }


class SqlRekeying:
    """Implements `ports.Rekeying`."""

    def __init__(self, database: Database, fields: SealedFields) -> None:
        self._database = database
        self._cipher = fields.cipher
        self._places = _places()

    def places(self, kind: Rekeyed) -> Sequence[str]:
        """`table.column` of all that is written again, in order; then of digests that can only be counted."""
        return list(self._places[kind])

    def step(self, place: str, version: int, *, after_id: int, rows: int) -> RekeyedRows:
        """Look at so many rows behind this id, and write those again that lie under another version than this."""
        found = next(places[place] for places in self._places.values() if place in places)
        return found.step(Transaction(self._database), self._cipher, Page(version, after_id, rows))
