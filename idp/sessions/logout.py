"""What the apps of a session are promised when it ends (OpenID Connect Back-Channel Logout 1.0 §2.5).

Promised are claims: the token is signed when it leaves, by the key that is published then, and the address is the one
that is registered then.
"""

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.model.session import Session
from idp.ports import UnitOfWork

BACKCHANNEL_LOGOUT = "backchannel_logout"
"""The kind in the outbox; its payload is `client_id`, `sub`, `sid`, `jti`."""
SECONDS = 24 * 3600
"""How long an app that cannot be reached is tried; its own session should be over by then."""
_JTI_BYTES = 16


def promise(unit_of_work: UnitOfWork, session: Session, now: Instant) -> None:
    """One item for each app of the session that registered where it hears of the end."""
    for client_id in unit_of_work.sessions.client_ids(session.id):
        item_id = promise_to(unit_of_work, client_id, session, now)
        if item_id is not None:
            unit_of_work.sessions.note_logout(session.id, client_id, item_id)


def promise_to(unit_of_work: UnitOfWork, client_id: str, session: Session, now: Instant) -> int | None:
    """The item by which one app hears that it is over for it; None when it registered no address for that."""
    client = unit_of_work.clients.get(client_id)
    if client is None or client.backchannel_logout_uri is None:
        return None
    payload = {
        "client_id": client_id,
        "sub": unit_of_work.subjects.of(session.account_id, client.sector),
        "sid": session.sid,
        "jti": random_token(_JTI_BYTES),
    }
    lane = f"{BACKCHANNEL_LOGOUT} {client_id}"
    return unit_of_work.outbox.put(BACKCHANNEL_LOGOUT, payload, now, after(now, SECONDS), lane)
