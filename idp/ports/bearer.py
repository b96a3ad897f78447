"""Our own access tokens, as a protected resource of ours receives them."""

from dataclasses import dataclass
from typing import Protocol

from idp.clock import Instant
from idp.http.request import Request
from idp.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """What a living token says of whoever sent it.

    Attributes:
        account_id, amr, auth_time: of the person who signed in for it; None and empty: the app acts for itself.
    """

    client_id: str
    scope: tuple[str, ...]
    account_id: int | None = None
    amr: tuple[str, ...] = ()
    auth_time: Instant | None = None


class BearerTokens(Protocol):
    """Reads access tokens."""

    def read(self, unit_of_work: UnitOfWork, request: Request, audience: str, now: Instant) -> Bearer | None:
        """Who holds the token of this request; None: it is unknown, expired, called back, or for another resource.

        Raises:
            ProofRefused: it is bound to a key, and the proof is wrong.
            Refused: there are two.
        """
