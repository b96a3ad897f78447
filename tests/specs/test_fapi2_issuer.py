"""An issuer of `profiles = ["gov-high"]`: what it announces is what FAPI 2.0 allows; requirements 32, 33 and 42.

The application itself over its own stores, without a server process.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from idp.app import Installation, create_app
from idp.oauth.client_metadata import client_of
from idp.registration.faults import InvalidClientMetadata
from tests.idp.installed import installed
from tests.idp.oauth.assertions import holder
from tests.idp.oauth.registered import register
from tests.plugins.certificate_office import CertificateOffice
from tests.plugins.private_servers import StorageUrls

FAPI = {"ES256", "PS256", "EdDSA", "Ed25519"}
"""FAPI 2.0 Security Profile §5.4.1."""


@pytest.fixture
def installation(storage_urls: StorageUrls, tmp_path: Path) -> Iterator[Installation]:
    from idp.clock import system_clock
    from idp.storage.migrations import upgrade

    office = CertificateOffice(tmp_path / "office.pem")
    changes = {
        "IDP_PROFILES": '["gov-high"]',
        "IDP_MUTUAL_TLS__ORIGIN": "https://mtls.id.example",
        "IDP_MUTUAL_TLS__FRONTS": '["127.0.0.1"]',
        "IDP_MUTUAL_TLS__AUTHORITIES": str(office.file),
        "IDP_SERVER__TRUSTED_PROXIES": '["127.0.0.1"]',
    }
    upgrade(storage_urls.database)
    opened = installed(storage_urls, tmp_path, system_clock, **changes)
    yield opened
    opened.storage.close()


@pytest.fixture
def issuer(installation: Installation) -> Iterator[httpx.Client]:
    transport = httpx.WSGITransport(create_app(installation))
    with httpx.Client(transport=transport, base_url=installation.settings.issuer) as client:
        yield client


@pytest.fixture
def document(issuer: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = issuer.get("/.well-known/openid-configuration").json()
    return found


def test_requirement_32_only_code_only_pushed_only_with_s256(document: dict[str, Any]) -> None:
    """Mutation: the union of all profiles in place of those that are on."""
    assert document["response_types_supported"] == ["code"]
    assert "implicit" not in document["grant_types_supported"]
    assert document["require_pushed_authorization_requests"] is True
    assert document["pushed_authorization_request_endpoint"]
    assert document["request_uri_parameter_supported"] is False
    assert "require_request_uri_registration" not in document
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    methods = {"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}
    for endpoint in ("token", "introspection", "revocation"):
        assert set(document[f"{endpoint}_endpoint_auth_methods_supported"]) == methods


def test_requirement_33_only_strong_algorithms(document: dict[str, Any]) -> None:
    lists = [name for name in document if name.endswith(("signing_alg_values_supported", "signing_alg_values"))]
    assert len(lists) >= 6
    for name in lists:
        assert set(document[name]) <= FAPI, name
        assert document[name], name


def test_requirement_42_bound_tokens_are_announced(document: dict[str, Any]) -> None:
    assert document["tls_client_certificate_bound_access_tokens"] is True
    assert document["mtls_endpoint_aliases"]["token_endpoint"] == "https://mtls.id.example/token"
    assert document["dpop_signing_alg_values_supported"]


@pytest.mark.parametrize("profile", ["gov-standard", "legacy"])
def test_clients_of_other_profiles_are_nobody_here(
    installation: Installation, issuer: httpx.Client, profile: str
) -> None:
    """Mutations: an old registration that goes on; one that is let in anew."""
    registered = register(installation, profile=profile)
    entry = {"client_id": "new", "client_name": "New", "profile": profile, "token_endpoint_auth_method": "none"}
    with pytest.raises(InvalidClientMetadata, match="profile"):
        installation.services.registrations.read([{**entry, "redirect_uris": ["https://app.example/"]}])
    query = {"client_id": registered.client.client_id, "redirect_uri": registered.client.redirect_uris[0]}
    page = issuer.get("/authorize", params={**query, "response_type": "code", "scope": "openid"})
    assert page.status_code == 400
    body = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "x" * 40}
    answer = issuer.post("/token", data=body)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_accounts_own_pages_are_still_there(issuer: httpx.Client) -> None:
    """They are an app to the one door, and of no profile. Mutation: they too are asked to push."""
    page = issuer.get("/me")
    while page.is_redirect:
        page = issuer.get(page.headers["location"])
    assert page.status_code == 200
    assert 'id="username"' in page.text


def test_a_client_of_gov_high_asks_as_it_should(installation: Installation, issuer: httpx.Client) -> None:
    metadata = {
        "client_id": "high",
        "client_name": "High",
        "redirect_uris": ["https://app.example/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": holder().jwks,
        "profile": "gov-high",
    }
    services = installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(metadata), services.clock())
        unit_of_work.commit()
    query = {"client_id": "high", "redirect_uri": "https://app.example/cb", "response_type": "code", "scope": "openid"}
    answer = issuer.get("/authorize", params=query)
    told = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert told["error"] == "invalid_request"
