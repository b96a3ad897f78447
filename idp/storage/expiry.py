"""What has ended is deleted by ranges of ids, beginning with the oldest.

A step reads the next rows at the low end of the primary key, and deletes among them in one short transaction: no index
on a moment is needed, and no table is searched (docs/decisions/0013).

Nothing is locked before it is deleted; each DELETE asks again whether the row has ended, on both databases as of the
moment in which it goes. So several workers may do it at once, and whoever is cut off leaves the rest to the others.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
)

from idp.model.expiry import Batch, Cutoff, Perishable
from idp.storage.database import Database
from idp.storage.tables import (
    access_tokens,
    authorizations,
    guesses,
    kept_answers,
    known_devices,
    known_networks,
    outbox,
    recoveries,
    revoked_jwts,
    session_clients,
    sessions,
    slips,
)
from idp.storage.transaction import Transaction

_ended = bindparam("ended", type_=BigInteger)
_begun = bindparam("begun", type_=BigInteger)
_rested = bindparam("rested", type_=BigInteger)
_after_id = bindparam("after_id", type_=BigInteger)
_last_id = bindparam("last_id", type_=BigInteger)


def _none(rows: Select[Any]) -> ColumnElement[bool]:
    return rows.limit(1).scalar_subquery().is_(None)


_is_offline = (" " + authorizations.c.scope + " ").like("% offline_access %")
# What lies in another table is asked for row by row. PostgreSQL turns EXISTS and IN into joins, or into one search of the
# whole other table, whenever it misjudges how few rows are asked about.
_session_end = case((sessions.c.ended_at < sessions.c.expires_at, sessions.c.ended_at), else_=sessions.c.expires_at)
_end_of_its_session = select(_session_end).where(sessions.c.id == authorizations.c.session_id).scalar_subquery()
_session_is_over = and_(
    _session_end <= _ended,
    _none(select(authorizations.c.id).where(authorizations.c.session_id == sessions.c.id)),
)
# Dead in every way that `oauth/grants/refresh_token` knows, and for as long as the cutoff says: no token of it can work
# again. Its `origin` has to outlive the code, which exists for a minute; access tokens of it live for an hour at most.
_family_is_over = or_(
    authorizations.c.revoked_at <= _ended,
    authorizations.c.created_at <= _begun,
    func.coalesce(authorizations.c.refreshed_at, authorizations.c.created_at) <= _rested,
    and_(~_is_offline, _end_of_its_session <= _ended),
)
_of_session_that_is_over = (
    select(sessions.c.id)
    .where(sessions.c.id == session_clients.c.session_id, _session_is_over)
    .scalar_subquery()
    .is_not(None)
)


@dataclass(frozen=True)
class Steps:
    """The statements for one table.

    Attributes:
        look: how many rows come next, which is the last of them, how many have ended, and the latest moment.
        deletes: from what depends on the rows to the rows themselves.
    """

    look: Select[int, Any, int, Any]
    deletes: tuple[Delete, ...]


def _look(table: Table, is_over: ColumnElement[bool], grows: ColumnElement[int]) -> Select[int, Any, int, Any]:
    """`grows` is a moment that grows with the id, and is never later than the row's end."""
    rows = (
        select(table.c.id, is_over.label("is_over"), grows.label("moment"))
        .where(table.c.id > _after_id)
        .order_by(table.c.id)
        .limit(bindparam("rows", type_=BigInteger))
        .subquery()
    )
    return select(
        func.count().label("found"),
        func.max(rows.c.id).label("last_id"),
        func.count().filter(rows.c.is_over).label("over"),
        func.max(rows.c.moment).label("latest"),
    ).select_from(rows)


def _in_range(table: Table) -> ColumnElement[bool]:
    """Without the last row that was looked at: it is the first of the next step, or the newest of all, which stays.

    SQLite gives the number of a deleted newest row to the next one, and the event log would then tell of another session.
    """
    return and_(table.c.id > _after_id, table.c.id < _last_id)


def _steps(table: Table, is_over: ColumnElement[bool], grows: ColumnElement[int]) -> Steps:
    return Steps(_look(table, is_over, grows), (delete(table).where(_in_range(table), is_over),))


STEPS = {
    Perishable.ACCESS_TOKENS: _steps(access_tokens, access_tokens.c.expires_at <= _ended, access_tokens.c.expires_at),
    Perishable.REVOKED_JWTS: _steps(revoked_jwts, revoked_jwts.c.expires_at <= _ended, revoked_jwts.c.expires_at),
    Perishable.GUESSES: _steps(guesses, guesses.c.last_at <= _ended, literal(0)),  # their moments do not grow with ids
    Perishable.KNOWN_DEVICES: _steps(
        known_devices, known_devices.c.last_seen_at <= _ended, known_devices.c.first_seen_at
    ),
    Perishable.KNOWN_NETWORKS: _steps(known_networks, known_networks.c.seen_at <= _ended, known_networks.c.created_at),
    Perishable.OUTBOX: _steps(outbox, outbox.c.finished_at <= _ended, outbox.c.created_at),
    Perishable.SLIPS: _steps(slips, slips.c.expires_at <= _ended, slips.c.issued_at),
    Perishable.RECOVERIES: _steps(recoveries, recoveries.c.ended_at <= _ended, recoveries.c.opened_at),
    Perishable.KEPT_ANSWERS: _steps(kept_answers, kept_answers.c.answered_at <= _ended, kept_answers.c.answered_at),
    Perishable.AUTHORIZATIONS: _steps(authorizations, _family_is_over, authorizations.c.created_at),
    Perishable.SESSIONS: Steps(
        _look(sessions, _session_is_over, sessions.c.created_at),
        (
            delete(session_clients).where(
                session_clients.c.session_id > _after_id,
                session_clients.c.session_id < _last_id,
                _of_session_that_is_over,
            ),
            # A session whose last family went since the line above comes next time.
            delete(sessions).where(
                _in_range(sessions),
                _session_is_over,
                _none(select(session_clients.c.id).where(session_clients.c.session_id == sessions.c.id)),
            ),
        ),
    ),
}


class SqlExpiry:
    """Implements `ports.Expiry`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def delete(self, perishable: Perishable, cutoff: Cutoff, *, after_id: int, rows: int) -> Batch:
        """Look at so many rows (at least two) after this id, and delete those that ended by the cutoff."""
        steps = STEPS[perishable]
        moments = {"ended": cutoff.ended, "begun": cutoff.begun, "rested": cutoff.rested}
        transaction = Transaction(self._database)
        seen = transaction.find(steps.look, {**moments, "after_id": after_id, "rows": rows})
        assert seen is not None  # counts always give a row
        if seen.found == 0:
            return Batch(0, after_id, is_last=True)
        deleted = 0
        if seen.over:  # where nothing has ended, nobody is kept from writing
            range_ = {**moments, "after_id": after_id, "last_id": seen.last_id}
            deleted = _delete(transaction, steps, range_)
        return Batch(deleted, seen.last_id - 1, is_last=seen.found < rows or seen.latest > cutoff.ended)


def _delete(transaction: Transaction, steps: Steps, range_: dict[str, int]) -> int:
    deleted = 0
    try:
        for statement in steps.deletes:
            deleted = transaction.change(statement, range_)
        transaction.commit()
    finally:
        transaction.roll_back()
    return deleted
