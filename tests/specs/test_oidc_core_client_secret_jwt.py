"""OpenID Connect Core §9 `client_secret_jwt`: an assertion signed with the shared secret, which never travels; threat C02."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from tests.idp.oauth.assertions import KeyHolder, encoded, form, holder
from tests.plugins.running_idp import RunningIdp
from tests.specs.pushing_party import PushingParty

SECRET = "a-shared-secret-of-more-than-thirty-two-characters"
MACHINE: dict[str, Any] = {
    "profile": "gov-standard",
    "redirect_uris": [],
    "response_types": [],
    "grant_types": ["client_credentials"],
    "scope": "licence:read",
}
SHARED = {**MACHINE, "token_endpoint_auth_method": "client_secret_jwt", "client_secret": SECRET, "jwks": None}
_numbers = count(1)


@pytest.fixture(scope="module")
def parties() -> Iterator[ExitStack]:
    with ExitStack() as parties:
        yield parties


def assertion(party: PushingParty, secret: str | bytes, alg: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": party.client_id,
        "sub": party.client_id,
        "aud": party.issuer,
        "iat": now,
        "exp": now + 60,
        "jti": f"shared-{next(_numbers)}",
        **changes,
    }
    signing_input = f"{encoded({'alg': alg, 'typ': 'JWT'})}.{encoded(claims)}"
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{signing_input}.{encoded(hmac.digest(key, signing_input.encode(), 'sha256'))}"


def come(party: PushingParty, made: str, **fields: str) -> tuple[int, str]:
    body = {"grant_type": "client_credentials", **form(made), **fields}
    answer = party.http.post(f"{party.issuer}/token", data=body)
    return answer.status_code, answer.json().get("error", "")


def test_who_signs_with_the_secret_is_the_client(idp_sqlite: RunningIdp, parties: ExitStack) -> None:
    """Mutations: the secret compared instead; any secret; an assertion that works twice."""
    party = parties.enter_context(PushingParty(idp_sqlite, **SHARED))
    made = assertion(party, SECRET)
    assert come(party, made) == (200, "")
    refused = (401, "invalid_client")
    assert come(party, made) == refused, "used before"
    assert come(party, assertion(party, "another-secret-of-more-than-thirty-two-letters")) == refused
    assert come(party, assertion(party, "")) == refused
    assert come(party, assertion(party, SECRET, alg="HS512")) == refused
    assert come(party, assertion(party, SECRET, alg="none")) == refused
    assert come(party, assertion(party, SECRET, aud="https://other.test")) == refused
    assert come(party, holder().assertion(party.client_id, party.issuer, int(time.time()))) == refused


def test_the_secret_itself_is_no_proof(idp_sqlite: RunningIdp, parties: ExitStack) -> None:
    """One method, the registered one (threat E03)."""
    party = parties.enter_context(PushingParty(idp_sqlite, **SHARED))
    body = {"grant_type": "client_credentials", "client_id": party.client_id, "client_secret": SECRET}
    basic = base64.b64encode(f"{party.client_id}:{SECRET}".encode()).decode()
    posted = party.http.post(f"{party.issuer}/token", data=body)
    shown = party.http.post(
        f"{party.issuer}/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert (posted.status_code, shown.status_code) == (401, 401)


@pytest.mark.parametrize("kind", ["ES256", "RS256"])
def test_a_public_key_is_no_shared_secret(idp_sqlite: RunningIdp, parties: ExitStack, kind: str) -> None:
    """Threat C02, CVE-2024-37568. Mutation: HS256 verified with whatever key the client registered."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key: KeyHolder = holder(kind)
    party = parties.enter_context(PushingParty(idp_sqlite, key=key, **MACHINE))
    public = key.private.public_key
    spellings = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(key.jwk).encode(),
        json.dumps(key.jwks).encode(),
        hashlib.sha256(b"").digest(),
        b"",
    ]
    for spelling in spellings:
        assert come(party, assertion(party, spelling)) == (401, "invalid_client")


def test_a_secret_that_we_cannot_read_is_no_fault_of_the_client(idp_sqlite: RunningIdp, parties: ExitStack) -> None:
    """A master key is missing: 503, come again. Mutations: 401, which apps take for a wrong secret; signed by nothing."""
    party = parties.enter_context(PushingParty(idp_sqlite, **SHARED))
    made = assertion(party, SECRET)
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        registered = unit_of_work.clients.get(party.client_id)
        assert registered is not None
        unreadable = replace(registered, secrets=(), sealed_secrets=("0109" + "00" * 40,))
        unit_of_work.clients.save(unreadable, services.clock())
        unit_of_work.commit()
    time.sleep(1.1)  # so long other processes may know the client as it was
    assert come(party, made) == (503, "temporarily_unavailable")
    assert come(party, assertion(party, "0109" + "00" * 40)) == (503, "temporarily_unavailable")
