"""FAPI 2.0 Security Profile §5.3.2: assertions and codes of `gov-high`, and the transport; requirements 36, 37 and 43."""

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.idp.oauth.assertions import changed, form
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.pushing_party import NewParty, PushingParty
from tests.specs.test_rfc9449_dpop import fresh, post


@pytest.fixture(scope="module")
def high(new_party: NewParty) -> PushingParty:
    return new_party()


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, high: PushingParty, person: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(high.push().address, person)
        yield browser


def pushed_with(high: PushingParty, assertion: str | None) -> int:
    """How the pushed authorization request endpoint answers a good request with this assertion."""
    parameters, _ = high.parameters()
    proof = {"client_id": high.client_id} if assertion is None else form(assertion)
    return high.http.post(f"{high.issuer}/par", data={**parameters, **proof}).status_code


def bent(issuer: str, now: int) -> dict[str, dict[str, Any]]:
    """What is wrong with each."""
    return {
        "the issuer in an array": {"aud": [issuer]},
        "the token endpoint": {"aud": f"{issuer}/token"},
        "the pushed authorization request endpoint": {"aud": f"{issuer}/par"},
        "the issuer and a slash": {"aud": f"{issuer}/"},
        "another audience": {"aud": "https://other.example"},
        "no audience": {"aud": None},
        "no subject": {"sub": None},
        "another subject": {"sub": "somebody"},
        "another issuer": {"iss": "somebody"},
        "expired five minutes ago": {"iat": now - 360, "exp": now - 300},
        "no end": {"exp": None},
        "no name": {"jti": None},
        "begins in more than a minute": {"nbf": now + 75},
        "made in more than a minute": {"iat": now + 75, "exp": now + 135},
    }


def test_requirement_36_a_bent_assertion_is_refused(high: PushingParty) -> None:
    """Mutations: the audience compared loosely; a claim that is missing taken as no demand."""
    now = int(time.time())
    for what, changes in bent(high.issuer, now).items():
        audience = changes.pop("aud", high.issuer)
        assertion = high.key.assertion(high.client_id, audience, now, **changes)
        assert pushed_with(high, assertion) in {400, 401}, what
    assert pushed_with(high, None) in {400, 401}, "none at all"


def test_requirement_36_clocks_may_differ_by_seconds(high: PushingParty) -> None:
    """Eight seconds ahead is no lie."""
    now = int(time.time())
    ahead: tuple[dict[str, Any], ...] = ({"nbf": now + 8}, {"iat": now + 8, "exp": now + 68})
    for changes in ahead:
        assert pushed_with(high, high.key.assertion(high.client_id, high.issuer, now, **changes)) == 201


def test_requirement_36_an_assertion_is_used_once(high: PushingParty) -> None:
    assertion = high.key.assertion(high.client_id, high.issuer, int(time.time()))
    assert [pushed_with(high, assertion) for _ in range(2)] == [201, 401]


def test_requirement_37_a_code_is_its_clients_for_a_minute_and_once(
    high: PushingParty, browser: FormBrowser, new_party: NewParty
) -> None:
    """Mutations: the verifier not compared; another client's code; a second redemption."""
    for verifier in ({"code_verifier": None}, {"code_verifier": "x" * 43}, {"code_verifier": ""}):
        body = changed(fresh(high, browser), verifier)
        assert high.prove("POST", "/token", body).json()["error"] in {"invalid_grant", "invalid_request"}
    body = fresh(high, browser)
    stranger = new_party()
    assert (
        stranger.prove("POST", "/token", {**body, "redirect_uri": high.redirect_uri}).json()["error"] == "invalid_grant"
    )
    named = post(high, {**body, "client_id": stranger.client_id}, None)
    assert named.json()["error"] == "invalid_client"
    assert high.prove("POST", "/token", body).status_code == 200, "strangers burn nothing"
    assert high.prove("POST", "/token", body).json()["error"] == "invalid_grant"


def test_requirement_37_sixty_seconds_at_most(idp_sqlite: RunningIdp) -> None:
    """What is given out by default, and the most that an operator may say."""
    from idp.settings import Settings

    assert idp_sqlite.installation.settings.tokens.authorization_code <= 60
    field = type(Settings.model_fields["tokens"].get_default(call_default_factory=True)).model_fields[
        "authorization_code"
    ]
    assert max(getattr(each, "le", 0) or 0 for each in field.metadata) == 60


def test_requirement_43_only_good_transport(idp_behind_nginx: RunningIdp) -> None:
    """RFC 9325 §3.1.1, §4.2, by the nginx of the how-to. Mutation: the ciphers of OpenSSL's default."""
    address = urlsplit(idp_behind_nginx.issuer)

    def spoken(version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> str | None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers(ciphers)
        context.minimum_version = context.maximum_version = version
        try:
            with socket.create_connection(("127.0.0.1", address.port or 443), 5) as connection:
                secured = context.wrap_socket(connection, server_hostname=address.hostname)
                cipher = secured.cipher()
                secured.close()
        except (ssl.SSLError, ConnectionError):
            return None
        return None if cipher is None else cipher[0]

    assert spoken(ssl.TLSVersion.TLSv1_3)
    assert spoken(ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM:@SECLEVEL=0")
    weak = (
        "AES128-GCM-SHA256",
        "AES128-SHA",
        "ECDHE-ECDSA-AES128-SHA256",
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-RSA-CHACHA20-POLY1305",
    )
    assert [name for name in weak if spoken(ssl.TLSVersion.TLSv1_2, f"{name}:@SECLEVEL=0")] == []
