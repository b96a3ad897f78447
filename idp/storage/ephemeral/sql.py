"""The ephemeral store in SQL: each verb one statement in AUTOCOMMIT, outside of every unit of work.

On SQLite it needs a file of its own: in the file of the main store it would wait for the transaction of the very
request that it serves.
"""

import itertools
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Executable, bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well
from sqlalchemy.exc import SQLAlchemyError

from idp.clock import Clock
from idp.entropy import random_token
from idp.storage.database import Database
from idp.storage.ephemeral.table import ephemeral_values as values
from idp.storage.ephemeral.table import prepare
from idp.storage.failures import unavailable
from idp.storage.statements import Outcome, Parameters, Row

_PURGE_EVERY = 256  # writes of this process; a purge removes more than they were
_PURGE_LIMIT = 500
_FOREVER = 2**62
_GENERATION = b"\xff generation"  # no key of ours collides: UTF-8 has no such byte

_of_key = values.c.key == bindparam("of_key")
_is_alive = values.c.expires_at > bindparam("now")
_insert = insert(values)
_new = _insert.excluded
_replacement = {"value": _new.value, "counter": _new.counter, "expires_at": _new.expires_at}

_GET = select(values.c.value, values.c.counter, values.c.expires_at).where(_of_key)
_PUT = _insert.on_conflict_do_update(index_elements=[values.c.key], set_=_replacement)
_ADD = _insert.on_conflict_do_update(index_elements=[values.c.key], set_=_replacement, where=~_is_alive).returning(
    values.c.id
)
_TAKE = delete(values).where(_of_key).returning(values.c.value, values.c.counter, values.c.expires_at)
_SWAP = update(values).where(
    _of_key,
    _is_alive,
    values.c.value.is_not_distinct_from(bindparam("old_value")),
    values.c.counter.is_not_distinct_from(bindparam("old_counter")),
)
_INCR = _insert.on_conflict_do_update(
    index_elements=[values.c.key],
    set_={
        "counter": case((_is_alive, values.c.counter + 1), else_=1),
        "expires_at": case((_is_alive, values.c.expires_at), else_=_new.expires_at),
    },
).returning(values.c.counter)
_EXPIRED = select(values.c.id).where(~_is_alive).limit(_PURGE_LIMIT).with_for_update(skip_locked=True)
_PURGE = delete(values).where(values.c.id.in_(_EXPIRED))


class SqlEphemeral:
    """Implements `ports.Ephemeral`; every failure of the database comes out as `Unavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._is_prepared = False
        self._writes = itertools.count(1)

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Write, replacing."""
        self._change(_PUT, {"key": _bytes(key), "value": value, "expires_at": self._end(seconds)})

    def get(self, key: str) -> bytes | None:
        """Read."""
        return self._value(self._run(_GET, {"of_key": _bytes(key)}, may_repeat=True))

    def take(self, key: str) -> bytes | None:
        """Read and delete; of many takers one gets it."""
        return self._value(self._run(_TAKE, {"of_key": _bytes(key)}))

    def add(self, key: str, value: bytes, seconds: int) -> bool:
        """Write only if absent."""
        parameters = {"key": _bytes(key), "value": value, "expires_at": self._end(seconds), "now": self._clock()}
        self._purge_now_and_then()
        return bool(self._run(_ADD, parameters).rows)

    def swap(self, key: str, new: bytes, seconds: int) -> bytes | None:
        """Put a value in the place of another, which it gives; tried again when somebody else was faster."""
        new_row = {"of_key": _bytes(key), "value": new, "counter": None, "expires_at": self._end(seconds)}
        while True:
            found = self._run(_GET, {"of_key": _bytes(key)}, may_repeat=True)
            old = self._value(found)
            if old is None:
                return None
            row: Row = found.rows[0]
            same = {"old_value": row.value, "old_counter": row.counter, "now": self._clock()}
            if self._change(_SWAP, {**new_row, **same}) == 1:
                return old

    def incr(self, key: str, seconds: int) -> int:
        """Add one to a counter; the first call starts its life."""
        self._purge_now_and_then()
        parameters = {"key": _bytes(key), "counter": 1, "expires_at": self._end(seconds), "now": self._clock()}
        return int(self._run(_INCR, parameters).rows[0].counter)

    def generation(self) -> str:
        """A value that changes when the store was lost.

        On SQLite the machine's start counts as well: a power cut may have taken the last writes.
        """
        new = {"key": _GENERATION, "value": random_token(16).encode(), "expires_at": _FOREVER, "now": self._clock()}
        found = self._run(_GET, {"of_key": _GENERATION}, may_repeat=True)
        if not found.rows:
            self._run(_ADD, new)
            found = self._run(_GET, {"of_key": _GENERATION})
        start = _start_of_machine() if self._database.is_sqlite else ""
        return f"{found.rows[0].value.decode()}.{start}"

    def purge(self) -> int:
        """Delete some expired values; how many."""
        return self._run(_PURGE, {"now": self._clock()}).rowcount

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _change(self, statement: Executable, parameters: Parameters) -> int:
        self._purge_now_and_then()
        return self._run(statement, parameters).rowcount

    def _purge_now_and_then(self) -> None:
        if next(self._writes) % _PURGE_EVERY == 0:
            self.purge()

    def _run(self, statement: Executable, parameters: Parameters, *, may_repeat: bool = False) -> Outcome:
        try:
            if not self._is_prepared:
                prepare(self._database)
                self._is_prepared = True
            return self._database.run(statement, parameters, may_repeat=may_repeat)
        except SQLAlchemyError as error:
            raise unavailable(error) from None

    def _end(self, seconds: int) -> int:
        return self._clock() + max(seconds, 1)

    def _value(self, found: Outcome) -> bytes | None:
        if not found.rows:
            return None
        row: Row = found.rows[0]
        if row.expires_at <= self._clock():
            return None
        value: bytes = row.value if row.counter is None else b"%d" % row.counter
        return value


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _start_of_machine() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""
