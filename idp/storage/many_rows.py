"""INSERT for many rows in few statements: what a statement costs beside its rows is most of what an import would cost.

PostgreSQL takes one array for each column: a statement of thousands of parameters would be taken apart anew each time.
SQLite has no arrays, and reads a long VALUES quickly.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Executable, Insert, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningInsert

from idp.storage.statements import Row
from idp.storage.transaction import Transaction

_SIZES = (128, 16, 1)
"""Rows of one VALUES. Three sizes make three texts, each prepared once; SQLite takes 32 766 parameters in one, and our
widest table has nine columns."""


class ManyRows:
    """An INSERT into these columns, for any number of rows."""

    def __init__(self, insert: Insert | ReturningInsert[Any], columns: Sequence[str]) -> None:
        self._insert = insert
        self._columns = columns
        self._of_arrays: Executable | None = None
        self._of_values: dict[int, tuple[Executable, Sequence[str]]] = {}

    def write(self, transaction: Transaction, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Write them; the rows of RETURNING, in no order that means anything."""
        if not rows:
            return []
        if not transaction.is_sqlite:
            return list(transaction.write_all(self._arrays(), self._as_columns(rows)))
        returned: list[Row] = []
        start = 0
        for size in _SIZES:
            while len(rows) - start >= size:
                statement, names = self._values(size)
                values = chain.from_iterable(rows[start : start + size])
                returned += transaction.write_all(statement, dict(zip(names, values, strict=True)))
                start += size
        return returned

    # Each is made when it is first needed: most processes never do, and making one takes milliseconds.

    def _arrays(self) -> Executable:
        if self._of_arrays is None:
            types = {column: self._insert.table.c[column].type for column in self._columns}
            arrays = [func.unnest(bindparam(f"all_{name}", type_=ARRAY(types[name]))) for name in self._columns]
            self._of_arrays = self._insert.from_select(list(self._columns), select(*arrays))
        return self._of_arrays

    def _as_columns(self, rows: Sequence[Sequence[Any]]) -> Mapping[str, list[Any]]:
        columns = zip(*rows, strict=True)
        return {f"all_{name}": list(values) for name, values in zip(self._columns, columns, strict=True)}

    def _values(self, size: int) -> tuple[Executable, Sequence[str]]:
        if size not in self._of_values:
            names = [[f"{column}_{number}" for column in self._columns] for number in range(size)]
            values: list[dict[str, Any]] = [dict(zip(self._columns, map(bindparam, row), strict=True)) for row in names]
            self._of_values[size] = self._insert.values(values), tuple(chain.from_iterable(names))
        return self._of_values[size]
