"""The pushed authorization request endpoint (RFC 9126): clients say what they ask for without the browser in between."""

from idp.audit import refusals
from idp.endpoints import _client_request
from idp.errors import Refused, Unavailable
from idp.events import Action
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.oauth.server import AuthorizationServer
from idp.services import Services

PATH = "/par"


class PushedAuthorizationRequestEndpoint:
    """Keeps requests that are in order, and tells what is wrong with others at once."""

    def __init__(self, services: Services, server: AuthorizationServer) -> None:
        self._services = services
        self._requests = server.authorization_requests
        self._nonces = server.possession.nonces

    def __call__(self, request: Request) -> Response:
        """The answer, and beside a proof the nonce for the next one."""
        return _client_request.with_nonce(request, self._answer(request), self._nonces)

    def _answer(self, request: Request) -> Response:
        """The request_uri (§2.2), or the refusal of RFC 6749 §5.2 (§2.3)."""
        try:
            request_uri, seconds = self._requests.push(request)
        except Unavailable:
            raise
        except Refused as refused:
            refusals.note(self._services, Action.AUTHORIZATION_REFUSED, refused, request.peer)
            return _client_request.refusal(refused)
        return json_response(201, {"request_uri": request_uri, "expires_in": seconds})
