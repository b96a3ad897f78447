"""What must hold between the clients of one installation: whose resource, whose scope, who is whose audience."""

from collections.abc import Iterator, Mapping, Sequence

from idp.model.client import Client
from idp.registration.faults import place


def faults_between(
    wanted: Sequence[Client], before: Mapping[str, Client], after: Mapping[str, Client]
) -> Iterator[str]:
    """What would not fit together any more once the wanted clients stand among `after`, all clients by client_id.

    What did not fit `before` either is no fault of this list: it must not keep an operator from registering others.
    """
    places = {client.client_id: place(number, client.client_id) for number, client in enumerate(wanted)}
    owners: dict[str, Client] = {}
    declared: dict[str, Client] = {}
    for client in sorted(after.values(), key=lambda client: client.client_id in places):  # who was there comes first
        where = places.get(client.client_id)
        if (
            client.resource is not None
            and (owner := owners.setdefault(client.resource, client)) is not client
            and where
        ):
            yield f"{where}: resource: {owner.client_id} is this protected resource; there is one client for each"
        for scope, _ in client.resource_scope:
            if (owner := declared.setdefault(scope, client)) is not client and where:
                yield f"{where}: resource_scope: {owner.client_id} declares {scope}; choose another name"
    resources_before = {client.resource for client in before.values()}
    declared_before = {scope for client in before.values() for scope, _ in client.resource_scope}
    for client in after.values():
        is_wanted = client.client_id in places
        where = places.get(client.client_id, f"{client.client_id} (registered before)")
        for member, target in _targets_of(client):
            if target not in owners and (is_wanted or target in resources_before):
                yield f"{where}: {member}: no client is this resource; register it in the same list or before"
        for scope in client.scope:
            if ":" in scope and scope not in declared and (is_wanted or scope in declared_before):
                yield f"{where}: scope: no resource declares {scope} in its resource_scope"
    yield from _faults_of_matters(places, after, owners)


def _faults_of_matters(
    places: Mapping[str, str], after: Mapping[str, Client], owners: Mapping[str, Client]
) -> Iterator[str]:
    """Those that no resource of the client declares."""
    for client_id, where in places.items():
        client = after[client_id]
        declared = {code for name in client.targets if name in owners for code, _ in owners[name].resource_matters}
        for code in client.matters:
            if code not in declared:
                yield f"{where}: matters: no resource of this client declares {code} in its resource_matters"


def _targets_of(client: Client) -> Iterator[tuple[str, str]]:
    """The resources that it wants tokens for, and by which member it says so."""
    if client.audience is not None:
        yield "audience", client.audience
    yield from (("resources", target) for target in client.resources)
    yield from (("exchange_audiences", target) for target in client.exchange_audiences)
