"""The revocation endpoint (RFC 7009)."""

from idp.audit import refusals
from idp.endpoints import _client_request
from idp.errors import Refused, Unavailable
from idp.events import Action
from idp.http.request import Request
from idp.http.response import Response
from idp.oauth.revocation import Revocation
from idp.oauth.server import AuthorizationServer
from idp.services import Services

PATH = "/revoke"
_DONE = Response(200, (("Cache-Control", "no-store"),), b"")


class RevocationEndpoint:
    """Lets a client call its own tokens back."""

    def __init__(self, services: Services, server: AuthorizationServer) -> None:
        self._services = services
        self._server = server
        self._revocation = Revocation(services)

    def __call__(self, request: Request) -> Response:
        """200 with nothing in it, whatever the token was (RFC 7009 §2.2), or a refusal of the client."""
        try:
            with self._services.begin() as unit_of_work:
                caller, token = _client_request.read(request, self._server, unit_of_work)
                self._revocation.revoke(unit_of_work, token, caller, self._services.clock())
        except Unavailable:
            raise
        except Refused as refused:
            refusals.note(self._services, Action.REVOCATION_REFUSED, refused, request.peer)
            return _client_request.refusal(refused)
        return _DONE
