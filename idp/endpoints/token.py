"""The token endpoint (RFC 6749 §3.2)."""

from idp.audit import refusals
from idp.endpoints import _client_request
from idp.errors import Refused, Unavailable
from idp.events import Action
from idp.http.request import Request
from idp.http.response import Response, json_response
from idp.oauth.server import AuthorizationServer
from idp.services import Services

PATH = "/token"


class TokenEndpoint:
    """Answers token requests as JSON that no cache keeps."""

    def __init__(self, services: Services, server: AuthorizationServer) -> None:
        self._services = services
        self._server = server
        self._nonces = server.possession.nonces

    def __call__(self, request: Request) -> Response:
        """The answer, and beside a proof the nonce for the next one."""
        return _client_request.with_nonce(request, self._answer(request), self._nonces)

    def _answer(self, request: Request) -> Response:
        """A token response, or the refusal of RFC 6749 §5.2."""
        try:
            return json_response(200, self._server.token_response(request))
        except Unavailable:
            raise
        except Refused as refused:
            refusals.note(self._services, Action.TOKEN_REFUSED, refused, request.peer)
            return _client_request.refusal(refused)
