"""Sessions: found by person, app and channel, those that live on in an app among them; ended one by one, or many at once."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from admin.operation import GUARDIANS, SECURITY, Desk, Effect, Gives, Operation, State, Takes
from admin.operations.people import person, record_look
from idp.errors import Refused
from idp.events import Action
from idp.model.account import AccountKind
from idp.model.session import Session, SessionFilter
from idp.sessions.end import end

MOST = 100
AT_ONCE = 500
"""Sessions that one decision ends; what is left is told, and ended by the next one."""


class Narrow(Takes):
    """Which sessions: of a person by their uid, that an app took part in, over a channel; nothing named: all."""

    person: str | None = Field(default=None, max_length=64)
    client_id: str | None = Field(default=None, max_length=255)
    channel: str | None = Field(default=None, max_length=64)


class SearchSessions(Narrow):
    """A page of them, the newest first; `before` is the `next` of the page before."""

    before: Annotated[int, Field(gt=0)] | None = None
    limit: Annotated[int, Field(gt=0, le=MOST)] = 50


class OneSession(Takes):
    """A session."""

    session_id: Annotated[int, Field(gt=0)]


class AppTold(Gives):
    """An app of a session that was ended, and whether it knows."""

    client_id: str
    told: str


class SessionTold(Gives):
    """A session; `apps` took part, `offline_apps` may go on while the person is away, also after its end.

    `told`: of an ended one, what its apps know of that (OpenID Connect Back-Channel Logout 1.0).
    """

    session_id: int
    person: str
    channel: str
    methods: tuple[str, ...]
    device: str | None
    auth_time: int
    last_seen_at: int
    ended_at: int | None
    apps: tuple[str, ...]
    offline_apps: tuple[str, ...]
    told: tuple[AppTold, ...]


class SessionList(Gives):
    """A page; `next` is the `before` of the next one, None: there is none."""

    sessions: list[SessionTold]
    next: int | None


class SessionEnded(Gives):
    """What became of it; `revoked` families of tokens died with it."""

    is_changed: bool
    revoked: int
    apps: tuple[AppTold, ...]


class SessionsEnded(Gives):
    """How many were ended, and whether some are left."""

    ended: int
    revoked: int
    is_complete: bool


def _search(desk: Desk, wanted: SearchSessions) -> SessionList:
    wanted_ones = _filter(desk, wanted)
    found = desk.unit_of_work.sessions.search(wanted_ones, desk.at, before=wanted.before, limit=wanted.limit)
    offline = desk.unit_of_work.authorizations.offline_of([each.id for each in found])
    if wanted.person is not None:  # where they were signed in is theirs: that somebody looked is, too
        record_look(desk, person(desk, wanted.person), Action.PERSON_VIEWED, what="sessions")
    else:
        record_look(desk, None, Action.SESSIONS_SEARCHED, app=wanted.client_id or "", rows=str(len(found)))
    following = found[-1].id if len(found) == wanted.limit else None
    return SessionList(sessions=[_told(desk, each, offline.get(each.id, ())) for each in found], next=following)


def _end(desk: Desk, wanted: OneSession) -> SessionEnded:
    session = desk.unit_of_work.sessions.get(wanted.session_id)
    if session is None or _is_of_work(desk, session):
        raise Refused("not_found", "There is no session with this number.", status=404)
    is_changed = end(desk.unit_of_work, session, desk.at)
    revoked = desk.unit_of_work.authorizations.revoke_of_session(session.id, desk.at)
    apps = _told_apps(desk, session.id)
    return SessionEnded(is_changed=is_changed or revoked > 0, revoked=revoked, apps=apps)


def _end_many(desk: Desk, wanted: Narrow) -> SessionsEnded:
    wanted_ones = _filter(desk, wanted)
    found = desk.unit_of_work.sessions.search(wanted_ones, desk.at, before=None, limit=AT_ONCE + 1)
    revoked = 0
    for session in found[:AT_ONCE]:
        end(desk.unit_of_work, session, desk.at)
        revoked += desk.unit_of_work.authorizations.revoke_of_session(session.id, desk.at)
    return SessionsEnded(ended=len(found[:AT_ONCE]), revoked=revoked, is_complete=len(found) <= AT_ONCE)


def _is_of_work(desk: Desk, session: Session) -> bool:
    """Nobody decides on an officer here (threat M07)."""
    account = desk.unit_of_work.accounts.get(session.account_id)
    return account is not None and account.kind is AccountKind.WORK


def _filter(desk: Desk, wanted: Narrow) -> SessionFilter:
    account_id = None if wanted.person is None else person(desk, wanted.person).id
    return SessionFilter(account_id=account_id, client_id=wanted.client_id, channel=wanted.channel)


def _told(desk: Desk, session: Session, offline: Sequence[str]) -> SessionTold:
    account = desk.unit_of_work.accounts.get(session.account_id)
    assert account is not None  # accounts are never deleted
    return SessionTold(
        session_id=session.id,
        person=account.uid,
        channel=session.channel,
        methods=tuple(map(str, session.methods)),
        device=session.device,
        auth_time=session.auth_time,
        last_seen_at=session.last_seen_at,
        ended_at=session.ended_at,
        apps=tuple(desk.unit_of_work.sessions.client_ids(session.id)),
        offline_apps=tuple(offline),
        told=() if session.ended_at is None else _told_apps(desk, session.id),
    )


def _told_apps(desk: Desk, session_id: int) -> tuple[AppTold, ...]:
    told = desk.unit_of_work.sessions.told(session_id)
    return tuple(AppTold(client_id=each.client_id, told=each.told) for each in told)


def _state(desk: Desk, wanted: OneSession) -> State | None:
    session = desk.unit_of_work.sessions.get(wanted.session_id)
    if session is None:
        return None
    offline = desk.unit_of_work.authorizations.offline_of([session.id])
    return {"ended": session.ended_at is not None, "offline": list(offline.get(session.id, ()))}


def _state_of_many(desk: Desk, wanted: Narrow) -> State:
    """How many there are; counted as far as one decision ends them."""
    found = desk.unit_of_work.sessions.search(_filter(desk, wanted), desk.at, before=None, limit=AT_ONCE + 1)
    return {"sessions": len(found) if len(found) <= AT_ONCE else f"more than {AT_ONCE}"}


SEARCH_SESSIONS = Operation(
    name="sessions.search",
    about="Sessions that run; of a person also those that ended and live on in an app.",
    method="GET",
    path="/sessions",
    takes=SearchSessions,
    gives=SessionList,
    does=SECURITY,
    run=_search,
    is_for_people=True,
)
END_SESSION = Operation(
    name="sessions.end",
    about="End a session with all that was opened in it, offline access among it; its apps are told.",
    method="POST",
    path="/sessions/{session_id}/end",
    takes=OneSession,
    gives=SessionEnded,
    does=SECURITY,
    run=_end,
    effect=Effect.CHANGE,
    state=_state,
)
END_SESSIONS = Operation(
    name="sessions.end_many",
    about=f"End all sessions that are meant, {AT_ONCE} at most at once; `dry_run` says how many there are.",
    method="POST",
    path="/sessions:end",
    takes=Narrow,
    gives=SessionsEnded,
    does=SECURITY,
    run=_end_many,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state_of_many,
    shows=("person", "client_id", "channel"),
)
OPERATIONS = (SEARCH_SESSIONS, END_SESSION, END_SESSIONS)
