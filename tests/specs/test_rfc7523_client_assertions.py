"""RFC 7523 §2.2 and §3, OpenID Connect Core §9 `private_key_jwt`: requirements 23, 26, 33 and 36, at every endpoint.

Over two processes, on each pair of stores.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from tests.idp.oauth.assertions import KeyHolder, form, holder
from tests.idp.oauth.dpop_proofs import prover
from tests.idp.storage.storm import storm
from tests.plugins.running_idp import RunningIdp
from tests.specs.key_publisher import KeyPublisher, publishing

_numbers = count(1)
REFUSED = (401, "invalid_client")


class Machine:
    """A client that gets tokens for itself, with an assertion each time."""

    def __init__(self, idp: RunningIdp, **changes: Any) -> None:
        from idp.oauth.client_metadata import client_of

        self.idp = idp
        self.client_id = f"machine-{next(_numbers)}"
        metadata = {
            "client_id": self.client_id,
            "client_name": "一台机器",
            "grant_types": ["client_credentials"],
            "response_types": [],
            "scope": "licence:read",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": holder().jwks,
            **changes,
        }
        self.proves = metadata.get("profile") == "gov-high"
        services = idp.installation.services
        with services.begin() as unit_of_work:
            known = {name: value for name, value in metadata.items() if value is not None}
            unit_of_work.clients.save(client_of(known), services.clock())
            unit_of_work.commit()

    def assertion(self, key: KeyHolder | None = None, **changes: Any) -> str:
        audience = changes.pop("aud", self.idp.issuer)
        return (key or holder()).assertion(self.client_id, audience, int(time.time()), **changes)

    def ask(self, assertion: str, path: str = "/token", **parameters: str) -> tuple[int, str]:
        """Status and error, if there is one."""
        wanted = {"/token": {"grant_type": "client_credentials"}}.get(path, {"token": "unknown"})
        address, body = self.idp.issuer + path, {**wanted, **form(assertion), **parameters}
        # One without a nonce: that is asked for once the assertion was believed.
        proof = {"DPoP": prover().proof("POST", address)} if self.proves else {}
        answer = httpx.post(address, data=body, headers=proof, trust_env=False, timeout=20)
        if answer.headers.get("dpop-nonce") and "use_dpop_nonce" in answer.text:
            return 200, ""
        return answer.status_code, answer.json().get("error", "") if answer.content else ""

    def is_welcome(self, key: KeyHolder | None = None, **changes: Any) -> bool:
        told = self.ask(self.assertion(key, **changes))
        assert told in {(200, ""), REFUSED}, told
        return told == (200, "")


@pytest.fixture
def machine(idp_server: RunningIdp) -> Machine:
    return Machine(idp_server)


@pytest.fixture
def high(idp_server: RunningIdp) -> Machine:
    """A client of the profile that stands for FAPI 2.0."""
    return Machine(idp_server, profile="gov-high")


@pytest.fixture
def publisher(idp_sqlite: RunningIdp) -> Iterator[KeyPublisher]:
    port = idp_sqlite.receivers.pop()
    with publishing(port) as running:
        yield running
    idp_sqlite.receivers.append(port)


@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
def test_an_assertion_opens_every_door_once(machine: Machine, path: str) -> None:
    """§3 `jti`; a replay at another endpoint and in another process is one, too (threat E04)."""
    assertion = machine.assertion()
    assert machine.ask(assertion, path) == (200, "")
    for other in ("/token", "/introspect", "/revoke") * 3:
        assert machine.ask(assertion, other) == REFUSED


def test_of_twenty_at_once_one_is_served(machine: Machine) -> None:
    """O02. Mutation: `UsedOnce.claim` looks and then writes."""
    for _ in range(5):
        assertion = machine.assertion()
        told = storm(20, lambda _, assertion=assertion: machine.ask(assertion))  # type: ignore[misc]
        assert told.count((200, "")) == 1
        assert {error for status, error in told if status != 200} == {"invalid_client"}


def test_audiences(machine: Machine, high: Machine) -> None:
    """Requirement 23: the issuer, and the token endpoint in plain OpenID Connect; 36: the issuer as one string in FAPI."""
    issuer = machine.idp.issuer
    assert machine.is_welcome(aud=issuer)
    assert machine.is_welcome(aud=f"{issuer}/token")
    assert machine.is_welcome(aud=[issuer, f"{issuer}/token"])
    assert high.is_welcome(aud=issuer)
    for audience in (f"{issuer}/token", [issuer], [issuer, f"{issuer}/token"], f"{issuer}/"):
        assert not high.is_welcome(aud=audience)
    for foreign in ([issuer, "https://other.test"], "https://other.test", f"{issuer}/", None):
        assert not machine.is_welcome(aud=foreign)


def test_what_fapi_refuses(high: Machine) -> None:
    """Requirement 36: no `sub`, over for five minutes, begun in the future; 33: RS256."""
    now = int(time.time())
    assert not high.is_welcome(sub=None)
    assert not high.is_welcome(exp=now - 300)
    assert not high.is_welcome(nbf=now + 75)
    assert not high.is_welcome(iat=now + 75)
    assert high.is_welcome(nbf=now + 8, iat=now + 8)
    assert high.ask("") == REFUSED
    assert high.ask(high.assertion(), client_assertion_type="urn:other") == REFUSED


def test_every_announced_algorithm_and_no_other_one(idp_server: RunningIdp) -> None:
    """Requirement 33, RFC 8414 §2."""
    metadata = httpx.get(f"{idp_server.issuer}/.well-known/openid-configuration", trust_env=False).json()
    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
    announced = metadata["token_endpoint_auth_signing_alg_values_supported"]
    assert {"ES256", "PS256", "RS256", "EdDSA"} <= set(announced)
    assert "none" not in announced
    for name in ("introspection", "revocation"):
        assert metadata[f"{name}_endpoint_auth_signing_alg_values_supported"] == announced
    # HS256 is that of client_secret_jwt: tests/specs/test_oidc_core_client_secret_jwt.py.
    for alg in set(announced) - {"HS256"}:
        assert Machine(idp_server, jwks=holder(alg).jwks).is_welcome(holder(alg)), alg
        high = Machine(idp_server, jwks=holder(alg).jwks, profile="gov-high", token_endpoint_auth_signing_alg=None)
        assert high.is_welcome(holder(alg)) is (alg != "RS256"), alg


def test_the_registered_algorithm_is_the_only_one(idp_server: RunningIdp) -> None:
    """OpenID Connect Registration §2 `token_endpoint_auth_signing_alg`."""
    keys = {"keys": [holder().jwk, holder("PS256", "two").jwk]}
    machine = Machine(idp_server, jwks=keys, token_endpoint_auth_signing_alg="PS256")
    assert machine.is_welcome(holder("PS256", "two"))
    assert not machine.is_welcome(holder())


def test_requirement_26_keys_are_fetched_and_a_new_one_works(idp_sqlite: RunningIdp, publisher: KeyPublisher) -> None:
    """Requirement 26. Mutation: no fetch for an unknown `kid`."""
    publisher.keys = [holder().jwk]
    machine = Machine(idp_sqlite, jwks=None, jwks_uri=publisher.jwks_uri)
    assert publisher.asked == 0
    for _ in range(6):
        assert machine.is_welcome()
    assert 1 <= publisher.asked <= 2, "one for each process at most"
    new = holder(kid="new")
    publisher.keys = [holder().jwk, new.jwk]
    assert until(lambda: machine.is_welcome(new))
    asked = publisher.asked
    for number in range(10):
        assert not machine.is_welcome(new, header={"kid": f"unknown-{number}"})
    assert publisher.asked - asked <= 2


def test_an_app_whose_keys_cannot_be_had_is_refused_and_an_officer_can_read_why(
    idp_sqlite: RunningIdp, publisher: KeyPublisher
) -> None:
    """§3; mutation: a failure of the app's server becomes one of ours, or nobody is told."""
    publisher.keys = None
    machine = Machine(idp_sqlite, jwks=None, jwks_uri=publisher.jwks_uri)
    assert not machine.is_welcome()
    told = [line for line in idp_sqlite.logs().splitlines() if "client_keys_unreachable" in line]
    assert any(machine.client_id in line and "status is 500" in line for line in told)


def test_a_secret_is_no_way_in_for_who_registered_a_key(machine: Machine) -> None:
    """OpenID Connect Core §9: the registered method and no other one (threat E03)."""
    body = {"grant_type": "client_credentials", "client_id": machine.client_id, "client_secret": "x" * 40}
    for data in (body, {name: value for name, value in body.items() if name != "client_secret"}):
        answer = httpx.post(f"{machine.idp.issuer}/token", data=data, trust_env=False)
        assert (answer.status_code, answer.json()["error"]) == REFUSED
    assert machine.ask(machine.assertion(), client_secret="x" * 40) == (400, "invalid_request")


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it comes to hold within the time that the requirement gives."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(2)
    return True
