"""RFC 9701: the answer to an introspection as a signed JWT, for a resource that must show later what it was told."""

from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.plugins.running_idp import RunningIdp
from tests.specs.pushing_party import PushingParty

MEDIA_TYPE = "application/token-introspection+jwt"
MACHINE: dict[str, Any] = {
    "redirect_uris": [],
    "response_types": [],
    "grant_types": ["client_credentials"],
    "scope": "licence:read",
}


@pytest.fixture(scope="module", params=["gov-high", "gov-standard"])
def party(idp_sqlite: RunningIdp, request: pytest.FixtureRequest) -> Iterator[PushingParty]:
    with PushingParty(idp_sqlite, profile=request.param, **MACHINE) as party:
        yield party


def ask(party: PushingParty, token: str, accept: str) -> Any:
    body = {"token": token, **party.proof()}
    return party.http.post(f"{party.issuer}/introspect", data=body, headers={"Accept": accept})


@pytest.mark.parametrize("accept", [MEDIA_TYPE, f"application/json;q=0.5, {MEDIA_TYPE.upper()};q=1"])
def test_who_asks_for_it_gets_it_signed(party: PushingParty, accept: str) -> None:
    """§5. Mutations: the members beside `token_introspection`; another audience; a type that an access token has."""
    token = party.prove("POST", "/token", {"grant_type": "client_credentials"}).json()["access_token"]
    plain = ask(party, token, "application/json")
    signed = ask(party, token, accept)
    assert (signed.status_code, signed.headers["content-type"]) == (200, MEDIA_TYPE)
    assert signed.headers["cache-control"] == "no-store"
    keys = KeySet.import_key_set(party.http.get(f"{party.issuer}/jwks").json())
    alg = "ES256" if party.metadata["profile"] == "gov-high" else "RS256"
    read = jwt.decode(signed.text, keys, algorithms=[alg])
    assert read.header["typ"] == "token-introspection+jwt"
    assert set(read.claims) == {"iss", "aud", "iat", "token_introspection"}
    assert (read.claims["iss"], read.claims["aud"]) == (party.issuer, party.client_id)
    assert read.claims["token_introspection"] == plain.json()
    assert plain.json()["active"] is True


def test_a_dead_token_is_one_word_all_the_same(party: PushingParty) -> None:
    keys = KeySet.import_key_set(party.http.get(f"{party.issuer}/jwks").json())
    read = jwt.decode(ask(party, "garbage", MEDIA_TYPE).text, keys, algorithms=["ES256", "RS256"])
    assert read.claims["token_introspection"] == {"active": False}


def test_it_is_no_access_token(party: PushingParty) -> None:
    """Threat C08, §8.1."""
    answer = ask(party, "garbage", MEDIA_TYPE).text
    assert party.userinfo(answer).status_code == 401
    assert ask(party, answer, "application/json").json() == {"active": False}
