"""Client metadata behind its port; the reader loads with the first registration, since most processes read none."""

from collections.abc import Mapping, Sequence

from idp.model.client import Client


class ClientMetadataRegistrations:
    """Implements `ports.ClientRegistrations`."""

    def read(self, entries: Sequence[object]) -> Sequence[Client]:
        """As `idp client import` reads them."""
        from idp.oauth.client_list import clients_of

        return clients_of(entries)

    def metadata_of(self, client: Client) -> Mapping[str, object]:
        """As `idp client show` writes it."""
        from idp.oauth.client_metadata import metadata_of

        return metadata_of(client)
