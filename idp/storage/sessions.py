"""Single sign-on sessions in SQL, so that an end is an end for every process at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Clock, Instant
from idp.entropy import random_token
from idp.model.policy import Method
from idp.model.session import NewSession, Session
from idp.storage.tables import session_clients, sessions
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_SID_BYTES = 16

_of_session = sessions.c.id == bindparam("session_id")
_is_running = sessions.c.ended_at.is_(None)

_BEGIN = insert(sessions).returning(sessions)
_GET = select(sessions).where(_of_session)
_TOUCH = update(sessions).where(_of_session, _is_running)
_END = update(sessions).where(_of_session, _is_running)
_JOIN = insert(session_clients).on_conflict_do_nothing(
    index_elements=[session_clients.c.session_id, session_clients.c.client_id]
)
_CLIENT_IDS = (
    select(session_clients.c.client_id)
    .where(session_clients.c.session_id == bindparam("session_id"))
    .order_by(session_clients.c.id)
)


class SqlSessions:
    """Implements `ports.Sessions`."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    def begin(self, session: NewSession) -> Session:
        """Write a session; its `sid` is made here."""
        now = self._clock()
        values = {
            "sid": random_token(_SID_BYTES),
            "secret_digest": session.secret_digest,
            "account_id": session.account_id,
            "channel": session.channel,
            "methods": " ".join(session.methods),
            "auth_time": session.auth_time,
            "created_at": now,
            "last_seen_at": now,
            "expires_at": session.expires_at,
            "is_shared_device": session.is_shared_device,
        }
        row = self._transaction.write(_BEGIN, values)
        assert row is not None  # INSERT … RETURNING without ON CONFLICT
        return _session(row)

    def get(self, session_id: int) -> Session | None:
        """The session, ended or not."""
        row = self._transaction.find(_GET, {"session_id": session_id}) if can_be_id(session_id) else None
        return None if row is None else _session(row)

    def touch(self, session_id: int, at: Instant) -> None:
        """Note that it was used; a session that has ended stays as it was."""
        self._transaction.change(_TOUCH, {"session_id": session_id, "last_seen_at": at})

    def join(self, session_id: int, client_id: str, at: Instant) -> None:
        """Note that an app took part; once is enough."""
        values = {"session_id": session_id, "client_id": client_id, "joined_at": at}
        self._transaction.change(_JOIN, values)

    def client_ids(self, session_id: int) -> Sequence[str]:
        """The apps that took part, in the order in which they came."""
        return [row.client_id for row in self._transaction.find_all(_CLIENT_IDS, {"session_id": session_id})]

    def end(self, session_id: int, at: Instant) -> bool:
        """End it; False when it had ended before."""
        return self._transaction.change(_END, {"session_id": session_id, "ended_at": at}) == 1


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        sid=row.sid,
        secret_digest=row.secret_digest,
        account_id=row.account_id,
        channel=row.channel,
        methods=tuple(Method(method) for method in row.methods.split()),
        auth_time=row.auth_time,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        is_shared_device=row.is_shared_device,
    )
