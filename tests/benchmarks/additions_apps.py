"""The apps that ask in `additions.py`, and the resources that they ask for."""

from collections.abc import Mapping
from typing import Any

from idp.app import Installation
from idp.oauth.client_metadata import client_of
from tests.benchmarks.operations import CALLBACK, SECRET
from tests.idp.oauth.assertions import holder
from tests.specs.encryption_keys import reader

RESOURCE = "https://resource.example"
ARCHIVE = "https://archive.example"
KEY = holder()
READER = reader()
_WORDS = {"en": "Words"}
_RESOURCE = {"client_name": "资源", "client_secret": SECRET, "scope": "resource:read archive:read"}
_RESOURCES: list[Mapping[str, Any]] = [
    {
        **_RESOURCE,
        "client_id": "archive",
        "grant_types": ["client_credentials"],
        "resource": ARCHIVE,
        "resource_scope": {"archive:read": _WORDS},
    },
    {
        **_RESOURCE,
        "client_id": "resource",
        "grant_types": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
        "resource": RESOURCE,
        "resource_scope": {"resource:read": _WORDS},
        "resource_matters": {"000172001000": _WORDS},
        "exchange_audiences": [ARCHIVE],
    },
]


def registrations(dn: str) -> list[Mapping[str, Any]]:
    """All of them; `dn` is the subject of the certificate that one comes with."""
    common = {
        "client_name": "度量",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid profile resource:read",
        "id_token_signed_response_alg": "ES256",
        "authorization_signed_response_alg": "ES256",
        "introspection_signed_response_alg": "ES256",
        "asks_consent": False,
        "jwks": KEY.jwks,
    }
    by_secret = {**common, "client_secret": SECRET}
    named = {
        "resources": [RESOURCE],
        "authorization_details_types": ["matter"],
        "matters": ["000172001000"],
    }
    by_certificate = {
        "token_endpoint_auth_method": "tls_client_auth",
        "tls_client_auth_subject_dn": dn,
        "tls_client_certificate_bound_access_tokens": True,
    }
    legacy = {
        "profile": "legacy",
        "response_types": ["code", "code id_token"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", "implicit"],
    }
    id_token_for_one = {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": READER.jwks}
    userinfo_for_one = {"userinfo_encrypted_response_alg": "ECDH-ES", "jwks": READER.jwks}
    at_the_desk = {"audience": RESOURCE, "may_act": "resource", "scope": "openid profile resource:read archive:read"}
    return [
        *_RESOURCES,
        {**by_secret, **named, "client_id": "by-secret"},
        {**common, "client_id": "by-key", "token_endpoint_auth_method": "private_key_jwt"},
        {**common, **by_certificate, "client_id": "by-certificate"},
        {**by_secret, **legacy, "client_id": "hybrid"},
        {**by_secret, **at_the_desk, "client_id": "at-the-desk"},
        {**by_secret, **id_token_for_one, "client_id": "id-token-encrypted"},
        {**by_secret, "userinfo_signed_response_alg": "ES256", "client_id": "userinfo-signed"},
        {**by_secret, **userinfo_for_one, "userinfo_signed_response_alg": "ES256", "client_id": "userinfo-encrypted"},
    ]


def register(installation: Installation, dn: str) -> None:
    """Makes them known."""
    with installation.services.begin() as unit_of_work:
        for metadata in registrations(dn):
            unit_of_work.clients.save(client_of(metadata), installation.services.clock())
        unit_of_work.commit()
