"""The apps of every kind that the generated requests come from, and the resources that they ask for."""

from typing import Any

from tests.attacks.clients import EVIL, NATIVE, REDIRECT, REDIRECT_WITH_QUERY, SECRET, WEB
from tests.idp.oauth.assertions import holder

KEYED, HIGH, LEGACY, DESK, ARCHIVE = "fuzzed-keyed", "fuzzed-high", "fuzzed-legacy", "fuzzed-desk", "fuzzed-archive"
CERTIFIED, PORTAL = "fuzzed-certified", "fuzzed-portal"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
AT_ARCHIVE, AT_DESK = "https://archive.rp.test", "https://desk.rp.test"
MATTER = "11330000MB1000000A"

_ALL_GRANTS = ["authorization_code", "refresh_token", "client_credentials"]
_WORDS = {"read": {"zh-CN": "读取", "en": "Read"}}


def app_of(client_id: str, **changes: Any) -> dict[str, Any]:
    """One of them; what is changed to None is left out."""
    common = {
        "client_id": client_id,
        "client_name": client_id,
        "redirect_uris": [REDIRECT],
        "grant_types": _ALL_GRANTS,
        "scope": "openid profile phone offline_access desk:read archive:read",
        "resources": [AT_DESK, AT_ARCHIVE],
        "authorization_details_types": ["matter"],
        "matters": [MATTER],
        "sector_identifier": "generated",
        "asks_consent": False,
    }
    found = {**common, **changes}
    if found.get("token_endpoint_auth_method", "client_secret_basic").startswith("client_secret_"):
        found["client_secret"] = SECRET
    return {name: value for name, value in found.items() if value is not None}


def _resource(client_id: str, address: str, **changes: Any) -> dict[str, Any]:
    name = address.removeprefix("https://").partition(".")[0]
    declared = {
        "resource": address,
        "resource_scope": {f"{name}:read": _WORDS["read"]},
        "resource_matters": {MATTER: _WORDS["read"]},
    }
    nobody: dict[str, Any] = {
        "redirect_uris": [],
        "response_types": [],
        "resources": [],
        "authorization_details_types": [],
        "matters": [],
    }
    return app_of(client_id, **{**nobody, **declared, "grant_types": ["client_credentials"], "scope": "", **changes})


def registrations() -> tuple[dict[str, Any], ...]:
    """All of them."""
    by_key = {"token_endpoint_auth_method": "private_key_jwt", "jwks": holder().jwks}
    by_post = {"token_endpoint_auth_method": "client_secret_post"}
    return (
        _resource(ARCHIVE, AT_ARCHIVE),
        _resource(
            DESK, AT_DESK, grant_types=[EXCHANGE], scope="archive:read", exchange_audiences=[AT_ARCHIVE], **by_post
        ),
        app_of(
            WEB,
            redirect_uris=[REDIRECT, REDIRECT_WITH_QUERY],
            post_logout_redirect_uris=["https://rp.test/bye"],
            client_uri="https://rp.test/",
            policy_uri="https://rp.test/policy",
            logo_uri="https://rp.test/logo.png",
            **by_post,
        ),
        app_of(
            PORTAL,
            audience=AT_DESK,
            resources=[],
            may_act=DESK,
            authorization_details_types=[],
            matters=[],
            **by_post,
        ),
        app_of(KEYED, request_uris=["https://rp.test/request.jwt"], **by_key),
        app_of(HIGH, profile="gov-high", **by_key),
        app_of(
            LEGACY,
            profile="legacy",
            grant_types=["authorization_code", "implicit"],
            response_types=["code", "id_token", "id_token token", "code id_token token"],
            asks_consent=True,
            **by_post,
        ),
        app_of(
            NATIVE,
            redirect_uris=["http://127.0.0.1/cb", "com.example.app:/cb"],
            application_type="native",
            channel="app",
            grant_types=["authorization_code"],
            token_endpoint_auth_method="none",
        ),
        app_of(
            CERTIFIED,
            token_endpoint_auth_method="tls_client_auth",
            tls_client_auth_subject_dn="CN=certified",
            tls_client_certificate_bound_access_tokens=True,
        ),
        app_of(EVIL, redirect_uris=["https://evil.test/cb"], sector_identifier="evil", **by_post),
    )
