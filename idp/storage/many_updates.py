"""UPDATE for many rows at once, each only while it still is what it was read as: whoever changed it meanwhile wins.

Nobody is waited for: on PostgreSQL a row that another transaction has in hand is passed over, so that no two can wait for
each other. One statement there, one for each row on SQLite, which has no arrays.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Executable, bindparam, func, select, update

from idp.storage.transaction import Transaction


class ManyUpdates:
    """Writes these columns.

    Args:
        guard: the column by which a row is known to be as it was.
        columns: which are written.
    """

    def __init__(self, guard: Column[Any], columns: Sequence[Column[Any]]) -> None:
        self._guard = guard
        self._columns = columns
        self._of_arrays: Executable | None = None
        self._of_one: Executable | None = None

    def write(self, transaction: Transaction, rows: Sequence[Sequence[Any]]) -> int:
        """Write rows of id, guard as it was, and new values; commit, and tell how many were as they had been."""
        if not rows:
            return 0
        try:
            changed = self._on_sqlite(transaction, rows) if transaction.is_sqlite else self._at_once(transaction, rows)
            transaction.commit()
        finally:
            transaction.roll_back()
        return changed

    @property
    def _names(self) -> list[str]:
        return ["of_id", "was", *(f"new_{column.name}" for column in self._columns)]

    def _on_sqlite(self, transaction: Transaction, rows: Sequence[Sequence[Any]]) -> int:
        table = self._guard.table
        if self._of_one is None:
            self._of_one = (
                update(table)
                .where(
                    table.c.id == bindparam("of_id"),
                    self._guard.is_not_distinct_from(bindparam("was", type_=self._guard.type)),
                )
                .values({column: bindparam(f"new_{column.name}", type_=column.type) for column in self._columns})
            )
        statement, names = self._of_one, self._names
        return sum(transaction.change(statement, dict(zip(names, row, strict=True))) for row in rows)

    def _at_once(self, transaction: Transaction, rows: Sequence[Sequence[Any]]) -> int:
        if self._of_arrays is None:
            self._of_arrays = self._arrays()
        columns = zip(*rows, strict=True)
        values = {f"all_{name}": list(each) for name, each in zip(self._names, columns, strict=True)}
        ids = values["all_of_id"]
        return transaction.change(self._of_arrays, {**values, "first_id": min(ids), "last_id": max(ids)})

    def _arrays(self) -> Executable:
        table = self._guard.table
        types = [BigInteger(), self._guard.type, *(column.type for column in self._columns)]
        given = select(
            *(
                func.unnest(bindparam(f"all_{name}", type_=ARRAY(kind))).label(name)
                for name, kind in zip(self._names, types, strict=True)
            )
        ).cte("given")
        # How long arrays are the planner does not know; without the range it reads the whole table for each of them.
        free = (
            select(table.c.id, *(given.c[f"new_{column.name}"] for column in self._columns))
            .join(given, table.c.id == given.c.of_id)
            .where(
                table.c.id.between(bindparam("first_id"), bindparam("last_id")),
                self._guard.is_not_distinct_from(given.c.was),
            )
            .with_for_update(of=table, skip_locked=True)
            .cte("free")
        )
        values = {column: free.c[f"new_{column.name}"] for column in self._columns}
        return update(table).where(table.c.id == free.c.id).values(values)
