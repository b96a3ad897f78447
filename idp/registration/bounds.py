"""How often apps may register and manage themselves (threats E08, N12): each time all apps are compared, and some is fetched.

Whoever holds a token is counted by it and by nobody else's tries; wrong tokens are counted by the address that they came from,
and the right ones pass all the while.
"""

from idp.errors import TooOften
from idp.http.networks import network_of
from idp.services import Services

HOUR, MINUTE = 3600, 60
MAX_REGISTRATIONS = 240
"""With one initial access token within an hour, those that were refused included: each may have us fetch something."""
MAX_CHANGES = 60
"""Of one app within an hour, by replacing or ending its registration."""
MAX_FAILURES = 60
"""Wrong tokens from one address within a minute."""
MAX_PROPOSALS = 10
"""Of one app within a day: what officers have to read."""
_DAY = 24 * HOUR


class RegistrationBounds:
    """Counts in the ephemeral store, where what is counted stands under a keyed digest."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def count_registration(self, token_id: int) -> None:
        """One more try with this initial access token; raises `TooOften`."""
        self._count("registrations", str(token_id), MAX_REGISTRATIONS, HOUR)

    def count_change(self, client_id: str) -> None:
        """One more change of this app by itself; raises `TooOften`."""
        self._count("registration_changes", client_id, MAX_CHANGES, HOUR)

    def count_failure(self, peer: str) -> None:
        """One more token from there that is none; raises `TooOften`."""
        self._count("registration_failures", network_of(peer), MAX_FAILURES, MINUTE)

    def may_propose(self, client_id: str) -> bool:
        """Whether officers are asked once more for this app today."""
        return self._times("registration_proposals", client_id, _DAY) <= MAX_PROPOSALS

    def _count(self, kind: str, who: str, most: int, seconds: int) -> None:
        if self._times(kind, who, seconds) > most:
            raise TooOften(seconds)

    def _times(self, kind: str, who: str, seconds: int) -> int:
        caller = self._services.cipher.index(kind, who).hex()
        return self._services.ephemeral.incr(f"{kind}:{caller}", seconds)
