"""Where the apps of a session hear of its end in the person's own browser (OpenID Connect Front-Channel Logout 1.0)."""

from collections.abc import Iterable
from urllib.parse import urlencode

from idp.model.client import Client
from idp.model.session import Session
from idp.ports import UnitOfWork


def addresses_of(unit_of_work: UnitOfWork, session: Session, issuer: str) -> tuple[str, ...]:
    """The addresses for all apps that took part in a session that ended, in the order in which they came."""
    found = (unit_of_work.clients.get(client_id) for client_id in unit_of_work.sessions.client_ids(session.id))
    return addresses((client for client in found if client is not None), issuer, session.sid)


def addresses(clients: Iterable[Client], issuer: str, sid: str) -> tuple[str, ...]:
    """The address of each that registered one, with `iss` and `sid` beside what was registered (§2, §3).

    Both always: an app that does not need them passes over them, and one that reads them knows that it is meant.
    """
    told = urlencode({"iss": issuer, "sid": sid})
    registered = (client.frontchannel_logout_uri for client in clients)
    return tuple(f"{uri}{'&' if '?' in uri else '?'}{told}" for uri in registered if uri is not None)
