"""Held connections: one per thread on PostgreSQL; on SQLite one per process, on which its threads take turns.

Checking a connection out of a pool and beginning a transaction for every read is most of what Core costs: a connection
that is kept, in AUTOCOMMIT, halves a read. Threads and processes come and go by themselves: a new thread, or the first
use after a fork, opens its own, and closes those whose threads have ended.

SQLite keeps pages in memory for each connection, and a write on any other one empties that; writers on several connections
wait for one another by looking again and again. Threads that take turns on one need neither (docs/decisions/0020).

No Python code may run while a thread ends: the threads of the server below us are not Python's own, and CPython 3.11
crashed on the `__del__` of a connection in them. So a thread leaves nothing behind but a token that is no
longer there; whoever opens the next connection sees that.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import Any
from weakref import WeakSet, ref

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy import exc as errors
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from idp.storage.statements import Outcome, Parameters, Prepared, Statements

TURN_SECONDS = 5.0
"""How long a thread waits for its turn on a connection, or for another process to end its transaction."""

_BUSY_SECONDS = 0.0005
_IMPATIENT = "PRAGMA busy_timeout=0"
"""SQLite would wait for another process with the turn in its hands."""

_NONE: Parameters = {}


class _Token:
    """Lives as long as its thread."""

    __slots__ = ("__weakref__",)


class Held:
    """A connection that is kept."""

    __slots__ = ("_in_use", "connection", "cursor", "is_open", "process", "thread")

    def __init__(self, connection: Connection, thread: _Token) -> None:
        self.connection = connection
        self.cursor: Any = connection.connection.cursor()
        self.is_open = True
        self._in_use = threading.Lock()
        self.process = os.getpid()
        self.thread = ref(thread)

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


class _Shared:
    """Where the one connection of all threads is kept."""


class Database:
    """Gives each thread its connection, and replaces it when it broke.

    Attributes:
        turn: who has it may use the shared connection, and keeps it for a whole transaction; None: each has its own.
        thread: of this thread, `writer`: whoever has a transaction open.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements = Statements(engine.dialect)
        self._lock = threading.Lock()
        self._open: list[Held] = []
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._begin_anew()
        _databases.add(self)

    def _begin_anew(self) -> None:
        self._keeper: Any = _Shared() if self.is_sqlite else threading.local()
        self.turn = threading.RLock() if self.is_sqlite else None
        self.thread = threading.local()

    def take_turn(self) -> None:
        """Wait until the connection is this thread's; raises SQLAlchemyError when that takes too long."""
        if self.turn is not None and not self.turn.acquire(timeout=TURN_SECONDS):
            raise errors.TimeoutError("Another thread has used the connection for too long.")

    def end_turn(self) -> None:
        """Leave it to the next; once for each time that it was taken."""
        if self.turn is not None:
            self.turn.release()

    def held(self) -> Held:
        """The connection; opened now if there is none. Raises SQLAlchemyError when that fails."""
        held: Held | None = getattr(self._keeper, "held", None)
        return held if held is not None and held.is_open else self._opened()

    def _opened(self) -> Held:
        self.take_turn()
        try:
            held: Held | None = getattr(self._keeper, "held", None)
            if held is not None and held.is_open:
                return held  # by a thread that came first
            self.discard()
            self._close_those_of_ended_threads()
            token = self._keeper.token = _Token()
            held = self._keeper.held = Held(self._engine.connect(), token)
            if self.is_sqlite:  # what takes longer is waited for without the turn
                held.connection.exec_driver_sql(_IMPATIENT)
            with self._lock:
                self._open.append(held)
            return held
        finally:
            self.end_turn()

    def run(
        self, statement: Executable, parameters: Parameters | None, *, may_repeat: bool, keeps_turn: bool = False
    ) -> Outcome:
        """Execute and fetch on the connection.

        With `may_repeat` a connection that turns out to be broken (a restarted server) is replaced and the statement
        sent once more: for whatever begins a transaction or reads outside of one.
        """
        parameters = parameters or _NONE
        prepared = self._statements.prepare(statement, parameters)
        gives_up_at = 0.0
        while True:
            self.take_turn()
            try:
                outcome = self._run(prepared, statement, parameters)
            except DBAPIError as error:
                self.end_turn()
                is_worth_another = error.connection_invalidated and may_repeat
                gives_up_at = gives_up_at or monotonic() + TURN_SECONDS
                if not (is_worth_another or (_is_busy(error) and monotonic() < gives_up_at)):
                    raise
                may_repeat = may_repeat and not is_worth_another
            except BaseException:
                self.end_turn()
                raise
            else:
                if not keeps_turn:
                    self.end_turn()
                return outcome
            sleep(_BUSY_SECONDS)  # while another process writes, the threads of this one read on

    @contextmanager
    def patiently(self) -> Iterator[Connection]:
        """The connection for several statements that nobody else may interrupt; another process is waited for."""
        self.take_turn()
        try:
            connection = self.held().connection
            if self.is_sqlite:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={TURN_SECONDS * 1000:.0f}")
            yield connection
            if self.is_sqlite:
                connection.exec_driver_sql(_IMPATIENT)
        except BaseException:
            self.discard()  # and with it what was begun
            raise
        finally:
            self.end_turn()

    def begin(self, statement: Executable) -> Held:
        """Begin a transaction, for whose time the turn is kept until `end_turn`; the connection that it is open on."""
        self.run(statement, None, may_repeat=True, keeps_turn=True)
        held: Held | None = getattr(self._keeper, "held", None)
        if held is None or not held.is_open:  # the stores were closed in between, and the transaction is gone
            self.end_turn()
            raise errors.InvalidRequestError("The connection was closed.")
        return held

    def _run(self, prepared: Prepared, statement: Executable, parameters: Parameters) -> Outcome:
        held = self.held()
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
        """Part with the connection; whatever was open on it is rolled back by the server."""
        held: Held | None = self._keeper.__dict__.pop("held", None)
        if held is not None and held.process == os.getpid():
            self._close([held])

    def close(self) -> None:
        """Close the connections of all threads of this process; nobody may be using them any more."""
        self._close(list(self._open))

    def leave_to_parent(self) -> Sequence[Held]:
        """Begin anew in a forked child; what is returned must be kept for ever, since to collect it closes it."""
        inherited, self._open = self._open, []
        for held in inherited:
            held.is_open = False
        self._lock = threading.Lock()  # whoever held it did not come along
        self._begin_anew()
        return inherited

    def _close_those_of_ended_threads(self) -> None:
        self._close([held for held in self._open if held.thread() is None])

    def _close(self, those: Sequence[Held]) -> None:
        with self._lock:
            self._open = [held for held in self._open if held not in those]
        for held in those:
            held.close()


def _is_busy(error: DBAPIError) -> bool:
    """Whether SQLite refused since another process is writing; then nothing has happened."""
    return getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")


_databases: WeakSet[Database] = WeakSet()
_inherited: list[Held] = []


def _keep_in_child() -> None:
    for database in _databases:
        _inherited.extend(database.leave_to_parent())


os.register_at_fork(after_in_child=_keep_in_child)
