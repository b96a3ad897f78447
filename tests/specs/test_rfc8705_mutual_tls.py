"""RFC 8705, mutual TLS, through the nginx that operators are told to run; requirements 39, 42 and 44, threat E03."""

import base64
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.plugins.certificate_office import AppCertificate, CertificateOffice
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.pushing_party import PushingParty

SCOPE: dict[str, Any] = {
    "redirect_uris": [],
    "response_types": [],
    "grant_types": ["client_credentials"],
    "scope": "licence:read",
}


@pytest.fixture(scope="module")
def office(idp_behind_nginx: RunningIdp) -> CertificateOffice:
    assert idp_behind_nginx.office is not None
    return idp_behind_nginx.office


@pytest.fixture(scope="module")
def document(idp_behind_nginx: RunningIdp) -> dict[str, Any]:
    address = f"{idp_behind_nginx.issuer}/.well-known/openid-configuration"
    found: dict[str, Any] = httpx.get(address, trust_env=False, verify=False).json()
    return found


@pytest.fixture(scope="module")
def parties() -> Iterator[ExitStack]:
    with ExitStack() as parties:
        yield parties


def app(idp: RunningIdp, parties: ExitStack, **changes: Any) -> PushingParty:
    return parties.enter_context(PushingParty(idp, **changes))


def with_certificate(idp: RunningIdp, certificate: AppCertificate | None) -> httpx.Client:
    """A client of TLS that shows it, and believes the front's own certificate alone."""
    assert idp.authority is not None
    trusted = idp.authority
    context = ssl.create_default_context(cafile=str(trusted)) if certificate is None else certificate.context(trusted)
    return httpx.Client(verify=context, trust_env=False, timeout=20)


def jwks_of(certificate: AppCertificate) -> dict[str, Any]:
    key = ECKey.import_key(certificate.private.public_key())
    return {"keys": [{**key.as_dict(private=False), "kid": "of the certificate"}]}


def thumbprint(certificate: AppCertificate) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(certificate.der).digest()).rstrip(b"=").decode()


def ask(
    idp: RunningIdp, party: PushingParty, address: str, certificate: AppCertificate | None, **headers: str
) -> httpx.Response:
    body = {"grant_type": "client_credentials", "client_id": party.client_id}
    with with_certificate(idp, certificate) as client:
        return client.post(address, data=body, headers=headers)


def test_requirement_42_discovery_tells_where(idp_behind_nginx: RunningIdp, document: dict[str, Any]) -> None:
    """§5 and §3.3."""
    assert document["tls_client_certificate_bound_access_tokens"] is True
    aliases = document["mtls_endpoint_aliases"]
    names = {"token", "userinfo", "introspection", "revocation", "pushed_authorization_request", "id_match"}
    assert set(aliases) == {f"{name}_endpoint" for name in names}
    assert all(value.startswith("https://localhost:") for value in aliases.values())
    assert urlsplit(aliases["token_endpoint"]).port != urlsplit(idp_behind_nginx.issuer).port
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(document["token_endpoint_auth_methods_supported"])


NAMES: dict[str, tuple[str, dict[str, str]]] = {
    "tls_client_auth_subject_dn": ("CN=fund,O=Housing Fund", {}),
    "tls_client_auth_san_dns": ("fund.example", {"dns": "fund.example"}),
    "tls_client_auth_san_uri": ("urn:city:fund", {"uri": "urn:city:fund"}),
    "tls_client_auth_san_email": ("fund@city.example", {"email": "fund@city.example"}),
}


@pytest.mark.parametrize("member", NAMES)
def test_who_an_authority_vouches_for_is_known_by_the_registered_name(
    idp_behind_nginx: RunningIdp, parties: ExitStack, office: CertificateOffice, document: dict[str, Any], member: str
) -> None:
    """§2.1. Mutations: any name; any authority; a certificate that is over; none at all."""
    value, alternatives = NAMES[member]
    party = app(
        idp_behind_nginx,
        parties,
        jwks=None,
        token_endpoint_auth_method="tls_client_auth",
        tls_client_certificate_bound_access_tokens=True,
        **{member: value},
        **SCOPE,
    )
    address = document["mtls_endpoint_aliases"]["token_endpoint"]
    certificate = office.issue("fund", alternatives=alternatives)
    answer = ask(idp_behind_nginx, party, address, certificate)
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "Bearer"
    others = (
        office.issue("thief", alternatives={"dns": "thief.example"}),
        office.issue("fund", self_signed=True, alternatives=alternatives),
        CertificateOffice(office.file.with_name("another.pem")).issue("fund", alternatives=alternatives),
        None,
    )
    over = ask(idp_behind_nginx, party, address, office.issue("fund", days=-1, alternatives=alternatives))
    assert over.status_code == 400, "nginx itself refuses what has expired"
    for other in others:
        refused = ask(idp_behind_nginx, party, address, other)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_a_department_of_one_name_is_known_by_it(
    idp_behind_nginx: RunningIdp, parties: ExitStack, office: CertificateOffice, document: dict[str, Any]
) -> None:
    """§2.1.2: a subject and no alternative name. Mutation: the demands that browsers make of servers."""
    party = app(
        idp_behind_nginx,
        parties,
        jwks=None,
        profile="gov-standard",
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_subject_dn="CN=archive,O=Housing Fund",
        **SCOPE,
    )
    address = document["mtls_endpoint_aliases"]["token_endpoint"]
    plain = office.issue("archive", alternatives={})
    assert ask(idp_behind_nginx, party, address, plain).status_code == 200


def test_a_certificate_that_nobody_can_read_is_a_wrong_one(
    idp_behind_nginx: RunningIdp, parties: ExitStack, office: CertificateOffice
) -> None:
    """Straight to a process, as a broken front would write it. Mutation: an error of the reader that is let through."""
    certificate = office.issue("own", self_signed=True)
    party = app(
        idp_behind_nginx,
        parties,
        jwks=jwks_of(certificate),
        profile="gov-standard",
        token_endpoint_auth_method="self_signed_tls_client_auth",
        **SCOPE,
    )
    another_version = certificate.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01", 1)
    another_curve = certificate.der.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a811ccf5501822d"), 1)
    assert certificate.der not in (another_version, another_curve)
    body = {"grant_type": "client_credentials", "client_id": party.client_id}
    for der in (another_version, another_curve, b"", b"\0", certificate.der[:-20]):
        header = f":{base64.b64encode(der).decode()}:"
        place = f"http://127.0.0.1:{idp_behind_nginx.ports[0]}/token"
        answer = httpx.post(place, data=body, headers={"Client-Cert": header}, trust_env=False)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_self_signed_one_is_known_by_its_key(
    idp_behind_nginx: RunningIdp, parties: ExitStack, office: CertificateOffice, document: dict[str, Any]
) -> None:
    """§2.2."""
    certificate = office.issue("own", self_signed=True)
    party = app(
        idp_behind_nginx,
        parties,
        jwks=jwks_of(certificate),
        token_endpoint_auth_method="self_signed_tls_client_auth",
        tls_client_certificate_bound_access_tokens=True,
        **SCOPE,
    )
    address = document["mtls_endpoint_aliases"]["token_endpoint"]
    assert ask(idp_behind_nginx, party, address, certificate).status_code == 200
    for other in (office.issue("own", self_signed=True), None):
        assert ask(idp_behind_nginx, party, address, other).status_code == 401


@pytest.mark.parametrize("at", ["token_endpoint", "mtls"])
def test_nobody_writes_the_header_himself(
    idp_behind_nginx: RunningIdp,
    parties: ExitStack,
    office: CertificateOffice,
    document: dict[str, Any],
    at: str,
) -> None:
    """RFC 9440 §4, under either name: to WSGI they are one, and this nginx lets underscores through.

    Mutation: one of the two servers of nginx that does not set it.
    """
    certificate = office.issue("own", self_signed=True)
    party = app(
        idp_behind_nginx,
        parties,
        jwks=jwks_of(certificate),
        profile="gov-standard",
        token_endpoint_auth_method="self_signed_tls_client_auth",
        **SCOPE,
    )
    address = document["mtls_endpoint_aliases"]["token_endpoint"] if at == "mtls" else document["token_endpoint"]
    stranger = office.issue("stranger", self_signed=True)
    written = (quote(certificate.pem, safe=""), f":{base64.b64encode(certificate.der).decode()}:")
    for header in written:
        for name in ("Client-Cert", "Client_Cert"):
            for shown in (None, stranger):
                answer = ask(idp_behind_nginx, party, address, shown if at == "mtls" else None, **{name: header})
                assert answer.status_code == 401, name
    real = ask(idp_behind_nginx, party, document["mtls_endpoint_aliases"]["token_endpoint"], certificate)
    assert real.status_code == 200


def test_nobody_else_is_a_front(idp_sqlite: RunningIdp) -> None:
    """Without the setting no header is believed, whoever sends it."""
    office = CertificateOffice(idp_sqlite.config.parent / "nobody.pem")
    certificate = office.issue("own", self_signed=True)
    with PushingParty(
        idp_sqlite,
        jwks=jwks_of(certificate),
        profile="gov-standard",
        token_endpoint_auth_method="self_signed_tls_client_auth",
        **SCOPE,
    ) as party:
        body = {"grant_type": "client_credentials", "client_id": party.client_id}
        headers = {"Client-Cert": quote(certificate.pem, safe="")}
        assert party.http.post(f"{party.issuer}/token", data=body, headers=headers).status_code == 401
        discovered = party.http.get(f"{party.issuer}/.well-known/openid-configuration").json()
        assert discovered["tls_client_certificate_bound_access_tokens"] is False
        assert "mtls_endpoint_aliases" not in discovered


def test_requirements_39_and_44_tokens_are_bound_to_the_certificate(
    idp_behind_nginx: RunningIdp, parties: ExitStack, office: CertificateOffice, document: dict[str, Any]
) -> None:
    """§3, in `gov-high` without DPoP. Mutations: `cnf` left out; userinfo that does not look; a refresh without."""
    person: Person = idp_behind_nginx.new_person()
    certificate, thief = (office.issue("own", self_signed=True) for _ in range(2))
    party = app(
        idp_behind_nginx,
        parties,
        jwks=jwks_of(certificate),
        token_endpoint_auth_method="self_signed_tls_client_auth",
        tls_client_certificate_bound_access_tokens=True,
    )
    places = document["mtls_endpoint_aliases"]
    with with_certificate(idp_behind_nginx, certificate) as client, FormBrowser(idp_behind_nginx.issuer) as browser:
        parameters, question = party.parameters()
        pushed = client.post(places["pushed_authorization_request_endpoint"], data=parameters)
        assert pushed.status_code == 201, pushed.text
        page = browser.go_through(party.led_by(pushed.json()["request_uri"]), person)
        body = {
            "grant_type": "authorization_code",
            "client_id": party.client_id,
            "code": page.answer["code"],
            "redirect_uri": party.redirect_uri,
            "code_verifier": question.code_verifier,
        }
        tokens = client.post(places["token_endpoint"], data=body).json()
        token, headers = tokens["access_token"], {"Authorization": f"Bearer {tokens['access_token']}"}
        assert client.get(places["userinfo_endpoint"], headers=headers).status_code == 200
        about = {"client_id": party.client_id, "token": token}
        told = client.post(places["introspection_endpoint"], data=about).json()
        assert told["cnf"] == {"x5t#S256": thumbprint(certificate)}
        again = {
            "grant_type": "refresh_token",
            "client_id": party.client_id,
            "refresh_token": tokens["refresh_token"],
        }
        assert client.post(places["token_endpoint"], data=again).status_code == 200
    for other in (thief, None):
        with with_certificate(idp_behind_nginx, other) as client:
            assert client.get(places["userinfo_endpoint"], headers=headers).status_code == 401
            assert client.post(places["token_endpoint"], data=again).status_code == 401


def test_an_app_with_another_method_may_have_its_tokens_bound(
    idp_behind_nginx: RunningIdp, parties: ExitStack, office: CertificateOffice, document: dict[str, Any]
) -> None:
    """§3: to whatever certificate it comes with. Mutation: bound for the two methods alone."""
    party = app(
        idp_behind_nginx,
        parties,
        profile="gov-standard",
        tls_client_certificate_bound_access_tokens=True,
        **SCOPE,
    )
    certificate = office.issue("any", self_signed=True)
    places = document["mtls_endpoint_aliases"]
    with with_certificate(idp_behind_nginx, certificate) as client:
        body = {"grant_type": "client_credentials", **party.proof()}
        token = client.post(places["token_endpoint"], data=body).json()["access_token"]
        about = {"token": token, **party.proof()}
        told = client.post(places["introspection_endpoint"], data=about).json()
        assert told["cnf"] == {"x5t#S256": thumbprint(certificate)}
    body = {"grant_type": "client_credentials", **party.proof()}
    refused = party.http.post(f"{party.issuer}/token", data=body)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
