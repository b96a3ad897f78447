"""Columns whose text is encrypted: each value is bound to its table, column and row."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Column

from idp.errors import Unavailable
from idp.ports import Cipher


class SealedFields:
    """Seals text for one place in the database and opens it only there."""

    def __init__(self, cipher: Cipher, in_force: Callable[[], tuple[int, bytes] | None] = lambda: None) -> None:
        """Take the cipher, and what tells version and check of the key that writes; None leaves that to the cipher."""
        self.cipher = cipher
        self._in_force = in_force

    def version(self) -> int | None:
        """Under which key to write now; None: whichever the cipher takes. Raises `Unavailable` where we lack it."""
        told = self._in_force()
        if told is None:
            return None
        self.cipher.require(*told)
        return told[0]

    def seal(self, column: Column[Any], row: str, text: str, version: int | None = None) -> bytes:
        """Encrypt `text` for this column; raises `Unavailable`.

        Args:
            row: names the row by what never changes in it.
            version: what `version` told at this moment, for whoever seals many at once.
        """
        version = self.version() if version is None else version
        return self.cipher.seal(place_of_column(column), text.encode(), row, version=version)

    def index(self, kind: str, value: str) -> bytes:
        """A blind index that no UNIQUE index compares; those are written as `master_keys.hold` says."""
        return self.cipher.index(kind, value, version=self.version())

    def open_or_none(self, column: Column[Any], row: str, sealed: bytes) -> str | None:
        """Decrypt; None when the value was altered, moved, or made with an unknown key."""
        plaintext = self.cipher.open(place_of_column(column), sealed, row)
        return None if plaintext is None else plaintext.decode()

    def open(self, column: Column[Any], row: str, sealed: bytes) -> str:
        """Decrypt; raises `Unavailable` when the value was altered, moved, or made with an unknown key."""
        text = self.open_or_none(column, row, sealed)
        if text is None:
            raise Unavailable(
                "The stored data cannot be read at this moment. Please try again later.",
                detail=f"{place_of_column(column)} does not decrypt: a key is missing, or the value was altered or moved",
            )
        return text


@cache
def place_of_column(column: Column[Any]) -> str:
    """`table.column`: what a value is sealed for, and by what an operator hears of it."""
    return f"{column.table.name}.{column.name}"
