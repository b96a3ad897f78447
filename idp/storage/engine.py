"""Engines for the two databases: AUTOCOMMIT connections without a pool, each set up for short transactions."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import sqlalchemy
from sqlalchemy import URL, Engine, NullPool, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError

TRANSACTION_SECONDS = 5
"""How long a write transaction, a statement in it, or a wait for a lock may take at most (DESIGN, Events)."""

_CONNECT_SECONDS = 3
_BUSY_SECONDS = 0.005
_MAPPED = 0x7FFF0000
"""Bytes of an SQLite file that are read by the memory's own means; more than this SQLite maps nowhere."""


def create_engine(database_url: str, *, seconds: int = TRANSACTION_SECONDS) -> Engine:
    """An engine for `sqlite:////abs/path` or `postgresql://…`; raises ValueError for any other address.

    Args:
        database_url: the address; it may hold a password, so no error quotes it.
        seconds: the cap on statements and on waits for locks; 0 for none on PostgreSQL.
    """
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise ValueError("The address of the database is not a URL.") from None
    match url.get_backend_name():
        case "sqlite":
            return _sqlite(url, seconds)
        case "postgresql":
            return _postgresql(url, seconds)
    raise ValueError("The address of the database must begin with sqlite:/// or postgresql://.")


def sqlite_path(database_url: str) -> Path | None:
    """The file behind an SQLite address; None for every other address."""
    url = make_url(database_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _sqlite(url: URL, seconds: int) -> Engine:
    if not url.database or not url.database.startswith("/"):
        raise ValueError("The address of an SQLite database needs an absolute path: sqlite:////var/lib/idp/idp.db")
    with suppress(OSError):  # an impossible path is reported by the first connection
        Path(url.database).touch(mode=0o600)  # the -wal and -shm files take over the mode
    # A connection belongs to one thread; closing it at the end of the program may fall to another.
    engine = _engine(url, {"timeout": seconds, "check_same_thread": False})
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    # WAL: readers never wait for the writer. NORMAL: a killed process loses nothing; only a power cut may take the
    # last moments, which the sole machine of such an installation accepts.
    # Mapped: a look-up in a database of millions reads no page twice from the kernel (docs/performance.md).
    _write_ahead(cursor)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", f"mmap_size={_MAPPED}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Turn a new file to WAL; of several processes that do so at once SQLite refuses some without waiting for the other.

    They hold what each of them wants, so it asks no busy handler; the connection's own patience is not used there.
    """
    gives_up_at = monotonic() + TRANSACTION_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or monotonic() >= gives_up_at:
                raise
            sleep(_BUSY_SECONDS)
        else:
            return


def _postgresql(url: URL, seconds: int) -> Engine:
    limits = f"-c statement_timeout={seconds}s -c idle_in_transaction_session_timeout={seconds}s"
    arguments = {
        "connect_timeout": _CONNECT_SECONDS,
        "fallback_application_name": "yizheng",
        # A peer that vanished without a word is noticed, too.
        "tcp_user_timeout": _CONNECT_SECONDS * 1000,
        "options": " ".join((limits, str(url.query.get("options", "")))).strip(),
    }
    from idp.storage.impatient import connecting  # psycopg loads only where it is used

    # A little more patience than the server has, so that its own word comes first.
    connect = connecting(seconds + 1 if seconds else None)
    engine = _engine(url.set(drivername="postgresql+psycopg"), arguments, paramstyle="format")
    event.listen(engine, "do_connect", lambda _dialect, _record, args, options: connect(*args, **options))
    return engine


def _engine(url: URL, arguments: dict[str, object], **options: str) -> Engine:
    return sqlalchemy.create_engine(
        url,
        connect_args=arguments,
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        pool_reset_on_return=None,
        hide_parameters=True,
        **options,
    )
