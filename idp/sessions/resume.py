"""Find the living session behind a cookie."""

import hmac
from collections.abc import Mapping

from idp.clock import Instant, after
from idp.model import numbered_secret
from idp.model.account import AccountStatus
from idp.model.channel import Channel
from idp.model.session import Session
from idp.ports import UnitOfWork

TOUCH_SECONDS = 60
"""How coarsely the last use is noted: one write a minute at most."""


def resume(
    unit_of_work: UnitOfWork, unverified_cookie: str | None, channels: Mapping[str, Channel], now: Instant
) -> Session | None:
    """The session, if it was not ended, is not too old or too long unused, and its person may sign in."""
    session = _by_cookie(unit_of_work, unverified_cookie or "")
    if session is None or session.ended_at is not None or now >= session.expires_at:
        return None
    channel = channels.get(session.channel)
    if channel is None or now >= after(session.last_seen_at, channel.idle_seconds):
        return None
    account = unit_of_work.accounts.get(session.account_id)
    if account is None or account.status is not AccountStatus.ACTIVE:
        return None
    if now >= after(session.last_seen_at, TOUCH_SECONDS):
        unit_of_work.sessions.touch(session.id, now)
        unit_of_work.commit()
    return session


def _by_cookie(unit_of_work: UnitOfWork, unverified_cookie: str) -> Session | None:
    presented = numbered_secret.read(unverified_cookie)
    if presented is None:
        return None
    session_id, secret = presented
    session = unit_of_work.sessions.get(session_id)
    if session is None or not hmac.compare_digest(session.secret_digest, numbered_secret.digest_of(secret)):
        return None
    return session
