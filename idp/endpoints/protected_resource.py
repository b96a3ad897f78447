"""What a client must know to use the resources that we are ourselves (RFC 9728 §3): userinfo, comparing numbers, and the officers' API."""

import json
from collections.abc import Mapping

from idp.endpoints import id_match, userinfo
from idp.http.access_token import RESOURCE_METADATA
from idp.http.request import Request
from idp.http.response import Response
from idp.model import release
from idp.model.authorization import SCOPES
from idp.model.client import Profile
from idp.oauth.profiles import union
from idp.services import Services

OFFICERS_API, OFFICERS_SCOPES = "/api/v1", ("officers:read", "officers:write")
_HEADERS = (
    ("Content-Type", "application/json"),
    ("Cache-Control", "public, max-age=300"),
    ("Access-Control-Allow-Origin", "*"),
)


class ProtectedResourceEndpoint:
    """Serves one document for each resource, encoded at start."""

    def __init__(self, services: Services) -> None:
        allowed = union(Profile(profile) for profile in services.settings.profiles)
        issuer = services.settings.issuer
        shared = {
            "authorization_servers": [issuer],
            "dpop_signing_alg_values_supported": list(allowed.client_algorithms),
            "tls_client_certificate_bound_access_tokens": services.settings.mutual_tls is not None,
        }
        documents: Mapping[str, Mapping[str, object]] = {
            userinfo.PATH: {
                "scopes_supported": list(SCOPES),
                "bearer_methods_supported": ["header", "body"],
                "resource_name": "userinfo",
            },
            id_match.PATH: {
                "scopes_supported": [release.ID_MATCH],
                "bearer_methods_supported": ["header"],
                "resource_name": "id_match",
            },
            OFFICERS_API: {
                "scopes_supported": list(OFFICERS_SCOPES),
                "bearer_methods_supported": ["header"],
                "resource_name": "officers",
            },
        }
        self._responses = {
            RESOURCE_METADATA + path: Response(200, _HEADERS, _encoded({"resource": issuer + path, **shared, **told}))
            for path, told in documents.items()
        }
        self.paths = tuple(self._responses)

    def __call__(self, request: Request) -> Response:
        """The document of the path."""
        return self._responses[request.path]


def _encoded(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
