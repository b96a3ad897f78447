"""Programs of others under `gov-high`: signed and pushed requests, signed answers, tokens bound to a key or certificate.

FAPI 2.0 Security Profile and Message Signing: RFC 9126, RFC 9101, JARM, RFC 9449, RFC 7523 and RFC 8705. All of it by
https through nginx to two server processes in turn: a nonce of one of them must do at the other.
"""

from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.interop.high_app import HighApp, NewHighApp
from tests.interop.high_program import HIGH_PROGRAMS
from tests.plugins.certificate_office import AppCertificate
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser

pytestmark = pytest.mark.parametrize("language", HIGH_PROGRAMS)


def test_a_key_opens_what_its_proofs_are_for(
    idp_behind_nginx: RunningIdp, high_browser: FormBrowser, new_high_app: NewHighApp, language: str
) -> None:
    """private_key_jwt, PAR, a signed request, a signed answer, DPoP with our nonce, refresh; a thief gets nothing.

    Mutations: a request object's `iss` or `aud` read wrongly; userinfo that asks for no nonce; a proof not looked at.
    """
    person = idp_behind_nginx.new_person()
    app, thief = new_high_app(language), new_high_app(language)
    found = app.sign_in(high_browser, person)
    assert (found["token_type"].lower(), found["userinfo"]["name"]) == ("dpop", person.name)
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert {"/token", "/userinfo"} <= set(app.ask("challenges")["endpoints"])
    again = app.ask("refresh")
    assert (again["token_type"].lower(), again["userinfo"]) == ("dpop", found["userinfo"])
    assert app.ask("introspection")["cnf"].keys() == {"jkt"}
    value = app.ask("hand_over")["value"]
    assert app.ask("userinfo", value=value) == found["userinfo"]
    assert thief.ask("userinfo", value=value) == {"error": "invalid_token"}


def test_refusals_are_signed_too(high_browser: FormBrowser, new_high_app: NewHighApp, language: str) -> None:
    """JARM §2.1: nobody is there to ask. Mutation: an error beside the mode that was asked for."""
    app = new_high_app(language)
    page = high_browser.get(app.ask("authorization", parameters={"prompt": "none"})["address"])
    assert set(page.answer) == {"response"}
    assert app.ask("callback", address=page.address) == {"error": "login_required"}


def test_another_key_pushes_nothing(new_high_app: NewHighApp, language: str) -> None:
    """RFC 9126 §2.1. Mutation: the key that the assertion's header names, wherever that comes from."""
    stranger = new_high_app(language)
    app = new_high_app(language, jwks=stranger.ask("publish"))
    assert app.ask("authorization", parameters={}) == {"error": "invalid_client"}


def _by_authority(certificate: AppCertificate) -> dict[str, Any]:
    del certificate
    return {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=fund,O=Housing Fund"}


def _by_itself(certificate: AppCertificate) -> dict[str, Any]:
    own = {**ECKey.import_key(certificate.private.public_key()).as_dict(private=False), "kid": "of the certificate"}
    return {
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "jwks": lambda program: {"keys": [own, *program.ask("publish")["keys"]]},
    }


@pytest.mark.parametrize("known", [_by_authority, _by_itself], ids=["tls_client_auth", "self_signed_tls_client_auth"])
def test_a_certificate_opens_what_it_is_bound_to(
    idp_behind_nginx: RunningIdp,
    high_browser: FormBrowser,
    new_high_app: NewHighApp,
    language: str,
    known: Callable[[AppCertificate], dict[str, Any]],
) -> None:
    """RFC 8705 §2 to §5: the aliases of discovery, both methods, tokens of the certificate; a thief gets nothing.

    Mutations: an alias left out of discovery; userinfo that does not look at the certificate.
    """
    office = idp_behind_nginx.office
    assert office is not None
    certificate, other = (office.issue("fund", self_signed=known is _by_itself) for _ in range(2))
    metadata = {**known(certificate), "tls_client_certificate_bound_access_tokens": True}

    def new(comes_with: AppCertificate) -> HighApp:
        return new_high_app(language, certificate=comes_with, **metadata)

    app, person = new(certificate), idp_behind_nginx.new_person()
    found = app.sign_in(high_browser, person)
    assert (found["token_type"].lower(), found["userinfo"]["name"]) == ("bearer", person.name)
    assert app.ask("refresh")["userinfo"] == found["userinfo"]
    assert app.ask("introspection")["cnf"].keys() == {"x5t#S256"}
    thief = new(other)
    assert thief.ask("userinfo", value=app.ask("hand_over")["value"]) == {"error": "invalid_token"}
    if known is _by_itself:
        assert thief.ask("authorization", parameters={}) == {"error": "invalid_client"}
