"""The one table of the ephemeral store in SQL, and how it comes into being.

It is created at the first use and never migrated: its name carries its version, so a new form is simply a lost store.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, inspect, text

from idp.storage.database import Database

NAME = "ephemeral_1"

ephemeral_values = Table(
    NAME,
    MetaData(),
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", LargeBinary, nullable=False, unique=True),
    Column("value", LargeBinary),
    Column("counter", BigInteger),
    Column("expires_at", BigInteger, nullable=False),
)

_INDEX = f"CREATE INDEX IF NOT EXISTS ix_{NAME}_expires_at ON {NAME} (expires_at)"
_SQLITE = (
    "BEGIN IMMEDIATE",
    f"""
    CREATE TABLE IF NOT EXISTS {NAME} (
        id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB, counter BIGINT, expires_at BIGINT NOT NULL
    )
    """,
    _INDEX,
    "COMMIT",
)
# UNLOGGED: twice as fast, and emptied by a crash of the server, which the generation then tells. The lock lets several
# processes start at once (two CREATE TABLE IF NOT EXISTS collide).
_POSTGRESQL = (
    "BEGIN",
    "SELECT pg_advisory_xact_lock(2037997157)",
    f"""
    CREATE UNLOGGED TABLE IF NOT EXISTS {NAME} (
        id BIGSERIAL PRIMARY KEY, key BYTEA NOT NULL UNIQUE, value BYTEA, counter BIGINT, expires_at BIGINT NOT NULL
    )
    """,
    _INDEX,
    "COMMIT",
)


def prepare(database: Database) -> None:
    """Create the table unless it is there; raises SQLAlchemyError, with nothing left half done."""
    with database.patiently() as connection:
        if inspect(connection).has_table(NAME):
            return
        for statement in _SQLITE if database.is_sqlite else _POSTGRESQL:
            connection.execute(text(statement))
