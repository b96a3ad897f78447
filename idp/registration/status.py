"""Stop an app at once, and let it go on; nothing of it is deleted, since a `sub` stays for ever."""

from collections.abc import Sequence
from dataclasses import replace

from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.model.client import OWN_CLIENTS, Client, ClientStatus
from idp.ports import UnitOfWork

_ACTION = {ClientStatus.DISABLED: Action.CLIENT_DISABLED, ClientStatus.ACTIVE: Action.CLIENT_ENABLED}


def disable(unit_of_work: UnitOfWork, client_id: str, at: Instant) -> bool:
    """From the commit on, every process refuses the client; False when it was disabled. Raises as `find` does."""
    return _set(unit_of_work, client_id, ClientStatus.DISABLED, at)


def enable(unit_of_work: UnitOfWork, client_id: str, at: Instant) -> bool:
    """Take `disable` back; False when it was active. Raises as `find` does."""
    return _set(unit_of_work, client_id, ClientStatus.ACTIVE, at)


def registered(unit_of_work: UnitOfWork) -> Sequence[Client]:
    """Every app that somebody registered, by client_id; pages of ours are none."""
    return [client for client in unit_of_work.clients.all() if client.client_id not in OWN_CLIENTS]


def find(unit_of_work: UnitOfWork, client_id: str) -> Client:
    """The app that somebody registered; raises `Refused("not_found", …)`."""
    client = None if client_id in OWN_CLIENTS else unit_of_work.clients.get(client_id)
    if client is None:
        raise Refused("not_found", "There is no client with this client_id; `idp client list` names all.", status=404)
    return client


def _set(unit_of_work: UnitOfWork, client_id: str, status: ClientStatus, at: Instant) -> bool:
    unit_of_work.clients.hold()
    client = find(unit_of_work, client_id)
    if client.status is status:
        return False
    unit_of_work.clients.save(replace(client, status=status), at)
    event = Event(kind=Kind.AUDIT, action=_ACTION[status], at=at, client_id=client_id, channel=client.channel)
    unit_of_work.events.record(event)
    return True
