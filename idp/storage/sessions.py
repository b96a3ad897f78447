"""Single sign-on sessions in SQL, so that an end is an end for every process at once."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Integer, Select, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Clock, Instant
from idp.entropy import random_token
from idp.model.client import Client
from idp.model.policy import Method
from idp.model.session import NewSession, Session, SessionFilter, Told, ToldClient, Visitor, VisitorAtClient
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.authorizations import is_alive, is_offline
from idp.storage.consents import ANSWER, consent_of
from idp.storage.statements import Row
from idp.storage.tables import (
    accounts,
    appointments,
    authorizations,
    consents,
    outbox,
    session_clients,
    sessions,
    subjects,
)
from idp.storage.transaction import Transaction
from idp.storage.unverified import LARGEST_ID, can_be_id

_SID_BYTES = 16

_of_session = sessions.c.id == bindparam("session_id")
_is_running = sessions.c.ended_at.is_(None)

_BEGIN = insert(sessions).returning(sessions)
_GET = select(sessions).where(_of_session)
_UNENDED = select(sessions).where(sessions.c.account_id == bindparam("account_id"), _is_running).order_by(sessions.c.id)
_WITH_PERSON = sessions.join(accounts, accounts.c.id == sessions.c.account_id)
_SESSION_COLUMNS = [column for column in sessions.c if column.name != "account_id"]
_VISITOR = select(*_SESSION_COLUMNS, *ACCOUNT_COLUMNS).select_from(_WITH_PERSON).where(_of_session)
_of_client: BindParameter[str] = bindparam("client_id")
_VISITOR_AT = (
    select(
        *_SESSION_COLUMNS,
        *ACCOUNT_COLUMNS,
        subjects.c.sub,
        *ANSWER,
        session_clients.c.id.label("part"),
    )
    .select_from(
        _WITH_PERSON.outerjoin(
            subjects, (subjects.c.account_id == sessions.c.account_id) & (subjects.c.sector == bindparam("sector"))
        )
        .outerjoin(consents, (consents.c.account_id == sessions.c.account_id) & (consents.c.client_id == _of_client))
        .outerjoin(
            session_clients,
            (session_clients.c.session_id == sessions.c.id) & (session_clients.c.client_id == _of_client),
        )
    )
    .where(_of_session)
)
_RENEW = (
    update(sessions)
    .where(_of_session, _is_running, sessions.c.secret_digest == bindparam("known_digest"))
    .returning(sessions)
)
_RUNNING = (
    select(sessions)
    .where(sessions.c.account_id == bindparam("of_account"), _is_running, sessions.c.expires_at > bindparam("now"))
    .order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
)
# Every work account was made for a role (`appointments`, a small table): whoever looks for sessions is shown people's alone.
_IS_OF_PEOPLE = sessions.c.account_id.not_in(select(appointments.c.account_id))
_LIVES_ON = (
    select(authorizations.c.id).where(authorizations.c.session_id == sessions.c.id, is_alive, is_offline).exists()
)
_TOUCH = update(sessions).where(_of_session, _is_running)
_HOLD = update(sessions).where(_of_session, _is_running).values(channel=sessions.c.channel)
_END = update(sessions).where(_of_session, _is_running)
_JOIN = insert(session_clients).on_conflict_do_nothing(
    index_elements=[session_clients.c.session_id, session_clients.c.client_id]
)
_LEAVE = delete(session_clients).where(
    session_clients.c.session_id == bindparam("of_session_id"), session_clients.c.client_id == bindparam("of_client_id")
)
_CLIENT_IDS = (
    select(session_clients.c.client_id)
    .where(session_clients.c.session_id == bindparam("session_id"))
    .order_by(session_clients.c.id)
)

_NOTE_LOGOUT = (
    update(session_clients)
    .where(
        session_clients.c.session_id == bindparam("of_session_id"),
        session_clients.c.client_id == bindparam("of_client_id"),
    )
    .values(logout_id=bindparam("item_id"))
)
_TOLD = (
    select(session_clients.c.client_id, session_clients.c.logout_id, outbox.c.outcome, outbox.c.reason)
    .select_from(session_clients)
    .outerjoin(outbox, outbox.c.id == session_clients.c.logout_id)
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
        values = {"sid": random_token(_SID_BYTES), "account_id": session.account_id, "channel": session.channel}
        row = self._transaction.write(_BEGIN, {**values, **_sign_in(session, now), "created_at": now})
        assert row is not None  # INSERT … RETURNING without ON CONFLICT
        return session_of(row)

    def renew(self, known: Session, renewed: NewSession) -> Session | None:
        """A new secret and a new sign-in in the same row; None: it ended or was renewed meanwhile.

        Of two tabs in which a person signs in again at once, one renews; the other begins a session of its own, so
        that the cookie of neither is worthless.
        """
        values = {"session_id": known.id, "known_digest": known.secret_digest, **_sign_in(renewed, self._clock())}
        row = self._transaction.write(_RENEW, values)
        return None if row is None else session_of(row)

    def get(self, session_id: int) -> Session | None:
        """The session, ended or not."""
        row = self._transaction.find(_GET, {"session_id": session_id}) if can_be_id(session_id) else None
        return None if row is None else session_of(row)

    def unended(self, account_id: int) -> Sequence[Session]:
        """The person's sessions that nobody ended, run out or not; the oldest first."""
        return [session_of(row) for row in self._transaction.find_all(_UNENDED, {"account_id": account_id})]

    def visitor(self, session_id: int) -> Visitor | None:
        """The session, ended or not, and its person."""
        row = self._transaction.find(_VISITOR, {"session_id": session_id}) if can_be_id(session_id) else None
        return None if row is None else Visitor(session=session_of(row), account=account_of(row))

    def visitor_at(self, session_id: int, client: Client) -> VisitorAtClient | None:
        """The same, and what lies between the person and this client; one statement for a whole decision."""
        key = {"session_id": session_id, "client_id": client.client_id, "sector": client.sector}
        row = self._transaction.find(_VISITOR_AT, key) if can_be_id(session_id) else None
        if row is None:
            return None
        return VisitorAtClient(
            session=session_of(row),
            account=account_of(row),
            sub=row.sub,
            consent=None if row.given_at is None else consent_of(row, row.account_id, client.client_id),
            takes_part=row.part is not None,
        )

    def running(self, account_id: int, now: Instant) -> Sequence[Session]:
        """The person's sessions that were not ended and have not run out, the one used last first."""
        rows = self._transaction.find_all(_RUNNING, {"of_account": account_id, "now": now})
        return [session_of(row) for row in rows]

    def search(self, wanted: SessionFilter, now: Instant, *, before: int | None, limit: int) -> Sequence[Session]:
        """Those that run, the newest first; of a person also those that live on in an app."""
        if before is not None and not can_be_id(before):
            return []
        named = {"of_account": wanted.account_id, "of_client": wanted.client_id, "of_channel": wanted.channel}
        statement = _search(
            by_person=wanted.account_id is not None,
            by_app=wanted.client_id is not None,
            by_channel=wanted.channel is not None,
        )
        values = {name: value for name, value in named.items() if value is not None}
        asked = {**values, "now": now, "before": before or LARGEST_ID, "rows": limit}
        return [session_of(row) for row in self._transaction.find_all(statement, asked)]

    def touch(self, session_id: int, at: Instant) -> None:
        """Note that it was used; a session that has ended stays as it was."""
        self._transaction.note(_TOUCH, {"session_id": session_id, "last_seen_at": at})

    def hold(self, session_id: int) -> bool:
        """Lock it for this transaction; False: it has ended."""
        return self._transaction.change(_HOLD, {"session_id": session_id}) == 1

    def join(self, session_id: int, client_id: str, at: Instant) -> None:
        """Note that an app took part; once is enough."""
        values = {"session_id": session_id, "client_id": client_id, "joined_at": at}
        self._transaction.note(_JOIN, values)

    def leave(self, session_id: int, client_id: str) -> None:
        """Note that an app takes part no more; when it comes again, it joins again."""
        self._transaction.change(_LEAVE, {"of_session_id": session_id, "of_client_id": client_id})

    def client_ids(self, session_id: int) -> Sequence[str]:
        """The apps that took part, in the order in which they came."""
        return [row.client_id for row in self._transaction.find_all(_CLIENT_IDS, {"session_id": session_id})]

    def note_logout(self, session_id: int, client_id: str, item_id: int) -> None:
        """Remember by which item of the outbox the app hears of the end."""
        values = {"of_session_id": session_id, "of_client_id": client_id, "item_id": item_id}
        self._transaction.note(_NOTE_LOGOUT, values)

    def told(self, session_id: int) -> Sequence[ToldClient]:
        """The apps that took part, and what they know, in the order in which they came."""
        rows = self._transaction.find_all(_TOLD, {"session_id": session_id})
        return [ToldClient(row.client_id, _told(row)) for row in rows]

    def end(self, session_id: int, at: Instant) -> bool:
        """End it; False when it had ended before."""
        return self._transaction.change(_END, {"session_id": session_id, "ended_at": at}) == 1


@cache
def _search(*, by_person: bool, by_app: bool, by_channel: bool) -> Select[Any]:
    """One of eight statements."""
    is_open = and_(_is_running, sessions.c.expires_at > bindparam("now", type_=BigInteger))
    wanted = select(sessions).where(sessions.c.id < bindparam("before", type_=BigInteger), _IS_OF_PEOPLE)
    if by_person:
        is_persons = sessions.c.account_id == bindparam("of_account", type_=BigInteger)
        wanted = wanted.where(is_persons, or_(is_open, _LIVES_ON))
    else:
        wanted = wanted.where(is_open)
    if by_app:
        took_part = select(session_clients.c.id).where(
            session_clients.c.session_id == sessions.c.id, session_clients.c.client_id == bindparam("of_client")
        )
        wanted = wanted.where(took_part.exists())
    if by_channel:
        wanted = wanted.where(sessions.c.channel == bindparam("of_channel"))
    return wanted.order_by(sessions.c.id.desc()).limit(bindparam("rows", type_=Integer))


def _sign_in(session: NewSession, now: Instant) -> dict[str, Any]:
    """What a sign-in decides about a session, whether it begins or renews it."""
    return {
        "secret_digest": session.secret_digest,
        "methods": " ".join(session.methods),
        "auth_time": session.auth_time,
        "last_seen_at": now,
        "expires_at": session.expires_at,
        "is_shared_device": session.is_shared_device,
        "device": session.device,
    }


def _told(row: Row) -> Told:
    if row.logout_id is None:
        return Told.NOT_TOLD
    if row.outcome == "done":
        return Told.HEARD
    return Told.ON_ITS_WAY if row.outcome is None and row.reason is None else Told.NOT_REACHED


def session_of(row: Row) -> Session:
    """A row of sessions as a value."""
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
        device=row.device,
    )
