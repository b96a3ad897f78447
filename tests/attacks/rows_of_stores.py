"""Every row of an SQLite store as text, whatever the program thinks that stands there."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

EXPECTED: dict[str, set[tuple[str, str]]] = {
    "idp.db": {("identifiers.blind_index", "blind index")},
    "ephemeral.db": set(),
}
"""Where which form must stand, or nobody could be found by it."""


def rows(path: Path) -> Iterator[tuple[str, str]]:
    """Table and column with all that stands in it."""
    with sqlite3.connect(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            found = connection.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in found.description]
            for column, values in zip(columns, zip(*found.fetchall(), strict=True), strict=False):
                yield f"{table}.{column}", "\n".join(map(_text, values))


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
