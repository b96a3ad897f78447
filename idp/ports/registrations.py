"""Registrations of apps, as JSON writes them and as we keep them, and what allows apps to register themselves."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.client import Client
from idp.model.registration import InitialAccessToken, Logo, NewInitialAccessToken, Registration


class ClientRegistrations(Protocol):
    """Reads and writes client metadata (RFC 7591 §2)."""

    def read(self, entries: Sequence[object], known: Mapping[str, Client] | None = None) -> Sequence[Client]:
        """The clients of these objects, in their order; raises `InvalidClientMetadata` with the faults of all.

        Where an entry names no secret, its client keeps the one that it has among `known`.
        """

    def metadata_of(self, client: Client) -> Mapping[str, object]:
        """What would register this client again; without its secret, which nobody knows."""


class Proposals(Protocol):
    """Where what an app asks for beyond what it was allowed goes: to officers."""

    def propose(self, client_id: str, metadata: Mapping[str, object]) -> int | None:
        """A draft of this registration for the app; its number, None where nothing would change.

        Raises `Refused` where nobody could approve it.
        """


class InitialAccessTokens(Protocol):
    """What officers allowed (RFC 7591 §3)."""

    def add(self, token: NewInitialAccessToken) -> InitialAccessToken:
        """Write one."""

    def get(self, token_id: int) -> InitialAccessToken | None:
        """The one with this number."""

    def all(self) -> Sequence[InitialAccessToken]:
        """Every one, the newest first."""

    def use(self, token_id: int, now: Instant) -> bool:
        """Count one more app; False: it is used up, over, or taken back. One statement decides."""

    def end(self, token_id: int, at: Instant) -> bool:
        """Take it back; False: it was."""


class ManagedRegistrations(Protocol):
    """Which apps registered themselves."""

    def add(self, registration: Registration) -> None:
        """Write one."""

    def get(self, client_id: str) -> Registration | None:
        """The one of this app."""

    def rotate(self, before: Registration, after: Registration) -> bool:
        """Put a new token in the place of the one that was read; False: somebody was faster."""

    def end(self, client_id: str) -> bool:
        """Nobody manages it from outside any more; False: nobody did."""


class Logos(Protocol):
    """Pictures of apps."""

    def add(self, logo: Logo) -> None:
        """Keep it; the same twice is kept once."""

    def get(self, name: str) -> Logo | None:
        """The one that is served as this."""
