"""The discovery document (OpenID Connect Discovery §3, RFC 8414 §2): what is really there, and nothing else."""

import json

from idp.endpoints import authorization, end_session, introspection, jwks, revocation, token, userinfo
from idp.http.request import Request
from idp.http.response import Response
from idp.jose import ALGORITHMS
from idp.model.policy import Level
from idp.oauth import claims
from idp.oauth.client_authentication import ASSERTION_ALGORITHMS, METHODS
from idp.oauth.extensions.openid import PROMPTS
from idp.oauth.extensions.response_mode import RESPONSE_MODES
from idp.oauth.server import AuthorizationServer
from idp.policy.levels import acr_of
from idp.services import Services

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
MAX_AGE = 300
_HEADERS = (
    ("Content-Type", "application/json"),
    ("Cache-Control", f"public, max-age={MAX_AGE}"),
    ("Access-Control-Allow-Origin", "*"),
)


class DiscoveryEndpoint:
    """Serves one document, encoded at start."""

    def __init__(self, services: Services, server: AuthorizationServer) -> None:
        issuer = services.settings.issuer
        prefix = services.settings.policy.acr_prefix
        document = {
            "issuer": issuer,
            "authorization_endpoint": issuer + authorization.PATH,
            "token_endpoint": issuer + token.PATH,
            "userinfo_endpoint": issuer + userinfo.PATH,
            "jwks_uri": issuer + jwks.PATH,
            "introspection_endpoint": issuer + introspection.PATH,
            "revocation_endpoint": issuer + revocation.PATH,
            "end_session_endpoint": issuer + end_session.PATH,
            "scopes_supported": list(claims.SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": sorted(RESPONSE_MODES),
            "grant_types_supported": list(server.grant_types),
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": list(ALGORITHMS),
            **_client_authentication(),
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": [acr_of(level, prefix) for level in Level if level],
            "prompt_values_supported": sorted(PROMPTS),
            "claims_supported": list(claims.CLAIMS),
            "claim_types_supported": ["normal"],
            "claims_parameter_supported": True,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
            "ui_locales_supported": ["zh-CN", "en"],
            "display_values_supported": ["page"],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }
        self._response = Response(200, _HEADERS, json.dumps(document, separators=(",", ":")).encode())

    def __call__(self, _request: Request) -> Response:
        """The document."""
        return self._response


def _client_authentication() -> dict[str, list[str]]:
    """How clients authenticate at each endpoint where they do (RFC 8414 §2); nobody introspects without."""
    told = {}
    for endpoint in ("token", "introspection", "revocation"):
        methods = [method for method in METHODS if method != "none" or endpoint != "introspection"]
        told[f"{endpoint}_endpoint_auth_methods_supported"] = methods
        told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(ASSERTION_ALGORITHMS)
    return told
