"""Authorization responses as one signed JWT (JWT Secured Authorization Response Mode, JARM §2.1)."""

from collections.abc import Mapping

from idp.clock import after
from idp.oauth.profiles import algorithm_for
from idp.services import Services

SECONDS = 300
"""How long one holds; ten minutes at most are recommended."""


class SignedResponses:
    """Writes them by the algorithm that the client registered."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def write(self, client_id: str, members: Mapping[str, str]) -> str:
        """The value of `response`; `members` tell the issuer already."""
        now = self._services.clock()
        with self._services.begin() as unit_of_work:
            client = unit_of_work.clients.get(client_id)
        alg = "ES256" if client is None else algorithm_for(client, client.authorization_signed_response_alg)
        told = {**members, "aud": client_id, "exp": after(now, SECONDS), "iat": now}
        return self._services.signer.sign(told, alg, "JWT")
