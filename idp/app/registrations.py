"""Client metadata behind its port; the reader loads with the first registration, since most processes read none."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from idp.model.client import Client
from idp.registration.faults import InvalidClientMetadata, place
from idp.services import Services

if TYPE_CHECKING:
    from idp.oauth.dynamic_registration import DynamicRegistration


class ClientMetadataRegistrations:
    """Implements `ports.ClientRegistrations`.

    Args:
        profiles: of which clients may be here; to turn one on is the operator's decision.
    """

    def __init__(self, profiles: Sequence[str]) -> None:
        self._profiles = profiles

    def read(self, entries: Sequence[object], known: Mapping[str, Client] | None = None) -> Sequence[Client]:
        """As `idp client import` reads them."""
        from idp.oauth.client_list import clients_of

        clients = clients_of(entries, known=known)
        if faults := [_fault(number, client) for number, client in enumerate(clients) if not self._may_be(client)]:
            raise InvalidClientMetadata(faults)
        return clients

    def _may_be(self, client: Client) -> bool:
        return client.profile in self._profiles

    def metadata_of(self, client: Client) -> Mapping[str, object]:
        """As `idp client show` writes it."""
        from idp.oauth.client_metadata import metadata_of

        return metadata_of(client)


def dynamic_registration(services: Services) -> "DynamicRegistration":
    """How apps register themselves, with officers behind it."""
    from admin.self_registration import RegistrationDrafts
    from idp.oauth.dynamic_registration import DynamicRegistration

    return DynamicRegistration(services, RegistrationDrafts(services))


def _fault(number: int, client: Client) -> str:
    where = place(number, client.client_id)
    return f'{where}: profile: {client.profile} is off here; an operator turns it on in the setting "profiles"'
