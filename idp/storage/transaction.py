"""A transaction that begins with its first write: until then, and after its end, reads go straight to the connection."""

import os
from collections.abc import Sequence
from time import monotonic

from sqlalchemy import Executable, text
from sqlalchemy.exc import SQLAlchemyError

from idp.errors import Unavailable
from idp.storage.database import Database, Held
from idp.storage.engine import TRANSACTION_SECONDS
from idp.storage.failures import PUBLIC, unavailable
from idp.storage.statements import Outcome, Parameters, Row

# SQLite: the write lock is taken at once and waited for; a lock that grows from a read could not be waited for.
_BEGIN = {True: text("BEGIN IMMEDIATE"), False: text("BEGIN")}
_COMMIT = text("COMMIT")
_ROLL_BACK = text("ROLLBACK")


class Transaction:
    """Runs the statements of one unit of work; every failure comes out as `Unavailable`.

    After a failed write nothing of the transaction can be committed any more, on either database.
    """

    __slots__ = ("_database", "_deadline", "_held", "_is_spoilt", "_noted")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: Held | None = None
        self._noted: list[tuple[Executable, Parameters]] = []
        self._deadline = 0.0
        self._is_spoilt = False

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, which knows no writes inside of other statements."""
        return self._database.is_sqlite

    def find(self, statement: Executable, parameters: Parameters | None = None) -> Row | None:
        """The first row of a SELECT."""
        self._write_noted()
        return _first(self._run(statement, parameters))

    def find_all(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row]:
        """All rows of a SELECT."""
        self._write_noted()
        return self._run(statement, parameters).rows

    def write(self, statement: Executable, parameters: Parameters | None = None) -> Row | None:
        """Write, and the first row of RETURNING."""
        self._begin_to_write()
        return _first(self._run(statement, parameters))

    def write_all(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row]:
        """Write, and all rows of RETURNING."""
        self._begin_to_write()
        return self._run(statement, parameters).rows

    def change(self, statement: Executable, parameters: Parameters | None = None) -> int:
        """Write, and how many rows an UPDATE or DELETE touched; an INSERT that may write nothing says so by RETURNING."""
        self._begin_to_write()
        return self._run(statement, parameters).rowcount

    def write_alone(self, statement: Executable, parameters: Parameters, *, may_repeat: bool) -> Row | None:
        """Write what stands for itself; durable at once, unless something else was written before.

        With `may_repeat`, on a connection that turns out to be broken, it may be written twice.
        """
        if self._held is not None or self._noted:
            return self.write(statement, parameters)
        return _first(self._run_alone(statement, parameters, may_repeat=may_repeat))

    def note(self, statement: Executable, parameters: Parameters) -> None:
        """Write what nobody looks at afterwards: it leaves with the next statement, or with the commit.

        Whoever writes nothing else commits by this one statement, without BEGIN and COMMIT around it.
        """
        self._noted.append((statement, parameters))

    def spoil(self) -> None:
        """Make sure that what was written so far can only be rolled back."""
        self._is_spoilt = self._held is not None

    def commit(self) -> None:
        """Make it durable; raises `Unavailable`, with everything rolled back, when that is not certain."""
        if self._held is None and len(self._noted) == 1:
            self._run_alone(*self._noted.pop(), may_repeat=False)
            return
        self._write_noted()
        if self._held is None:
            return
        self._check()
        try:
            self._run(_COMMIT, None)
        except Unavailable:
            self._database.discard()
            raise
        finally:
            self._end()

    def roll_back(self) -> None:
        """Forget what was written. Never raises: a connection that cannot roll back is closed instead."""
        self._noted.clear()
        if self._held is None:
            return
        try:
            if self._held.is_open:
                self._run(_ROLL_BACK, None)
        except Unavailable:
            self._database.discard()
        finally:
            self._end()

    def _begin(self) -> None:
        if self._held is not None:
            self._check()
            return
        self._refuse_second_writer()
        try:
            self._held = self._database.begin(_BEGIN[self._database.is_sqlite])
        except SQLAlchemyError as error:
            raise unavailable(error) from None
        self._database.thread.writer = self
        self._deadline = monotonic() + TRANSACTION_SECONDS

    def _begin_to_write(self) -> None:
        self._write_noted()
        self._begin()

    def _write_noted(self) -> None:
        while self._noted:
            self._begin()
            statement, parameters = self._noted.pop(0)
            self._run(statement, parameters)

    def _run_alone(self, statement: Executable, parameters: Parameters, *, may_repeat: bool) -> Outcome:
        self._refuse_second_writer()
        return self._run(statement, parameters, may_repeat=may_repeat)

    def _refuse_second_writer(self) -> None:
        if getattr(self._database.thread, "writer", None) is not None:
            raise RuntimeError("Another unit of work of this thread has written and is not finished.")

    def _check(self) -> None:
        """Refuse to go on where the transaction has failed or is too old: whoever seals the log relies on its age."""
        is_late = monotonic() > self._deadline
        if is_late or self._is_spoilt:
            self.roll_back()
            raise Unavailable(PUBLIC, detail="transaction: too old" if is_late else "transaction: failed before")

    def _run(self, statement: Executable, parameters: Parameters | None, *, may_repeat: bool = True) -> Outcome:
        if self._held is not None and not self._held.is_open:
            self.spoil()  # never on another connection, where each statement would commit by itself
            raise Unavailable(PUBLIC, detail="transaction: its connection is gone")
        try:
            return self._database.run(statement, parameters, may_repeat=may_repeat and self._held is None)
        except SQLAlchemyError as error:
            self.spoil()
            raise unavailable(error) from None

    def _end(self) -> None:
        # A child that was forked meanwhile has turns of its own.
        if self._held is not None and self._held.process == os.getpid():
            self._database.thread.writer = None
            self._database.end_turn()
        self._held = None
        self._is_spoilt = False


def _first(outcome: Outcome) -> Row | None:
    return outcome.rows[0] if outcome.rows else None
