"""Columns whose text is encrypted: each value is bound to its table, column and row."""

from functools import cache
from typing import Any

from sqlalchemy import Column

from idp.errors import Unavailable
from idp.ports import Cipher


class SealedFields:
    """Seals text for one place in the database and opens it only there."""

    def __init__(self, cipher: Cipher) -> None:
        self.cipher = cipher

    def seal(self, column: Column[Any], row: str, text: str) -> bytes:
        """Encrypt `text` for this column; `row` names the row by what never changes in it."""
        return self.cipher.seal(_place(column), text.encode(), row)

    def open_or_none(self, column: Column[Any], row: str, sealed: bytes) -> str | None:
        """Decrypt; None when the value was altered, moved, or made with an unknown key."""
        plaintext = self.cipher.open(_place(column), sealed, row)
        return None if plaintext is None else plaintext.decode()

    def open(self, column: Column[Any], row: str, sealed: bytes) -> str:
        """Decrypt; raises `Unavailable` when the value was altered, moved, or made with an unknown key."""
        text = self.open_or_none(column, row, sealed)
        if text is None:
            raise Unavailable(
                "The stored data cannot be read at this moment. Please try again later.",
                detail=f"{_place(column)} does not decrypt: a key is missing, or the value was altered or moved",
            )
        return text


@cache
def _place(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"
