"""Apps: registered, changed, stopped and let go on."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field
from pydantic_core import to_json

from admin.operation import (
    ANY_OFFICER,
    GUARDIANS,
    SECURITY,
    Desk,
    Effect,
    Gives,
    Nothing,
    Operation,
    State,
    Takes,
)
from idp.errors import Refused
from idp.model.client import OWN_CLIENTS, Client
from idp.registration import elsewhere, status
from idp.registration.register import Change, Permission, register


class OneClient(Takes):
    """An app."""

    client_id: str = Field(max_length=255)


class SaveClient(OneClient):
    """Its registration, whole: members that are not named take their default, but for the secret, which stays."""

    metadata: dict[str, Any]
    keep_old_secret: bool = False
    change_sector: bool = False


class SaveClients(Takes):
    """Several registrations: all of them, or none."""

    clients: list[dict[str, Any]] = Field(max_length=10_000)
    keep_old_secret: bool = False
    change_sector: bool = False


class ClientSummary(Gives):
    """An app in a list; `api_role` is the role in which it calls this API by itself."""

    client_id: str
    client_name: str
    channel: str
    profile: str
    status: str
    grant_types: tuple[str, ...]
    token_endpoint_auth_method: str
    api_role: str | None


class ClientList(Gives):
    """Every app, by client_id."""

    clients: list[ClientSummary]


class ClientTold(Gives):
    """All that is known of an app; `metadata` is what registers it again, without its secret."""

    metadata: dict[str, Any]
    status: str
    sector: str
    valid_secrets: int
    is_sandbox: bool
    registered_at: int | None
    changed_at: int | None


class SavedClient(Gives):
    """What became of one registration."""

    client_id: str
    outcome: str
    members: tuple[str, ...]


class SavedClients(Gives):
    """What became of each."""

    clients: list[SavedClient]


def _list(desk: Desk, wanted: Nothing) -> ClientList:
    del wanted
    names = ClientSummary.model_fields
    found = status.registered(desk.unit_of_work)
    return ClientList(clients=[ClientSummary(**{name: getattr(each, name) for name in names}) for each in found])


def _show(desk: Desk, wanted: OneClient) -> ClientTold:
    found = status.find(desk.unit_of_work, wanted.client_id)
    first, last = desk.unit_of_work.clients.saved_at(wanted.client_id) or (None, None)
    return ClientTold(
        metadata=_metadata(desk, found),
        status=found.status,
        sector=found.sector,
        valid_secrets=len(found.secret_digests),
        is_sandbox=found.is_sandbox,
        registered_at=first,
        changed_at=last,
    )


def _save(desk: Desk, wanted: SaveClient) -> SavedClients:
    entry = {"client_id": wanted.client_id, **wanted.metadata}
    if entry["client_id"] != wanted.client_id:
        raise Refused("invalid_request", "metadata.client_id: is another one than that of the path.")
    permission = Permission(changes_sector=wanted.change_sector, keeps_old_secret=wanted.keep_old_secret)
    known = desk.unit_of_work.clients.get(wanted.client_id)
    return _saved(desk, [entry], permission, {} if known is None else {known.client_id: known})


def _save_all(desk: Desk, wanted: SaveClients) -> SavedClients:
    permission = Permission(changes_sector=wanted.change_sector, keeps_old_secret=wanted.keep_old_secret)
    return _saved(desk, wanted.clients, permission)


def _saved(
    desk: Desk, entries: Sequence[object], permission: Permission, known: Mapping[str, Client] | None = None
) -> SavedClients:
    clients = _accepted(desk, desk.services.registrations.read(entries, known))
    return SavedClients(clients=[_told(each) for each in register(desk.unit_of_work, clients, desk.at, permission)])


def _accepted(desk: Desk, clients: Sequence[Client]) -> Sequence[Client]:
    """The clients, once what they name elsewhere was fetched and found in order: all of it before anything is written."""
    unit_of_work, fetcher = desk.unit_of_work, desk.services.fetcher
    found = [elsewhere.verified(fetcher, each, unit_of_work.clients.get(each.client_id)) for each in clients]
    for _, logo in found:
        if logo is not None:
            unit_of_work.logos.add(logo)
    return [client for client, _ in found]


def _told(change: Change) -> SavedClient:
    outcome = "new" if change.is_new else "unchanged" if change.is_unchanged else "changed"
    return SavedClient(client_id=change.client.client_id, outcome=outcome, members=change.members)


def _disable(desk: Desk, wanted: OneClient) -> ClientTold:
    status.disable(desk.unit_of_work, wanted.client_id, desk.at)
    return _show(desk, wanted)


def _enable(desk: Desk, wanted: OneClient) -> ClientTold:
    status.enable(desk.unit_of_work, wanted.client_id, desk.at)
    return _show(desk, wanted)


def _metadata(desk: Desk, client: Client) -> dict[str, Any]:
    """As JSON has it."""
    plain: dict[str, Any] = json.loads(to_json(desk.services.registrations.metadata_of(client)))
    return plain


def _state(desk: Desk, wanted: OneClient) -> State | None:
    own = wanted.client_id in OWN_CLIENTS
    found = None if own else desk.unit_of_work.clients.get(wanted.client_id)
    return None if found is None else _state_of(desk, found)


def _state_of_all(desk: Desk, wanted: SaveClients) -> State | None:
    named = {each.get("client_id") for each in wanted.clients}
    known = desk.unit_of_work.clients.all()
    return {each.client_id: _state_of(desk, each) for each in known if each.client_id in named - OWN_CLIENTS} or None


def _state_of(desk: Desk, client: Client) -> State:
    """With a mark of its secrets, since a new one is a change; nobody can tell the secret from it."""
    marks = [desk.services.cipher.tag("client_secret_mark", digest).hex()[:8] for digest in client.secret_digests]
    return {**_metadata(desk, client), "status": client.status.value, "secrets": marks}


LIST_CLIENTS = Operation(
    name="clients.list",
    about="Every registered app, by client_id.",
    method="GET",
    path="/clients",
    takes=Nothing,
    gives=ClientList,
    does=ANY_OFFICER,
    run=_list,
)
SHOW_CLIENT = Operation(
    name="clients.show",
    about="All that is known of an app.",
    method="GET",
    path="/clients/{client_id}",
    takes=OneClient,
    gives=ClientTold,
    does=ANY_OFFICER,
    run=_show,
    state=_state,
)
SAVE_CLIENT = Operation(
    name="clients.save",
    about="Register an app, or put another registration in the place of its present one (RFC 7591 §2).",
    method="PUT",
    path="/clients/{client_id}",
    takes=SaveClient,
    gives=SavedClients,
    does=SECURITY,
    run=_save,
    shows=("keep_old_secret", "change_sector"),
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state,
)
SAVE_CLIENTS = Operation(
    name="clients.import",
    about="Register several apps: all of them, or none.",
    method="POST",
    path="/clients",
    takes=SaveClients,
    gives=SavedClients,
    does=SECURITY,
    run=_save_all,
    shows=("keep_old_secret", "change_sector"),
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state_of_all,
)
DISABLE_CLIENT = Operation(
    name="clients.disable",
    about="Stop an app: nobody signs in to it, and it gets no tokens; people and their `sub` stay.",
    method="POST",
    path="/clients/{client_id}/disable",
    takes=OneClient,
    gives=ClientTold,
    does=SECURITY,
    run=_disable,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state,
    is_urgent_at_times=True,
)
ENABLE_CLIENT = Operation(
    name="clients.enable",
    about="Let a stopped app go on.",
    method="POST",
    path="/clients/{client_id}/enable",
    takes=OneClient,
    gives=ClientTold,
    does=SECURITY,
    run=_enable,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state,
)
OPERATIONS = (LIST_CLIENTS, SHOW_CLIENT, SAVE_CLIENT, SAVE_CLIENTS, DISABLE_CLIENT, ENABLE_CLIENT)
