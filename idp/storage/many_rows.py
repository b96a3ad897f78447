"""INSERT for many rows in few statements: what a statement costs beside its rows is most of what an import would cost."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Insert, bindparam
from sqlalchemy.sql.dml import ReturningInsert

from idp.storage.statements import Row
from idp.storage.transaction import Transaction

_SIZES = (128, 16, 1)
"""Rows of one statement. Three sizes make three texts, which both we and PostgreSQL prepare once; SQLite takes 32 766
parameters in one, and our widest table has nine columns."""


class ManyRows:
    """An INSERT into these columns, for any number of rows."""

    def __init__(self, insert: Insert | ReturningInsert[Any], columns: Sequence[str]) -> None:
        self._insert = insert
        self._columns = columns
        self._made: dict[int, tuple[Insert, Sequence[str]]] = {}

    def write(self, transaction: Transaction, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Write them; the rows of RETURNING, in no order that means anything."""
        returned: list[Row] = []
        start = 0
        for size in _SIZES:
            while len(rows) - start >= size:
                statement, names = self._statement(size)
                values = chain.from_iterable(rows[start : start + size])
                returned += transaction.write_all(statement, dict(zip(names, values, strict=True)))
                start += size
        return returned

    def _statement(self, size: int) -> tuple[Insert, Sequence[str]]:
        """Made when it is first needed: most processes never do, and making it takes milliseconds."""
        if size not in self._made:
            names = [[f"{column}_{number}" for column in self._columns] for number in range(size)]
            values: list[dict[str, Any]] = [dict(zip(self._columns, map(bindparam, row), strict=True)) for row in names]
            self._made[size] = self._insert.values(values), tuple(chain.from_iterable(names))
        return self._made[size]
