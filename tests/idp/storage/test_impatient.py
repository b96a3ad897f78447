"""A PostgreSQL that hangs is given up, and found again when it answers (threat O05)."""

from collections.abc import Iterator
from threading import Timer
from time import monotonic

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from idp.storage.database import Database
from idp.storage.engine import create_engine
from tests.plugins.relay import Relay

SECONDS = 1


@pytest.fixture
def relay(postgresql_port: int) -> Iterator[Relay]:
    relay = Relay(postgresql_port)
    yield relay
    relay.thaw()


@pytest.fixture
def database(relay: Relay) -> Iterator[Database]:
    database = Database(create_engine(f"postgresql://idp@127.0.0.1:{relay.port}/postgres", seconds=SECONDS))
    yield database
    database.close()


def answer(database: Database, statement: str = "SELECT 1") -> int:
    return int(database.run(text(statement), None, may_repeat=True).rows[0][0])


def test_a_hanging_server_is_given_up(database: Database, relay: Relay) -> None:
    """Within the patience for one answer and that for a new connection (3 s). Mutation: no `do_connect` listener."""
    assert answer(database) == 1
    relay.freeze()
    rescue = Timer(20, relay.thaw)
    rescue.start()
    started = monotonic()
    with pytest.raises(DBAPIError):
        answer(database)
    assert SECONDS < monotonic() - started < 15
    rescue.cancel()
    relay.thaw()
    assert answer(database) == 1


def test_a_slow_statement_is_ended_by_the_server_and_its_connection_stays(database: Database) -> None:
    """Mutation: close the connection on every error."""
    connection = database.held()
    with pytest.raises(DBAPIError, match="QueryCanceled"):
        answer(database, "SELECT 1 FROM pg_sleep(5)")
    assert database.held() is connection
    assert answer(database) == 1
