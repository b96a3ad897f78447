"""Begin a single sign-on session: always a new one with a new secret, the browser's old one ends (threat F01)."""

import hashlib
from dataclasses import dataclass

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.events import Action, Event, Kind
from idp.model.channel import Channel
from idp.model.policy import Method
from idp.model.session import NewSession, Session
from idp.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A proof that was just given."""

    account_id: int
    methods: tuple[Method, ...]
    channel: Channel
    is_shared_device: bool
    at: Instant


def begin(unit_of_work: UnitOfWork, sign_in: SignIn, replaces: Session | None) -> tuple[Session, str]:
    """The session and the cookie value that opens it."""
    if replaces is not None:
        unit_of_work.sessions.end(replaces.id, sign_in.at)
    secret = random_token()
    session = unit_of_work.sessions.begin(
        NewSession(
            secret_digest=digest_of(secret),
            account_id=sign_in.account_id,
            channel=sign_in.channel.name,
            methods=sign_in.methods,
            auth_time=sign_in.at,
            expires_at=after(sign_in.at, sign_in.channel.session_seconds),
            is_shared_device=sign_in.is_shared_device,
        )
    )
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.SIGNED_IN,
            at=sign_in.at,
            account_id=sign_in.account_id,
            session_id=session.id,
            channel=sign_in.channel.name,
            data={"amr": [str(method) for method in sign_in.methods]},
        )
    )
    return session, f"{session.id}.{secret}"


def digest_of(secret: str) -> bytes:
    """How the secret of a session cookie is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
