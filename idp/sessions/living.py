"""Which sessions are alive: what a person sees as the devices on which they are signed in."""

from collections.abc import Mapping

from idp.clock import Instant, after
from idp.model.channel import Channel
from idp.model.session import Session
from idp.ports import UnitOfWork


def is_alive(session: Session, channels: Mapping[str, Channel], now: Instant) -> bool:
    """Whether it was not ended, is not too old and was used not too long ago."""
    channel = channels.get(session.channel)
    if session.ended_at is not None or now >= session.expires_at or channel is None:
        return False
    return now < after(session.last_seen_at, channel.idle_seconds)


def living_of(
    unit_of_work: UnitOfWork, account_id: int, channels: Mapping[str, Channel], now: Instant
) -> list[Session]:
    """The person's living sessions, the one used last first."""
    return [session for session in unit_of_work.sessions.running(account_id, now) if is_alive(session, channels, now)]
