"""Our strict snapshot, as Authlib reads requests: parsed once, never merged from query and body."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.http.request import Request
from idp.oauth.client import RegisteredClient
from idp.ports import UnitOfWork


class OAuthRequest(OAuth2Request):
    """One request at a protocol endpoint.

    Its URI is the configured issuer's: nothing of Host or X-Forwarded-* enters (threat N04).
    """

    client: RegisteredClient
    authorization_code: Any
    unit_of_work: UnitOfWork

    def __init__(self, request: Request, issuer: str, parameters: Mapping[str, str]) -> None:
        super().__init__(request.method, issuer + request.path, headers=request.headers)
        self.snapshot = request
        self.payload = BasicOAuth2Payload(parameters)
        self._parameters = parameters

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters of the body (RFC 6749 §3.2)."""
        return self._parameters

    @property
    def args(self) -> Mapping[str, str]:
        """The parameters of the query (RFC 6749 §3.1)."""
        return self._parameters
