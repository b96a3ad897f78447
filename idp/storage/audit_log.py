"""The log as its sealer sees it: events by their numbers, seals that are added, and what leaves after its time.

Numbers are drawn before a transaction commits, so an event with a lower number may become visible after one with a higher. From
when on nothing can come below a number is worked out from PostgreSQL's snapshots: once every transaction that ran while a
number was the newest drawn has ended, whatever was drawn up to it is visible or was rolled back. A statement draws its number a
moment before its transaction has one itself, so the mark is believed only after longer than a write transaction may take.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import structlog
from sqlalchemy import BigInteger, Integer, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Clock, Instant, after
from idp.ports import StoredSeal
from idp.storage.database import Database
from idp.storage.engine import TRANSACTION_SECONDS
from idp.storage.statements import Row
from idp.storage.tables import audit_holds, audit_seals, events
from idp.storage.transaction import Transaction

_AFTER = (
    select(events)
    .where(events.c.id > bindparam("after_id", type_=BigInteger))
    .order_by(events.c.id)
    .limit(bindparam("rows", type_=Integer))
)
_NEWEST = select(func.coalesce(func.max(events.c.id), 0).label("newest"))
_SNAPSHOT = text(
    "SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_id_seq),"
    " CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint),"
    " CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
)
_LAST_SEAL = select(audit_seals).order_by(audit_seals.c.id.desc()).limit(1)
_REACHING = (
    select(audit_seals)
    .where(audit_seals.c.last_event > bindparam("after_id", type_=BigInteger))
    .order_by(audit_seals.c.id)
)
_SEALS_AFTER = (
    select(audit_seals)
    .where(audit_seals.c.id > bindparam("after_id", type_=BigInteger))
    .order_by(audit_seals.c.id)
    .limit(bindparam("rows", type_=Integer))
)
_ADD = insert(audit_seals).on_conflict_do_nothing(index_elements=[audit_seals.c.id]).returning(audit_seals.c.id)
SEALED_UP_TO = select(func.coalesce(func.max(audit_seals.c.last_event), 0).label("last_event"))
_LAST_REMOVAL = (
    select(audit_seals).where(audit_seals.c.removed.is_not(None)).order_by(audit_seals.c.removed.desc()).limit(1)
)
_HELD_SINCE = select(func.min(audit_holds.c.since).label("since")).where(audit_holds.c.released_at.is_(None))
_REMOVE = delete(events).where(
    events.c.id >= bindparam("first", type_=BigInteger), events.c.id <= bindparam("last", type_=BigInteger)
)
_BELIEVED_AFTER = TRANSACTION_SECONDS + 2
_AT_ONCE = 5000
_log = structlog.get_logger()


class _Mark(NamedTuple):
    """The newest number that was drawn at a moment, and the first transaction that had not begun then.

    That one is the sealer's own, which writes nothing: a snapshot's xmax lies only behind those that have ended, so that of two
    that run and end late it may name the first.
    """

    at: Instant
    drawn: int
    not_begun: int


class SqlAuditLog:
    """Implements `ports.AuditLog`; belongs to one thread."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._transaction = Transaction(database)
        self._clock = clock
        self._marks: deque[_Mark] = deque()
        self._settled = 0

    def settled(self) -> int:
        """Up to this number every event that there will ever be is visible now."""
        if self._transaction.is_sqlite:  # one writer at a time: numbers become visible in their order
            row = self._transaction.find(_NEWEST)
            return 0 if row is None else int(row.newest)
        snapshot = self._transaction.find(_SNAPSHOT)
        assert snapshot is not None
        drawn, oldest_running, not_begun = map(int, snapshot)
        now = self._clock()
        while self._marks and now >= after(self._marks[0].at, _BELIEVED_AFTER):
            mark = self._marks[0]
            if oldest_running < mark.not_begun:
                _log.warning("audit.long_transaction", seconds=now - mark.at)
                break
            self._settled = max(self._settled, mark.drawn)
            self._marks.popleft()
        self._marks.append(_Mark(now, drawn, not_begun))
        return self._settled

    def events_after(self, event_id: int, limit: int) -> Sequence[Sequence[object]]:
        """So many events behind this number, ascending."""
        return self._transaction.find_all(_AFTER, {"after_id": event_id, "rows": limit})

    def every_event(self) -> Iterator[Sequence[object]]:
        """All of them, ascending, a few thousand at a time."""
        reached = 0
        while found := self.events_after(reached, _AT_ONCE):
            yield from found
            reached = int(str(found[-1][0]))

    def last_seal(self) -> StoredSeal | None:
        """The newest seal."""
        row = self._transaction.find(_LAST_SEAL)
        return None if row is None else _seal(row)

    def seals_reaching(self, event_id: int) -> Sequence[StoredSeal]:
        """Those with an event behind this number, in their order."""
        return list(map(_seal, self._transaction.find_all(_REACHING, {"after_id": event_id})))

    def seals_after(self, number: int, limit: int) -> Sequence[StoredSeal]:
        """So many seals behind this one, in their order."""
        return list(map(_seal, self._transaction.find_all(_SEALS_AFTER, {"after_id": number, "rows": limit})))

    def add_seal(self, seal: StoredSeal) -> bool:
        """Add the next one, durably; False: another sealer was faster."""
        is_added = self._transaction.write(_ADD, _values(seal)) is not None
        self._transaction.commit()
        return is_added

    def sealed_up_to(self) -> int:
        """The highest number of an event that is sealed."""
        row = self._transaction.find(SEALED_UP_TO)
        return 0 if row is None else int(row.last_event)

    def last_removal(self) -> StoredSeal | None:
        """The newest seal that says that events were removed."""
        row = self._transaction.find(_LAST_REMOVAL)
        return None if row is None else _seal(row)

    def held_since(self) -> Instant | None:
        """The moment since which a hold keeps everything; None: there is no hold."""
        row = self._transaction.find(_HELD_SINCE)
        return None if row is None else row.since

    def remove(self, seal: StoredSeal, ranges: Iterable[tuple[int, int]]) -> int | None:
        """Add the seal that says so and take these events away, both or neither; None: another sealer was faster."""
        try:
            if self._transaction.write(_ADD, _values(seal)) is None:
                return None
            removed = sum(self._transaction.change(_REMOVE, {"first": first, "last": last}) for first, last in ranges)
            self._transaction.commit()
        finally:
            self._transaction.roll_back()
        return removed


def _values(seal: StoredSeal) -> dict[str, object]:
    return {
        "id": seal.number,
        "seal": seal.text,
        "last_event": seal.last_event,
        "sealed_at": seal.sealed_at,
        "removed": seal.removed,
    }


def _seal(row: Row) -> StoredSeal:
    return StoredSeal(
        number=row.id, text=row.seal, last_event=row.last_event, sealed_at=row.sealed_at, removed=row.removed
    )
