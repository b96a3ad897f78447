"""RFC 8414 and OpenID Connect Discovery 1.0: the document says what is there, and what is there is in the document."""

import re
import socket
import ssl
import warnings
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.plugins.running_idp import RunningIdp

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
REQUIRED = {
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "response_types_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported", "scopes_supported", "claims_supported",
}  # fmt: skip
REGISTERED = REQUIRED | {
    "end_session_endpoint", "response_modes_supported", "grant_types_supported", "token_endpoint_auth_methods_supported",
    "code_challenge_methods_supported", "acr_values_supported", "prompt_values_supported", "claim_types_supported",
    "claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
    "authorization_response_iss_parameter_supported", "ui_locales_supported", "display_values_supported",
    "introspection_endpoint", "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported", "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported", "revocation_endpoint_auth_signing_alg_values_supported",
    "token_endpoint_auth_signing_alg_values_supported", "backchannel_logout_supported",
    "backchannel_logout_session_supported", "frontchannel_logout_supported", "frontchannel_logout_session_supported", "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests", "require_signed_request_object", "require_request_uri_registration",
    "request_object_signing_alg_values_supported", "authorization_signing_alg_values_supported",
    "introspection_signing_alg_values_supported", "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported", "userinfo_signing_alg_values_supported",
    "userinfo_encryption_alg_values_supported", "userinfo_encryption_enc_values_supported",
    "authorization_details_types_supported",
    "registration_endpoint",
    "verified_claims_supported", "trust_frameworks_supported", "claims_in_verified_claims_supported",
    "id_match_endpoint",
    "evidence_supported", "documents_supported", "documents_check_methods_supported", "electronic_records_supported",
    "dpop_signing_alg_values_supported", "tls_client_certificate_bound_access_tokens", "mtls_endpoint_aliases",
}  # fmt: skip
"""Names of the IANA registry of authorization server metadata, of the OpenID specifications, and one of ours, used here."""


@pytest.fixture(scope="module")
def metadata(idp_sqlite: RunningIdp) -> dict[str, Any]:
    document: dict[str, Any] = httpx.get(idp_sqlite.issuer + PATHS[0], trust_env=False).json()
    return document


def test_everything_is_https_behind_the_front(idp_behind_nginx: RunningIdp) -> None:
    """RFC 8414 §2 and requirement 1 of conformance, with a certificate that is verified and TLS 1.2 as the oldest.

    Mutation: any address of the document built from the scheme of the request, which is plain behind the front; a
    cookie without `__Host-` or Secure; no `ssl_protocols` in the default server of the how-to's nginx.
    """
    issuer = idp_behind_nginx.issuer
    trusted = ssl.create_default_context(cafile=idp_behind_nginx.authority)
    with httpx.Client(trust_env=False, verify=trusted) as client:
        metadata = client.get(issuer + PATHS[0]).json()
        begun = client.get(f"{issuer}/logout")
        keys = client.get(metadata["jwks_uri"])
    assert issuer.startswith("https://")
    assert metadata["issuer"] == issuer
    addresses = [value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(addresses) >= 5
    assert all(address.startswith(f"{issuer}/") for address in addresses)
    assert keys.status_code == begun.status_code == 200
    assert begun.headers["strict-transport-security"]
    versions = ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3")
    assert [name for name in versions if _speaks(issuer, ssl.TLSVersion[name])] == ["TLSv1_2", "TLSv1_3"]


def _speaks(issuer: str, version: ssl.TLSVersion) -> bool:
    address = urlsplit(issuer)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():  # the old versions are deprecated: that is what is asked here
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    try:
        with socket.create_connection(("127.0.0.1", address.port or 443), 5) as connection:
            context.wrap_socket(connection, server_hostname=address.hostname).close()
    except (ssl.SSLError, ConnectionError):
        return False
    return True


@pytest.mark.parametrize("path", PATHS)
def test_the_document_is_public_json(idp_sqlite: RunningIdp, path: str, metadata: dict[str, Any]) -> None:
    """RFC 8414 §3.2; an app in a browser may read it as well."""
    answer = httpx.get(idp_sqlite.issuer + path, trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == metadata


def test_the_issuer_is_exactly_the_one_asked(idp_sqlite: RunningIdp, metadata: dict[str, Any]) -> None:
    """RFC 8414 §3.3."""
    assert metadata["issuer"] == idp_sqlite.issuer


def test_the_issuer_does_not_come_from_the_request(idp_sqlite: RunningIdp) -> None:
    """Mutation: build the document from Host (threat N04)."""
    headers = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
    assert "evil" not in httpx.get(idp_sqlite.issuer + PATHS[0], headers=headers, trust_env=False).text


def test_every_required_name_is_there_and_no_unknown_one(metadata: dict[str, Any]) -> None:
    assert set(metadata) >= REQUIRED
    assert set(metadata) <= REGISTERED


def test_values_have_the_types_of_the_standard(metadata: dict[str, Any]) -> None:
    """§2: lists of unique strings, booleans, and addresses of this issuer."""
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(metadata["issuer"] + "/"), name
        elif name.endswith("_parameter_supported") or name.startswith(
            ("backchannel_logout_", "frontchannel_logout_", "require_", "verified_claims_")
        ):
            assert isinstance(value, bool), name
        elif name.endswith("_supported"):
            assert value, name
            assert len(set(value)) == len(value), name
            assert all(isinstance(each, str) for each in value), name


def test_what_openid_connect_asks_for(metadata: dict[str, Any]) -> None:
    """Discovery §3: RS256 listed, `openid` listed, scopes in the syntax of RFC 6749 §3.3, language tags of BCP 47."""
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert "none" not in metadata["id_token_signing_alg_values_supported"]
    assert "openid" in metadata["scopes_supported"]
    assert all(re.fullmatch(r"[!#-\[\]-~]+", scope) for scope in metadata["scopes_supported"])
    assert all(re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag) for tag in metadata["ui_locales_supported"])


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"]
)
def test_every_address_answers(metadata: dict[str, Any], name: str) -> None:
    answer = httpx.get(metadata[name], trust_env=False)
    assert answer.status_code != 404
    assert answer.status_code < 500


def test_only_what_is_listed_is_served(metadata: dict[str, Any]) -> None:
    """Mutation: list a grant that the token endpoint does not know, or serve one that is not listed.

    The implicit grant is one of the authorization endpoint.
    """
    for grant_type in ("authorization_code", "refresh_token", "client_credentials", "password"):
        answer = httpx.post(metadata["token_endpoint"], data={"grant_type": grant_type}, trust_env=False).json()
        is_unsupported = answer["error"] == "unsupported_grant_type"
        assert is_unsupported == (grant_type not in metadata["grant_types_supported"])


def test_keys_are_public_named_and_strong(metadata: dict[str, Any]) -> None:
    """RFC 7517 §4, RFC 7518 §3.3. Mutation: publish `private.as_dict()`."""
    keys = httpx.get(metadata["jwks_uri"], trust_env=False).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    assert {key["alg"] for key in keys} == set(metadata["id_token_signing_alg_values_supported"])
    for key in keys:
        assert key["use"] == "sig"
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"}
        if key["kty"] == "RSA":
            assert len(key["n"]) * 6 >= 2048
        else:
            assert (key["kty"], key["crv"]) == ("EC", "P-256")
