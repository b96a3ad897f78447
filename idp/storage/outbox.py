"""The transactional outbox in SQL: promised with the change it tells of, delivered at least once.

An item is waiting until it is finished; claiming it moves `due_at` behind the lease, so that the same column says when
to try next and who has to wait.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from idp.clock import Instant
from idp.model.message import Lane, MessageFate, OutboxItem, Report, ReportedItem
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import is_waiting, outbox
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_of_item = outbox.c.id == bindparam("item_id")

_PUT = insert(outbox).returning(outbox.c.id)
_FILL = update(outbox).where(_of_item)
_is_due = and_(
    is_waiting,
    outbox.c.due_at <= bindparam("now"),
    func.coalesce(outbox.c.lane, outbox.c.kind).not_in(bindparam("except_lanes", expanding=True)),
)
# Workers pass over what another is just claiming (PostgreSQL); on SQLite there is one writer at a time.
_due = (
    select(outbox.c.id)
    .where(_is_due)
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_ANY_DUE = select(outbox.c.id).where(_is_due).limit(1)
_CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(select(_due.c.id)))
    .values(due_at=bindparam("lease_until"), attempts=outbox.c.attempts + 1)
    .returning(
        outbox.c.id,
        outbox.c.kind,
        outbox.c.sealed_payload,
        outbox.c.attempts,
        outbox.c.created_at,
        outbox.c.expires_at,
        outbox.c.lane,
    )
)
_RETRY = update(outbox).where(_of_item, is_waiting)
_FINISH = update(outbox).where(_of_item, is_waiting).values(sealed_payload=None)
_is_named = outbox.c.reference == bindparam("name")
# The first word is the last one, but for "unknown"; a report that comes twice at once finds its own word here.
_tells_more = or_(
    outbox.c.report.is_(None),
    and_(outbox.c.report == Report.UNKNOWN.value, bindparam("word") != Report.UNKNOWN.value),
)
_TAKE_REPORT = (
    update(outbox)
    .where(_is_named, _tells_more)
    .values(report=bindparam("word"), reported_at=bindparam("now"))
    .returning(outbox.c.id, outbox.c.kind)
)
_NAMED = select(outbox.c.id, outbox.c.kind).where(_is_named)
_FATE = select(outbox.c.outcome, outbox.c.report).where(_of_item)
_lane = func.coalesce(outbox.c.lane, outbox.c.kind)
_LANES = (
    select(
        _lane.label("lane"),
        func.count().label("waiting"),
        func.count(outbox.c.reason).label("tried"),
        func.min(outbox.c.created_at).label("oldest_at"),
    )
    .where(is_waiting)
    .group_by(_lane)
    .order_by(_lane)
)
_WAITING = select(func.count()).select_from(outbox).where(is_waiting)


class SqlOutbox:
    """Implements `ports.Outbox`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def put(
        self, kind: str, payload: Mapping[str, str], at: Instant, expires_at: Instant, lane: str | None = None
    ) -> int:
        """Promise it in this transaction; the payload is encrypted for the row that it gets."""
        values = {"kind": kind, "attempts": 0, "created_at": at, "due_at": at, "expires_at": expires_at, "lane": lane}
        row = self._transaction.write(_PUT, values)
        assert row is not None  # INSERT … RETURNING without ON CONFLICT
        text = json.dumps(dict(payload), ensure_ascii=False)
        sealed = self._fields.seal(outbox.c.sealed_payload, str(row.id), text)
        self._transaction.change(_FILL, {"item_id": row.id, "sealed_payload": sealed})
        return int(row.id)

    def claim(
        self, now: Instant, *, lease_seconds: int, limit: int, except_lanes: Collection[str] = ()
    ) -> Sequence[OutboxItem]:
        """Take due items for so long, the longest due first; `attempts` counts this one, too.

        Commit before working on them: until then the lease binds nobody. What cannot be decrypted is buried here, so
        that it does not keep the rest from leaving.
        """
        due = {"now": now, "except_lanes": sorted(except_lanes)}
        if self._transaction.find(_ANY_DUE, due) is None:
            return []  # an idle worker takes no write lock
        parameters = {**due, "limit": limit, "lease_until": now + lease_seconds}
        rows = sorted(self._transaction.write_all(_CLAIM, parameters), key=lambda row: row.id)
        items = [(row.id, self._item(row)) for row in rows]
        for item_id, item in items:
            if item is None:
                self.bury(item_id, now, "the payload does not decrypt")
        return [item for _, item in items if item is not None]

    def done(self, item_id: int, at: Instant, reference: str | None = None) -> None:
        """It arrived; the payload is erased."""
        values = {"item_id": item_id, "finished_at": at, "outcome": "done", "reference": reference}
        self._transaction.change(_FINISH, values)

    def retry(self, item_id: int, due_at: Instant, reason: str) -> None:
        """Try again later."""
        self._transaction.change(_RETRY, {"item_id": item_id, "due_at": due_at, "reason": reason})

    def bury(self, item_id: int, at: Instant, reason: str) -> None:
        """Give up: a dead letter for an operator; the payload is erased."""
        values = {"item_id": item_id, "finished_at": at, "outcome": "abandoned", "reason": reason}
        self._transaction.change(_FINISH, values)

    def waiting(self) -> int:
        """How many items have not left."""
        row = self._transaction.find(_WAITING)
        return 0 if row is None else int(row[0])

    def lanes(self) -> Sequence[Lane]:
        """What waits, by lane."""
        return [Lane(row.lane, row.waiting, row.tried, row.oldest_at) for row in self._transaction.find_all(_LANES)]

    def take_report(self, reference: str, report: Report, at: Instant) -> ReportedItem | None:
        """Note what became of the item with this reference; the payload is erased by then, and nothing leads back."""
        values = {"name": reference, "word": report.value, "now": at}
        row, is_news = self._transaction.write(_TAKE_REPORT, values), True
        if row is None:
            row, is_news = self._transaction.find(_NAMED, {"name": reference}), False
        return None if row is None else ReportedItem(row.id, row.kind, is_news)

    def fate(self, item_id: int) -> MessageFate | None:
        """What is known of this item."""
        row = self._transaction.find(_FATE, {"item_id": item_id}) if can_be_id(item_id) else None
        if row is None:
            return None
        return MessageFate(row.outcome == "abandoned", None if row.report is None else Report(row.report))

    def _item(self, row: Row) -> OutboxItem | None:
        text = self._fields.open_or_none(outbox.c.sealed_payload, str(row.id), row.sealed_payload)
        if text is None:
            return None
        return OutboxItem(
            id=row.id,
            kind=row.kind,
            payload=json.loads(text),
            attempts=row.attempts,
            created_at=row.created_at,
            expires_at=row.expires_at,
            lane=row.lane,
        )
