"""A WSGI application that nobody reaches without a good access token (PEP 3333)."""

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from resource_server.access_tokens import AccessTokenVerifier, Shown, TokenRefused
from resource_server.dpop_proof import address_of

KEY = "resource_server.access_token"
"""Where the application finds the token in its environ."""

_STATUS = {401: "401 Unauthorized", 403: "403 Forbidden", 503: "503 Service Unavailable"}

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Protected:
    """The application behind a verifier.

    Args:
        address: where clients know it: `https://licences.city.example`, without a path.
        scopes: all of which a token must have.
        fronts: addresses of the resource's own TLS fronts, which set `Client-Cert` on each request, and drop `Client_Cert`: WSGI
            cannot tell one from the other.
    """

    def __init__(
        self,
        application: Application,
        verifier: AccessTokenVerifier,
        address: str,
        scopes: Collection[str] = (),
        fronts: Collection[str] = (),
    ) -> None:
        self._application = application
        self._verifier = verifier
        self._address = address
        self._scopes = scopes
        self._fronts = fronts

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Let through, or say what is missing."""
        try:
            environ[KEY] = self._verifier.verify(self._shown(environ), int(time.time()), self._scopes)  # noqa: TID251
        except TokenRefused as refused:
            challenges = [("WWW-Authenticate", challenge) for challenge in refused.challenges if refused.status < 500]
            status = _STATUS[refused.status]
            start_response(status, [("Content-Length", "0"), ("Cache-Control", "no-store"), *challenges])
            return []
        return self._application(environ, start_response)

    def _shown(self, environ: dict[str, Any]) -> Shown:
        is_from_front = environ.get("REMOTE_ADDR", "") in self._fronts
        return Shown(
            method=environ["REQUEST_METHOD"],
            address=address_of(self._address, environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")),
            authorization=environ.get("HTTP_AUTHORIZATION", ""),
            proof=environ.get("HTTP_DPOP", ""),
            certificate=environ.get("HTTP_CLIENT_CERT", "") if is_from_front else "",
        )
