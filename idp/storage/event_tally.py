"""The tally in SQL: what the log has new is added to the counts of its minutes, each event once, whichever worker is first."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Integer, bindparam, cast, func, literal, literal_column, select, update
from sqlalchemy.dialects import postgresql  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.events import Counted, Kind
from idp.storage.events import adding
from idp.storage.tables import event_counts, event_tally, events
from idp.storage.transaction import Transaction

_ONE = 1
_from = bindparam("from_event", type_=BigInteger)
_to = bindparam("to_event", type_=BigInteger)
# Written out, since PostgreSQL takes two parameters of one value for two expressions, and would group by neither.
_minute = events.c.at - events.c.at % literal_column("60")
_source = func.coalesce(events.c.channel, literal_column("''"))
_PLACE = select(event_tally.c.last_event).where(event_tally.c.id == _ONE)
# SQLite asks for a condition between a SELECT and its ON CONFLICT.
_newest = select(literal(_ONE), func.coalesce(func.max(events.c.id), 0)).where(literal_column("1") == 1)
_BEGIN = (
    postgresql.insert(event_tally)
    .from_select(["id", "last_event"], _newest)
    .on_conflict_do_nothing(index_elements=[event_tally.c.id])
)
_ADVANCE = update(event_tally).where(event_tally.c.id == _ONE, event_tally.c.last_event == _from).values(last_event=_to)
_new = (
    select(
        literal(Kind.AUDIT.value),
        events.c.action,
        events.c.outcome,
        _source,
        _minute,
        func.count(),
    )
    .where(events.c.id > _from, events.c.id <= _to)
    .group_by(events.c.action, events.c.outcome, _source, _minute)
)
_COUNTS = ["kind", "action", "outcome", "source", "minute", "times"]
_ADD = adding(postgresql.insert(event_counts).from_select(_COUNTS, _new))
_SINCE = (
    select(
        event_counts.c.minute,
        event_counts.c.kind,
        event_counts.c.action,
        event_counts.c.outcome,
        cast(func.sum(event_counts.c.times), BigInteger).label("times"),
    )
    .where(event_counts.c.minute >= bindparam("since", type_=BigInteger))
    .group_by(event_counts.c.minute, event_counts.c.kind, event_counts.c.action, event_counts.c.outcome)
    .order_by(event_counts.c.minute)
)
_CHANNELS = (
    select(event_counts.c.source, cast(func.sum(event_counts.c.times), BigInteger).label("times"))
    .where(
        event_counts.c.minute >= bindparam("since", type_=BigInteger),
        event_counts.c.kind == Kind.AUDIT.value,
        event_counts.c.action == bindparam("of_action"),
    )
    .group_by(event_counts.c.source)
    .order_by(event_counts.c.source)
)
_SOURCES = (
    select(
        event_counts.c.source,
        func.max(event_counts.c.minute).label("last"),
        cast(func.sum(event_counts.c.times), BigInteger).label("times"),
    )
    .where(
        event_counts.c.minute >= bindparam("since", type_=BigInteger),
        event_counts.c.kind == Kind.USAGE.value,
        event_counts.c.action == bindparam("of_action"),
    )
    .group_by(event_counts.c.source)
    .order_by(func.max(event_counts.c.minute), event_counts.c.source)
    .limit(bindparam("rows", type_=Integer))
)


class SqlEventTally:
    """Implements `ports.EventTally`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def count_up_to(self, settled: int, most: int) -> bool:
        """Count the next events up to this number, so many numbers at most; whether some are left."""
        place = self._transaction.find(_PLACE)
        if place is None:  # what happened before anybody counted is not counted
            self._transaction.change(_BEGIN)
            return False
        begin = int(place.last_event)
        reached = min(settled, begin + most)
        if reached <= begin:
            return False
        span = {"from_event": begin, "to_event": reached}
        if self._transaction.change(_ADVANCE, span) == 1:  # else another worker counted them
            self._transaction.change(_ADD, span)
        return reached < settled

    def since(self, minute: Instant) -> Sequence[Counted]:
        """What happened in each minute from this one on, in their order."""
        return [
            Counted(Instant(row.minute), row.kind, row.action, row.outcome, int(row.times))
            for row in self._transaction.find_all(_SINCE, {"since": minute})
        ]

    def channels(self, action: str, minute: Instant) -> Sequence[tuple[str, int]]:
        """How often this happened over each channel, from this minute on."""
        rows = self._transaction.find_all(_CHANNELS, {"since": minute, "of_action": action})
        return [(row.source, int(row.times)) for row in rows]

    def sources(self, action: str, minute: Instant, limit: int) -> Sequence[tuple[str, Instant, int]]:
        """Who did this from this minute on, those first who did it longest ago: their last minute, and how often."""
        rows = self._transaction.find_all(_SOURCES, {"since": minute, "of_action": action, "rows": limit})
        return [(row.source, Instant(row.last), int(row.times)) for row in rows]
