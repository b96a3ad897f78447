"""The discovery document (OpenID Connect Discovery §3, RFC 8414 §2): what is really there, and nothing else."""

import json

from idp.endpoints import (
    authorization,
    end_session,
    id_match,
    introspection,
    jwks,
    pushed_authorization_request,
    registration,
    revocation,
    token,
    userinfo,
)
from idp.http.request import Request
from idp.http.response import Response
from idp.model.authorization import SCOPES
from idp.model.client import Profile
from idp.model.policy import Level
from idp.oauth import claims, encryption, told_evidence, verified_claims
from idp.oauth.client_assertion import SHARED
from idp.oauth.extensions.authorization_details import TYPES
from idp.oauth.extensions.openid import PROMPTS
from idp.oauth.extensions.response_mode import RESPONSE_MODES
from idp.oauth.profiles import BY_CERTIFICATE, Rules, union
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
        allowed = union(Profile(profile) for profile in services.settings.profiles)
        mutual_tls = services.settings.mutual_tls
        document = {
            **_places(services.settings.issuer),
            **({} if mutual_tls is None else {"mtls_endpoint_aliases": _aliases(mutual_tls.origin)}),
            **_requests(allowed, server),
            **_tokens(allowed),
            "tls_client_certificate_bound_access_tokens": mutual_tls is not None,
            **_client_authentication(allowed, has_certificates=mutual_tls is not None),
            **_verified_claims(),
            **_people(services.settings.policy.acr_prefix),
        }
        self._response = Response(200, _HEADERS, json.dumps(document, separators=(",", ":")).encode())

    def __call__(self, _request: Request) -> Response:
        """The document."""
        return self._response


def _places(issuer: str) -> dict[str, str]:
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + authorization.PATH,
        "token_endpoint": issuer + token.PATH,
        "userinfo_endpoint": issuer + userinfo.PATH,
        "jwks_uri": issuer + jwks.PATH,
        "introspection_endpoint": issuer + introspection.PATH,
        "revocation_endpoint": issuer + revocation.PATH,
        "end_session_endpoint": issuer + end_session.PATH,
        "id_match_endpoint": issuer + id_match.PATH,
        "registration_endpoint": issuer + registration.PATH,
        "pushed_authorization_request_endpoint": issuer + pushed_authorization_request.PATH,
    }


def _aliases(origin: str) -> dict[str, str]:
    """Where clients come with their certificates (RFC 8705 §5)."""
    endpoints = (token, userinfo, introspection, revocation, pushed_authorization_request, id_match)
    return {f"{endpoint.__name__.rpartition('.')[2]}_endpoint": origin + endpoint.PATH for endpoint in endpoints}


def _requests(allowed: Rules, server: AuthorizationServer) -> dict[str, object]:
    """What may be asked for, and how (OpenID Connect Discovery §3, RFC 9101 §10.5, RFC 9126 §5)."""
    return {
        "scopes_supported": list(SCOPES),
        "response_types_supported": list(allowed.response_types),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": [*server.grant_types, *(["implicit"] if allowed.has_front_channel else [])],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": sorted(PROMPTS),
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        # Of addresses where requests lie (OpenID Connect Core §6.2). That of a pushed one RFC 9126 §5 tells of.
        "request_uri_parameter_supported": not allowed.pushes_requests,
        **({} if allowed.pushes_requests else {"require_request_uri_registration": True}),
        "require_signed_request_object": False,
        "require_pushed_authorization_requests": allowed.pushes_requests,
        "authorization_details_types_supported": list(TYPES),
        "request_object_signing_alg_values_supported": list(allowed.client_algorithms),
        "authorization_response_iss_parameter_supported": True,
    }


def _tokens(allowed: Rules) -> dict[str, object]:
    return {
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": list(allowed.signing_algorithms),
        "id_token_encryption_alg_values_supported": list(encryption.ALGORITHMS),
        "id_token_encryption_enc_values_supported": list(encryption.CONTENT),
        "userinfo_signing_alg_values_supported": list(allowed.signing_algorithms),
        "userinfo_encryption_alg_values_supported": list(encryption.ALGORITHMS),
        "userinfo_encryption_enc_values_supported": list(encryption.CONTENT),
        "authorization_signing_alg_values_supported": list(allowed.signing_algorithms),
        "introspection_signing_alg_values_supported": list(allowed.signing_algorithms),
        "dpop_signing_alg_values_supported": list(allowed.client_algorithms),
        "claims_supported": list(claims.CLAIMS),
        "claim_types_supported": ["normal"],
    }


def _verified_claims() -> dict[str, object]:
    """OpenID Connect for Identity Assurance §8, and what its drafts and tests ask."""
    return {
        "verified_claims_supported": True,
        "trust_frameworks_supported": [verified_claims.TRUST_FRAMEWORK],
        "claims_in_verified_claims_supported": list(verified_claims.CLAIMS),
        "evidence_supported": list(told_evidence.TYPES),
        "documents_supported": list(told_evidence.DOCUMENTS),
        "documents_check_methods_supported": list(told_evidence.CHECKS_OF_DOCUMENTS),
        "electronic_records_supported": list(told_evidence.RECORDS),
    }


def _people(acr_prefix: str) -> dict[str, object]:
    return {
        "acr_values_supported": [acr_of(level, acr_prefix) for level in Level if level],
        "ui_locales_supported": ["zh-CN", "en"],
        "display_values_supported": ["page"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
    }


def _client_authentication(allowed: Rules, *, has_certificates: bool) -> dict[str, list[str]]:
    """How clients authenticate at each endpoint where they do (RFC 8414 §2); nobody introspects without."""
    told = {}
    for endpoint in ("token", "introspection", "revocation"):
        methods = [
            method
            for method in allowed.authentication_methods
            if (method != "none" or endpoint != "introspection") and (has_certificates or method not in BY_CERTIFICATE)
        ]
        told[f"{endpoint}_endpoint_auth_methods_supported"] = methods
        shared = [SHARED] if "client_secret_jwt" in methods else []
        told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = [*allowed.client_algorithms, *shared]
    return told
