"""The JWK Set document (RFC 7517 §5): public keys only, encoded once per change."""

from idp.http.request import Request
from idp.http.response import Response
from idp.services import Services

PATH = "/jwks"
MAX_AGE = 300
"""Seconds that apps may keep it; `keys.publish_ahead` must be longer."""


class JwksEndpoint:
    """Serves the published keys."""

    def __init__(self, services: Services) -> None:
        self._signer = services.signer

    def __call__(self, _request: Request) -> Response:
        """The JWK Set."""
        return Response(
            200,
            (
                ("Content-Type", "application/jwk-set+json"),
                ("Cache-Control", f"public, max-age={MAX_AGE}"),
                ("Access-Control-Allow-Origin", "*"),
            ),
            self._signer.jwks(),
        )
