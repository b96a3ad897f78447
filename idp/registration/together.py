"""What must hold between the clients of one installation: whose resource, whose scope, who is whose audience."""

from collections.abc import Iterator, Mapping, Sequence

from idp.model.client import Client
from idp.registration.faults import place


def faults_between(wanted: Sequence[Client], after: Mapping[str, Client]) -> Iterator[str]:
    """What would not fit together once the wanted clients stand among `after`, all clients by client_id."""
    places = {client.client_id: place(number, client.client_id) for number, client in enumerate(wanted)}
    owners: dict[str, Client] = {}
    declared: dict[str, Client] = {}
    for client in sorted(after.values(), key=lambda client: client.client_id in places):  # who was there comes first
        where = places.get(client.client_id, f"{client.client_id} (registered before)")
        if client.resource is not None and (owner := owners.setdefault(client.resource, client)) is not client:
            yield f"{where}: resource: {owner.client_id} is this protected resource; there is one client for each"
        for scope, _ in client.resource_scope:
            if (owner := declared.setdefault(scope, client)) is not client:
                yield f"{where}: resource_scope: {owner.client_id} declares {scope}; choose another name"
    for client in after.values():
        where = places.get(client.client_id, f"{client.client_id} (registered before)")
        if client.audience is not None and client.audience not in owners:
            yield f"{where}: audience: no client is this resource; register it in the same list or before"
        for scope in client.scope:
            if ":" in scope and scope not in declared:
                yield f"{where}: scope: no resource declares {scope} in its resource_scope"
