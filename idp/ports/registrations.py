"""Registrations of apps, as JSON writes them and as we keep them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from idp.model.client import Client


class ClientRegistrations(Protocol):
    """Reads and writes client metadata (RFC 7591 §2)."""

    def read(self, entries: Sequence[object]) -> Sequence[Client]:
        """The clients of these objects, in their order; raises `InvalidClientMetadata` with the faults of all."""

    def metadata_of(self, client: Client) -> Mapping[str, object]:
        """What would register this client again; without its secret, which nobody knows."""
