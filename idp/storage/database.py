"""One held connection per thread and process.

Checking a connection out of a pool and beginning a transaction for every read is most of what Core costs: a connection
that its thread keeps, in AUTOCOMMIT, halves a read. Threads and processes come and go by themselves: a new thread, or
the first use after a fork, opens its own; the connection of a thread that ends is closed with it.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

Parameters = dict[str, Any]
T = TypeVar("T")


class Held:
    """A connection that one thread of one process keeps; `writer` is whoever has a transaction open on it."""

    __slots__ = ("__weakref__", "connection", "process", "writer")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.process = os.getpid()
        self.writer: object | None = None

    def __del__(self) -> None:
        # When its thread ends: SQLAlchemy's own objects refer to one another and would wait for the collector.
        _close(self)

    @property
    def is_usable(self) -> bool:
        """Whether this process opened it and it still stands."""
        return self.process == os.getpid() and not self.connection.closed and not self.connection.invalidated


class Database:
    """Gives each thread its connection, and replaces it when it broke."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = threading.local()
        self.is_sqlite = engine.dialect.name == "sqlite"

    def held(self) -> Held:
        """This thread's connection; opened now if there is none. Raises SQLAlchemyError when that fails."""
        held: Held | None = getattr(self._thread, "held", None)
        if held is None or not held.is_usable:
            self.discard()
            held = self._thread.held = Held(self._engine.connect())
            _open.add(held)
        return held

    def run(
        self,
        statement: Executable,
        parameters: Parameters | None,
        fetch: Callable[[CursorResult[Any]], T],
        *,
        may_repeat: bool,
    ) -> T:
        """Execute and fetch on this thread's connection.

        With `may_repeat` a connection that turns out to be broken (a restarted server) is replaced and the statement
        sent once more: for whatever begins a transaction or reads outside of one.
        """
        try:
            return fetch(self.held().connection.execute(statement, parameters))
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self.discard()
            if not may_repeat:
                raise
        return fetch(self.held().connection.execute(statement, parameters))

    def discard(self) -> None:
        """Part with this thread's connection; whatever was open on it is rolled back by the server."""
        held: Held | None = self._thread.__dict__.pop("held", None)
        if held is not None:
            _close(held)

    def close(self) -> None:
        """Close the connections of all threads of this process; nobody may be using them any more."""
        for held in list(_open):
            if held.connection.engine is self._engine:
                _close(held)


def _close(held: Held) -> None:
    # What another process opened is left alone: saying goodbye on its socket would end the other's session.
    if held.process == os.getpid():
        with suppress(SQLAlchemyError):
            held.connection.close()


_open: WeakSet[Held] = WeakSet()
_inherited: list[Held] = []


def _keep_while_forking() -> None:
    _inherited.extend(_open)


def _let_go_in_parent() -> None:
    _inherited[:] = [held for held in _inherited if held.process != os.getpid()]


# In a forked child the other threads' connections would be collected, and thereby closed on the parent's sockets:
# the child keeps them for ever instead.
os.register_at_fork(before=_keep_while_forking, after_in_parent=_let_go_in_parent)
