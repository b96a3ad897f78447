"""Alembic migrations: expand first, contract a release later.

A release only adds what the one before can live with, so that both run side by side during an upgrade; what nobody
reads any more is taken away by a later one. All steps of one call are one transaction, on either database, and only
one process migrates at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from idp.errors import Refused
from idp.storage.engine import create_engine
from idp.storage.failures import unavailable

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0034"
"""The newest revision: what this program expects to find (a test compares it with the files)."""

_LOCK = text("SELECT pg_advisory_xact_lock(2037997158)")  # one number for all that migrate, on PostgreSQL
_WAIT_SECONDS = 60


def head() -> str:
    """The revision that this program expects."""
    return HEAD


def current(database_url: str) -> str | None:
    """The revision of the database, None before the first; raises `Unavailable` when it does not answer."""
    with _connection(database_url) as connection:
        return _current(connection)


def plan(database_url: str) -> tuple[str, ...]:
    """What `upgrade` would do, in order: revision and description."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    with _connection(database_url) as connection, _known_revision():
        steps = reversed(list(script.iterate_revisions(HEAD, _current(connection) or "base")))
        return tuple(f"{step.revision} {step.doc}" for step in steps)


def upgrade(database_url: str, revision: str = HEAD) -> None:
    """Bring the schema to the newest revision; does nothing where it is there, waits while another process does it."""
    from alembic import command

    with _migration(database_url) as config:
        command.upgrade(config, revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take the schema back to `revision` (`base`: to nothing); what only newer revisions hold is lost."""
    from alembic import command

    with _migration(database_url) as config:
        command.downgrade(config, revision)


@contextmanager
def _migration(database_url: str) -> Iterator["Config"]:
    with _connection(database_url) as connection, _known_revision():
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # Tables are rebuilt while others refer to them; what that could break is checked before the commit.
            connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(text("BEGIN IMMEDIATE" if is_sqlite else "BEGIN"))
        if not is_sqlite:
            connection.execute(_LOCK)
        config = _config()
        config.attributes["connection"] = connection
        yield config
        if is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
            raise Refused("schema_broken", "The migration would leave rows that refer to nothing; nothing was changed.")
        connection.execute(text("COMMIT"))


@contextmanager
def _connection(database_url: str) -> Iterator[Connection]:
    # Closing it rolls back whatever an error left open.
    engine = create_engine(database_url, seconds=_WAIT_SECONDS)
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise unavailable(error) from error


@contextmanager
def _known_revision() -> Iterator[None]:
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    try:
        yield
    except (CommandError, RevisionError) as error:
        raise Refused(
            "schema_unknown",
            "The database has a revision that this program does not know: it belongs to a newer release.",
            detail=str(error),
        ) from None


def _current(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
