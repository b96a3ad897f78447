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
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakSet, ref

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from idp.storage.statements import Outcome, Parameters, Prepared, Statements

_NONE: Parameters = {}


class _Token:
    """Lives as long as its thread."""

    __slots__ = ("__weakref__",)


class Held:
    """A connection that one thread of one process keeps; `writer` is whoever has a transaction open on it."""

    __slots__ = ("_in_use", "connection", "cursor", "is_open", "process", "thread", "writer")

    def __init__(self, connection: Connection, thread: _Token) -> None:
        self.connection = connection
        self.cursor: Any = connection.connection.cursor()
        self.is_open = True
        self._in_use = threading.Lock()
        self.process = os.getpid()
        self.thread = ref(thread)
        self.writer: object | None = None

    @property
    def is_usable(self) -> bool:
        """Whether this process opened it and it still stands."""
        return self.is_open and self.process == os.getpid()

    def execute(self, prepared: Prepared, statement: Executable, parameters: Parameters) -> Outcome:
        """Run a statement; all its rows are fetched at once, so that nothing of it stays open."""
        with self._in_use:
            return self._execute(prepared, statement, parameters)

    def _execute(self, prepared: Prepared, statement: Executable, parameters: Parameters) -> Outcome:
        if prepared.is_expanding:
            result = self.connection.execute(statement, dict(parameters))
            return Outcome(result.all() if result.returns_rows else (), result.rowcount)
        cursor = self.cursor
        cursor.execute(prepared.text, prepared.arguments(parameters))
        # A text() may have rows of which the compiler does not know; to ask the driver each time is dear.
        has_rows = prepared.has_rows or (prepared.is_text and cursor.description is not None)
        return Outcome(prepared.rows(cursor.fetchall()) if has_rows else (), cursor.rowcount)

    def close(self) -> None:
        """Say goodbye; on what another process opened nothing is said, since that would end the other's session."""
        self.is_open = False
        if self.process == os.getpid():
            # A statement of another thread is waited for: SQLite tears the process down when its connection goes.
            with self._in_use, suppress(SQLAlchemyError):
                self.connection.close()


class Database:
    """Gives each thread its connection, and replaces it when it broke."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements = Statements(engine.dialect)
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

    def run(self, statement: Executable, parameters: Parameters | None, *, may_repeat: bool) -> Outcome:
        """Execute and fetch on this thread's connection.

        With `may_repeat` a connection that turns out to be broken (a restarted server) is replaced and the statement
        sent once more: for whatever begins a transaction or reads outside of one.
        """
        try:
            return self._run(statement, parameters or _NONE)
        except DBAPIError as error:
            if not (error.connection_invalidated and may_repeat):
                raise
        return self._run(statement, parameters or _NONE)

    def _run(self, statement: Executable, parameters: Parameters) -> Outcome:
        held = self.held()
        prepared = self._statements.prepare(statement, parameters)
        try:
            return held.execute(prepared, statement, parameters)
        except DBAPIError as error:
            if error.connection_invalidated:
                self.discard()
            raise
        except self._engine.dialect.loaded_dbapi.Error as error:
            is_broken = self._engine.dialect.is_disconnect(error, held.connection.connection.dbapi_connection, None)
            if is_broken:
                self.discard()
            raise DBAPIError.instance(
                None,
                None,
                error,
                self._engine.dialect.loaded_dbapi.Error,
                connection_invalidated=is_broken,
                dialect=self._engine.dialect,
            ) from None
        except SQLAlchemyError:
            raise
        except BaseException:
            self.discard()  # torn away in the middle of an answer, it would give that answer to whoever asks next
            raise

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
