"""Which protected resource a token is for (RFC 8707): one that the client registered, and of one sector with all others asked for.

Every resource knows a person by the `sub` of its own sector. What is asked for at once is granted at once, so it must not
link what sectors keep apart.
"""

from collections.abc import Sequence

from authlib.oauth2.rfc6749 import OAuth2Error

from idp.http.request import Parameters
from idp.model.client import Client, ClientStatus
from idp.ports import Clients


class InvalidTargetError(OAuth2Error):
    """RFC 8707 §2."""

    error = "invalid_target"


def resources_of(named: Sequence[str], client: Client, clients: Clients) -> tuple[str, ...]:
    """The resources that an authorization request names; none: the one that the client registered, or userinfo."""
    found = [_resource(name, client, clients) for name in named]
    if len({resource.sector for resource in found}) > 1:
        raise InvalidTargetError("The resources are of different sectors; ask for one after the other.")
    return tuple(named)


def target_of(parameters: Parameters, client: Client, clients: Clients, granted: Sequence[str] | None) -> Client | None:
    """The one resource that a token is for: as the token request says, among what was granted; None: nothing names any.

    Args:
        granted: what the person's grant names; None for a client that acts for itself, which may name any of its own.
    """
    named = parameters.all_of("resource")
    if len(named) > 1:
        raise InvalidTargetError("A token is for one resource; ask for one after the other.")
    wanted = next(iter(named or granted or ()), None)
    if wanted is None:
        return None
    if granted is not None and wanted not in (granted or (client.audience,)):
        raise InvalidTargetError("The person did not grant anything for this resource.")
    return _resource(wanted, client, clients)


def _resource(name: str, client: Client, clients: Clients) -> Client:
    found = clients.of_resource(name) if name in client.targets else None
    if found is None or found.status is not ClientStatus.ACTIVE:
        raise InvalidTargetError("The client may get no tokens for this resource.")
    return found


def scope_at(scope: Sequence[str], target: Client) -> tuple[str, ...]:
    """What of a scope a resource knows: rights at other resources are none of its business."""
    known = {name for name, _ in target.resource_scope}
    return tuple(name for name in scope if ":" not in name or name in known)
