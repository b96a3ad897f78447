"""Our strict snapshot, as Authlib reads requests: parsed once, never merged from query and body."""

from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.http.request import Parameters, Request
from idp.oauth.client import RegisteredClient
from idp.ports import UnitOfWork


class OAuthRequest(OAuth2Request):
    """One request at a protocol endpoint.

    Its URI is the configured issuer's: nothing of Host or X-Forwarded-* enters (threat N04).
    """

    client: RegisteredClient
    unit_of_work: UnitOfWork

    # What Authlib's own __init__ would set on each request; the rest of it asks whether the URI is HTTPS, which of ours
    # the settings have decided long before, and which takes a twentieth of a request for a token.
    auth_method = user = refresh_token = credential = None
    authorization_code: Any = None
    _body = _scope = None

    def __init__(self, request: Request, issuer: str, parameters: Parameters) -> None:
        self.method = request.method
        self.uri = issuer + request.path
        self.headers = request.headers
        self.snapshot = request
        self.payload = BasicOAuth2Payload(parameters)
        self._parameters = parameters

    @property
    def form(self) -> Parameters:
        """The parameters of the body (RFC 6749 §3.2)."""
        return self._parameters

    @property
    def args(self) -> Parameters:
        """The parameters of the query (RFC 6749 §3.1)."""
        return self._parameters
