"""One held connection per thread and process.

Checking a connection out of a pool and beginning a transaction for every read is most of what Core costs: a connection
that its thread keeps, in AUTOCOMMIT, halves a read. Threads and processes come and go by themselves: a new thread, or
the first use after a fork, opens its own, and closes those whose threads have ended.

No Python code may run while a thread ends: the threads of the server below us are not Python's own, and CPython 3.11
crashed on the `__del__` of a connection in them. So a thread leaves nothing behind but a token that is no
longer there; whoever opens the next connection sees that.
"""

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet, ref

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

Parameters = dict[str, Any]
T = TypeVar("T")


class _Token:
    """Lives as long as its thread."""

    __slots__ = ("__weakref__",)


class Held:
    """A connection that one thread of one process keeps; `writer` is whoever has a transaction open on it."""

    __slots__ = ("connection", "process", "thread", "writer")

    def __init__(self, connection: Connection, thread: _Token) -> None:
        self.connection = connection
        self.process = os.getpid()
        self.thread = ref(thread)
        self.writer: object | None = None

    @property
    def is_usable(self) -> bool:
        """Whether this process opened it and it still stands."""
        return self.process == os.getpid() and not self.connection.closed and not self.connection.invalidated

    def close(self) -> None:
        """Say goodbye; on what another process opened nothing is said, since that would end the other's session."""
        if self.process == os.getpid():
            with suppress(SQLAlchemyError):
                self.connection.close()


class Database:
    """Gives each thread its connection, and replaces it when it broke."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = threading.local()
        self._lock = threading.Lock()
        self._open: list[Held] = []
        _databases.add(self)
        self.is_sqlite = engine.dialect.name == "sqlite"

    def held(self) -> Held:
        """This thread's connection; opened now if there is none. Raises SQLAlchemyError when that fails."""
        held: Held | None = getattr(self._thread, "held", None)
        if held is None or not held.is_usable:
            self.discard()
            self._close_those_of_ended_threads()
            token = self._thread.token = _Token()
            held = self._thread.held = Held(self._engine.connect(), token)
            with self._lock:
                self._open.append(held)
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
        if held is not None and held.process == os.getpid():
            self._close([held])

    def close(self) -> None:
        """Close the connections of all threads of this process; nobody may be using them any more."""
        self._close(list(self._open))

    def leave_to_parent(self) -> Sequence[Held]:
        """Begin anew in a forked child; what is returned must be kept for ever, since to collect it closes it."""
        inherited, self._open = self._open, []
        self._lock = threading.Lock()  # whoever held it did not come along
        return inherited

    def _close_those_of_ended_threads(self) -> None:
        self._close([held for held in self._open if held.thread() is None])

    def _close(self, those: Sequence[Held]) -> None:
        with self._lock:
            self._open = [held for held in self._open if held not in those]
        for held in those:
            held.close()


_databases: WeakSet[Database] = WeakSet()
_inherited: list[Held] = []


def _keep_in_child() -> None:
    for database in _databases:
        _inherited.extend(database.leave_to_parent())


os.register_at_fork(after_in_child=_keep_in_child)
