"""The log in SQL: audit events are append-only (triggers refuse changes), refusals and usage may be counted."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, Integer, Select, bindparam, insert, select
from sqlalchemy.dialects import postgresql  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.events import Event, EventFilter, Logged, Recorded
from idp.storage.audit_log import SEALED_UP_TO
from idp.storage.many_rows import ManyRows
from idp.storage.statements import Row
from idp.storage.tables import audit_seals, event_counts, events, is_shown_to_person, sessions
from idp.storage.transaction import Transaction
from idp.storage.unverified import LARGEST_ID, can_be_id, can_be_text

_RECORD = insert(events)
_COLUMNS = tuple(column.name for column in events.c if column.name != "id")
_RECORD_ALL = ManyRows(postgresql.insert(events), _COLUMNS)


def adding(counts: postgresql.Insert) -> postgresql.Insert:
    """These rows of `event_counts`; a count that is there already grows by them."""
    return counts.on_conflict_do_update(
        index_elements=["minute", "kind", "action", "outcome", "source"],
        set_={"times": event_counts.c.times + counts.excluded.times},
    )


_COUNT = adding(postgresql.insert(event_counts))


OF_PERSON = (
    select(
        events.c.id,
        events.c.action,
        events.c.at,
        events.c.outcome,
        events.c.client_id,
        events.c.session_id,
        events.c.channel,
        events.c.data,
        sessions.c.device,
    )
    .select_from(
        events.outerjoin(
            sessions, (sessions.c.id == events.c.session_id) & (sessions.c.account_id == events.c.account_id)
        )
    )
    .where(is_shown_to_person, events.c.account_id == bindparam("of_account"), events.c.id < bindparam("before"))
    .order_by(events.c.id.desc())
    .limit(bindparam("rows", type_=Integer))
)
OF_PERSON_ONLY = OF_PERSON.where(events.c.action.in_(bindparam("actions", expanding=True)))
_FILTERS = {
    "actor_id": events.c.actor_id == bindparam("of_actor_id", type_=BigInteger),
    "account_id": events.c.account_id == bindparam("of_account_id", type_=BigInteger),
    "action": events.c.action == bindparam("of_action"),
    "client_id": events.c.client_id == bindparam("of_client_id"),
    "since": events.c.at >= bindparam("of_since", type_=BigInteger),
    "until": events.c.at < bindparam("of_until", type_=BigInteger),
}


_SEALED = select(audit_seals.c.sealed_at).order_by(audit_seals.c.id.desc()).limit(1)
_UNSEALED = select(events.c.at).where(events.c.id > SEALED_UP_TO.scalar_subquery()).order_by(events.c.id).limit(1)


class SqlEvents:
    """Implements `ports.Events`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def record(self, event: Event) -> None:
        """Write one event."""
        self._transaction.note(_RECORD, values_of(event))

    def record_all(self, happened: Sequence[Event]) -> None:
        """Write many in few statements."""
        rows = map(values_of, happened)
        _RECORD_ALL.write(self._transaction, [[row[column] for column in _COLUMNS] for row in rows])

    def of_person(
        self, account_id: int, *, before: int | None, limit: int, actions: Collection[str] | None = None
    ) -> Sequence[Logged]:
        """What happened to this person, newest first; `before` and `actions` narrow it."""
        if before is not None and not can_be_id(before):
            return []
        values = {"of_account": account_id, "before": before or LARGEST_ID, "rows": limit}
        if actions is None:
            rows = self._transaction.find_all(OF_PERSON, values)
        else:
            rows = self._transaction.find_all(OF_PERSON_ONLY, {**values, "actions": sorted(actions)})
        return [_logged(row) for row in rows]

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> Sequence[Recorded]:
        """What was written down, newest first."""
        if before is not None and not can_be_id(before):
            return []
        named = {f"of_{name}": value for name in _FILTERS if (value := getattr(wanted, name)) is not None}
        values = {**named, "before": before or LARGEST_ID, "rows": limit}
        rows = self._transaction.find_all(_search(*(name.removeprefix("of_") for name in named)), values)
        return [_recorded(row) for row in rows]

    def count(self, event: Event, source: str, times: int = 1) -> None:
        """Count an anonymous refusal or a usage per action, outcome, source and minute."""
        values = {
            "kind": event.kind.value,
            "action": event.action.value,
            "outcome": event.outcome,
            "source": source,
            "minute": event.at - event.at % 60,
            "times": times,
        }
        self._transaction.note(_COUNT, values)

    def last_sealed_at(self) -> Instant | None:
        """When the newest seal was made; None: nobody ever sealed the log."""
        row = self._transaction.find(_SEALED)
        return None if row is None else Instant(row.sealed_at)

    def unsealed_since(self) -> Instant | None:
        """When the oldest event happened that stands behind what is sealed; None: there is none."""
        row = self._transaction.find(_UNSEALED)
        return None if row is None else Instant(row.at)


def values_of(event: Event) -> dict[str, Any]:
    """The row of an event."""
    return {
        "kind": event.kind.value,
        "action": event.action.value,
        "at": event.at,
        "outcome": event.outcome,
        "account_id": event.account_id,
        "client_id": _text_or_none(event.client_id),
        "session_id": event.session_id,
        "channel": event.channel,
        "request_id": _text_or_none(event.request_id),
        "data": to_json(event.data).decode(),
        "actor_id": event.actor_id,
    }


def _logged(row: Row) -> Logged:
    return Logged(
        id=row.id,
        action=row.action,
        at=row.at,
        outcome=row.outcome,
        client_id=row.client_id,
        session_id=row.session_id,
        channel=row.channel,
        data=from_json(row.data),
        device=row.device,
    )


@cache
def _search(*names: str) -> Select[Any]:
    """The statement for these filters."""
    wanted = select(events).where(events.c.id < bindparam("before", type_=BigInteger))
    for name in names:
        wanted = wanted.where(_FILTERS[name])
    return wanted.order_by(events.c.id.desc()).limit(bindparam("rows", type_=Integer))


def _recorded(row: Row) -> Recorded:
    return Recorded(
        id=row.id,
        kind=row.kind,
        action=row.action,
        at=row.at,
        outcome=row.outcome,
        account_id=row.account_id,
        client_id=row.client_id,
        session_id=row.session_id,
        channel=row.channel,
        request_id=row.request_id,
        actor_id=row.actor_id,
        data=from_json(row.data),
    )


def _text_or_none(unverified: str | None) -> str | None:
    # A refusal is recorded even when the request named its client in characters that no client has.
    return unverified if unverified is not None and can_be_text(unverified) else None
