"""Find the living session behind a cookie."""

import hmac
from collections.abc import Callable, Mapping
from typing import TypeVar

from idp.clock import Instant, after
from idp.model import numbered_secret
from idp.model.account import AccountStatus
from idp.model.channel import Channel
from idp.model.client import Client
from idp.model.session import Visitor, VisitorAtClient
from idp.ports import UnitOfWork
from idp.sessions.living import is_alive

TOUCH_SECONDS = 60
"""How coarsely the last use is noted: one write a minute at most."""


S = TypeVar("S", bound=Visitor)


def resume(
    unit_of_work: UnitOfWork, unverified_cookie: str | None, channels: Mapping[str, Channel], now: Instant
) -> Visitor | None:
    """The session, if it was not ended, is not too old or too long unused, and its person may sign in."""
    return _resumed(unit_of_work, unverified_cookie, unit_of_work.sessions.visitor, channels, now)


def look(
    unit_of_work: UnitOfWork, unverified_cookie: str | None, channels: Mapping[str, Channel], now: Instant
) -> Visitor | None:
    """The same, and it does not count as a use: a page that looks by itself keeps no session alive."""
    found = _by_cookie(unit_of_work.sessions.visitor, unverified_cookie or "")
    return found if found is not None and _may_go_on(found, channels, now) else None


def resume_at(
    client: Client,
    unit_of_work: UnitOfWork,
    unverified_cookie: str | None,
    channels: Mapping[str, Channel],
    now: Instant,
) -> VisitorAtClient | None:
    """The same, with what lies between the person and this client."""

    def find(session_id: int) -> VisitorAtClient | None:
        return unit_of_work.sessions.visitor_at(session_id, client)

    return _resumed(unit_of_work, unverified_cookie, find, channels, now)


def _resumed(
    unit_of_work: UnitOfWork,
    unverified_cookie: str | None,
    find: Callable[[int], S | None],
    channels: Mapping[str, Channel],
    now: Instant,
) -> S | None:
    found = _by_cookie(find, unverified_cookie or "")
    if found is None or not _may_go_on(found, channels, now):
        return None
    if now >= after(found.session.last_seen_at, TOUCH_SECONDS):
        unit_of_work.sessions.touch(found.session.id, now)
        unit_of_work.commit()
    return found


def _may_go_on(found: Visitor, channels: Mapping[str, Channel], now: Instant) -> bool:
    account = found.account
    is_persons = account.status is AccountStatus.ACTIVE and account.counts(found.session.auth_time)
    return is_persons and is_alive(found.session, channels, now)


def _by_cookie(find: Callable[[int], S | None], unverified_cookie: str) -> S | None:
    presented = numbered_secret.read(unverified_cookie)
    if presented is None:
        return None
    session_id, secret = presented
    found = find(session_id)
    if found is None or not hmac.compare_digest(found.session.secret_digest, numbered_secret.digest_of(secret)):
        return None
    return found
