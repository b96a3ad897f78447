"""Writes a generated city into a migrated database that holds no people yet: PostgreSQL by COPY, SQLite at one go."""

import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from itertools import islice
from multiprocessing import get_context
from os import cpu_count

import psycopg
from psycopg import sql

from idp.storage.engine import sqlite_path
from tests.benchmarks.generated_city import GeneratedCity
from tests.benchmarks.generated_rows import rows_of

AT_ONCE = 10_000
"""People whose rows are made together."""
NUMBERED = ("accounts", "sessions", "authorizations")
"""Tables in which a person's rows have the person's own number; the others are numbered by the database."""

Rows = Mapping[str, tuple[Sequence[str], list[tuple[object, ...]]]]
"""By table: the columns, and the values of each row."""


def fill(database_url: str, city: GeneratedCity, people: int, *, is_whole: bool = True) -> None:
    """Write them all, or nobody; of a city that is not whole what its people are found by."""
    batches = _batches(city, people, is_whole=is_whole)
    path = sqlite_path(database_url)
    if path is not None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            _fill_sqlite(connection, batches)
    else:
        with psycopg.connect(database_url, autocommit=True) as server:
            _fill_postgresql(server, batches, people)


def _fill_sqlite(connection: sqlite3.Connection, batches: Iterator[Rows]) -> None:
    # Whoever is interrupted throws the file away, so nothing needs to be safe before the end.
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-2000000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN EXCLUSIVE")
    for rows in batches:
        for table, (columns, values) in rows.items():
            places = ", ".join("?" for _ in columns)
            names = ", ".join(f'"{column}"' for column in columns)
            connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', values)
    connection.execute("COMMIT")


def _fill_postgresql(connection: psycopg.Connection, batches: Iterator[Rows], people: int) -> None:
    with connection.transaction():
        # Nothing here refers to what is not there; to look each reference up again would double the time.
        connection.execute("SET LOCAL session_replication_role = replica")
        for rows in batches:
            for table, (columns, values) in rows.items():
                names = sql.SQL(", ").join(map(sql.Identifier, columns))
                statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
                with connection.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in values:
                        copy.write_row(row)
        for table in NUMBERED:
            connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, people))
    connection.execute("VACUUM (FREEZE, ANALYZE)")


def _batches(city: GeneratedCity, people: int, *, is_whole: bool) -> Iterator[Rows]:
    """The rows of everybody, made by every processor but the one that writes them down."""
    ranges = [range(first, min(first + AT_ONCE, people + 1)) for first in range(1, people + 1, AT_ONCE)]
    if len(ranges) == 1:
        yield _values(city, ranges[0], is_whole)
        return
    workers = cpu_count() or 1
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        coming = iter(ranges)
        made: deque[Future[Rows]] = deque(
            pool.submit(_values, city, each, is_whole) for each in islice(coming, workers + 1)
        )
        while made:
            rows = made.popleft().result()
            made.extend(pool.submit(_values, city, each, is_whole) for each in islice(coming, 1))
            yield rows


def _values(city: GeneratedCity, numbers: range, is_whole: bool) -> Rows:
    made = rows_of(city, numbers, is_whole=is_whole)
    return {table: (tuple(rows[0]), [tuple(row.values()) for row in rows]) for table, rows in made.items()}
