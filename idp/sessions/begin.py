"""Begin a single sign-on session, or renew the person's own: always with a new secret, so that the old cookie is dead.

A secret that somebody planted before the sign-in opens nothing after it (threat F01).
"""

from dataclasses import dataclass

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.events import Action, Event, Kind
from idp.model import numbered_secret
from idp.model.channel import Channel
from idp.model.policy import Method
from idp.model.session import NewSession, Session
from idp.policy.risk import NOTHING_UNUSUAL, Risk
from idp.ports import UnitOfWork
from idp.sessions.end import end


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A proof that was just given.

    Attributes:
        risk: what was unusual about it; it is written down, and decides nothing.
    """

    account_id: int
    methods: tuple[Method, ...]
    channel: Channel
    is_shared_device: bool
    at: Instant
    device: str | None = None
    risk: Risk = NOTHING_UNUSUAL


def begin(unit_of_work: UnitOfWork, sign_in: SignIn, replaces: Session | None) -> tuple[Session, str]:
    """The session and the cookie value that opens it.

    Who signs in again on the same browser keeps the session: its apps, their refresh tokens and the `sid` they know
    live on. The session of another person, or of another channel, is ended, and its apps are told.
    """
    secret = random_token()
    new = NewSession(
        secret_digest=numbered_secret.digest_of(secret),
        account_id=sign_in.account_id,
        channel=sign_in.channel.name,
        methods=sign_in.methods,
        auth_time=sign_in.at,
        expires_at=after(sign_in.at, sign_in.channel.session_seconds),
        is_shared_device=sign_in.is_shared_device,
        device=sign_in.device,
    )
    session = _renewed(unit_of_work, replaces, new) or unit_of_work.sessions.begin(new)
    _record(unit_of_work, session, sign_in.at, sign_in.risk)
    return session, numbered_secret.write(session.id, secret)


def strengthen(unit_of_work: UnitOfWork, session: Session, method: Method, at: Instant) -> tuple[Session, str] | None:
    """The same session with one proof more, under a new secret; None: it ended, or changed hands, meanwhile.

    Then nothing begins in its place: one proof of two would be passed off as both. When the person signed in stays what it
    was, and so does the end: the older of two proofs says how fresh they are.
    """
    secret = random_token()
    methods = (*(known for known in session.methods if known is not method), method)
    new = NewSession(
        secret_digest=numbered_secret.digest_of(secret),
        account_id=session.account_id,
        channel=session.channel,
        methods=methods,
        auth_time=session.auth_time,
        expires_at=session.expires_at,
        is_shared_device=session.is_shared_device,
        device=session.device,
    )
    renewed = unit_of_work.sessions.renew(session, new)
    if renewed is None:
        return None
    _record(unit_of_work, renewed, at)
    return renewed, numbered_secret.write(renewed.id, secret)


def _record(unit_of_work: UnitOfWork, session: Session, at: Instant, risk: Risk = NOTHING_UNUSUAL) -> None:
    unusual: dict[str, int | list[str]] = {}
    if risk.reasons:
        unusual = {"risk": [reason.value for reason in risk.reasons], "risk_score": risk.score}
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.SIGNED_IN,
            at=at,
            account_id=session.account_id,
            session_id=session.id,
            channel=session.channel,
            data={"amr": [str(method) for method in session.methods], **told_device(session.device), **unusual},
        )
    )


def told_device(device: str | None) -> dict[str, str]:
    """The device as events tell it: the session that knows it may be gone before the log is."""
    return {} if device is None else {"device": device}


def _renewed(unit_of_work: UnitOfWork, known: Session | None, new: NewSession) -> Session | None:
    """The person's own session with the new sign-in in it; None where a new one must begin."""
    if known is None:
        return None
    if (known.account_id, known.channel) == (new.account_id, new.channel):
        return unit_of_work.sessions.renew(known, new)
    end(unit_of_work, known, new.auth_time)
    return None
