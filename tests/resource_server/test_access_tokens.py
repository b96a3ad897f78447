"""RFC 9068 §4, RFC 9449 §7, RFC 8705 §3 at a resource that is not ours; threats C01 to C08."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from resource_server.access_tokens import (
    KEPT_SECONDS,
    KEYS_SECONDS,
    REFETCH_SECONDS,
    RETRY_SECONDS,
    AccessTokenVerifier,
    Shown,
    TokenRefused,
)
from resource_server.certificate import thumbprint_of
from resource_server.seen_proofs import SeenProofs
from tests.idp.oauth.assertions import KeyHolder, encoded, holder
from tests.idp.oauth.dpop_proofs import prover

NOW = 1_900_000_000
ISSUER, AUDIENCE = "https://id.example", "https://licences.example"
ADDRESS = f"{AUDIENCE}/mine"
DER = b"a certificate"


class Provider:
    """Publishes keys, and signs with them."""

    def __init__(self) -> None:
        self.key = holder()
        self.fetched = 0
        self.is_down = False

    def keys(self) -> dict[str, Any]:
        self.fetched += 1
        if self.is_down:
            raise ConnectionError
        return self.key.jwks

    def token(self, header: dict[str, Any] | None = None, key: KeyHolder | None = None, **claims: Any) -> str:
        told = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "somebody",
            "client_id": "app",
            "jti": "one",
            "iat": NOW,
            "exp": NOW + 600,
            "scope": "licence:read",
            **claims,
        }
        head = {"alg": "ES256", "kid": self.key.kid, "typ": "at+jwt", **(header or {})}
        told = {name: value for name, value in told.items() if value is not None}
        return (key or self.key).sign({name: value for name, value in head.items() if value is not None}, told)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def verifier(provider: Provider) -> AccessTokenVerifier:
    return AccessTokenVerifier(ISSUER, AUDIENCE, provider.keys, SeenProofs())


def shown(token: str, scheme: str = "Bearer", **more: str) -> Shown:
    return Shown(method="GET", address=ADDRESS, authorization=f"{scheme} {token}", **more)


def refusal(verifier: AccessTokenVerifier, request: Shown, now: int = NOW, *scopes: str) -> TokenRefused:
    with pytest.raises(TokenRefused) as caught:
        verifier.verify(request, now, scopes)
    return caught.value


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_tells_who_and_what(provider: Provider, verifier: AccessTokenVerifier, scheme: str) -> None:
    token = verifier.verify(shown(provider.token(), scheme), NOW, ["licence:read"])
    assert (token.sub, token.client_id, set(token.scope)) == ("somebody", "app", {"licence:read"})
    assert verifier.verify(shown(provider.token({"typ": "application/at+jwt"}, aud=[AUDIENCE, "x"])), NOW).claims["jti"]


BENT: dict[str, Callable[[Provider], str]] = {
    "an id_token": lambda provider: provider.token({"typ": "JWT"}),
    "no type": lambda provider: provider.token({"typ": None}),
    "unsigned": lambda _: f"{encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': 'one'})}.{encoded({})}.",
    "HS256": lambda provider: provider.token({"alg": "HS256"}),
    "another key": lambda provider: provider.token(key=holder(kid="two")),
    "an unknown key": lambda provider: provider.token({"kid": "unknown"}),
    "no key": lambda provider: provider.token({"kid": None}),
    "an unknown demand": lambda provider: provider.token({"crit": ["x"]}),
    "another issuer": lambda provider: provider.token(iss="https://evil.test"),
    "another audience": lambda provider: provider.token(aud="https://other.example"),
    "others as well, not us": lambda provider: provider.token(aud=["https://other.example"]),
    "no audience": lambda provider: provider.token(aud=None),
    "over": lambda provider: provider.token(exp=NOW - 61),
    "no end": lambda provider: provider.token(exp=None),
    "an end that is text": lambda provider: provider.token(exp="later"),
    "from tomorrow": lambda provider: provider.token(iat=NOW + 3600),
    "nobody": lambda provider: provider.token(sub=None),
    "of no client": lambda provider: provider.token(client_id=None),
    "no jti": lambda provider: provider.token(jti=None),
    "garbage": lambda _: "a.b.c",
    "an opaque one": lambda _: "20000.abcdef",
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_token_opens_nothing(provider: Provider, verifier: AccessTokenVerifier, name: str) -> None:
    """Mutation: one line of `_claims` or `_is_ours`."""
    refused = refusal(verifier, shown(BENT[name](provider)))
    assert (refused.status, refused.error) == (401, "invalid_token")
    assert refused.challenges[0].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
def test_without_a_token_nothing_is_called_wrong(verifier: AccessTokenVerifier, authorization: str) -> None:
    """RFC 6750 §3.1."""
    refused = refusal(verifier, Shown(method="GET", address=ADDRESS, authorization=authorization))
    assert (refused.status, refused.error, refused.challenges) == (401, "", ("Bearer",))


def test_a_token_for_other_things_is_told_so(provider: Provider, verifier: AccessTokenVerifier) -> None:
    refused = refusal(verifier, shown(provider.token()), NOW, "licence:write")
    assert (refused.status, refused.error) == (403, "insufficient_scope")
    assert 'scope="licence:write"' in refused.challenges[0]


def test_a_bound_token_comes_with_its_proof(provider: Provider, verifier: AccessTokenVerifier) -> None:
    """Mutations: the scheme; the key; the token in the proof; the clock; the memory."""
    key = prover()
    token = provider.token(cnf={"jkt": key.jkt})
    good = key.proof("GET", ADDRESS, None, token, iat=NOW)
    request = shown(token, "DPoP", proof=good)
    assert verifier.verify(request, NOW).sub == "somebody"
    assert refusal(verifier, request).error == "invalid_dpop_proof"
    thief = prover(kid="thief").proof("GET", ADDRESS, None, token, iat=NOW)
    for proof in (
        thief,
        "",
        key.proof("GET", ADDRESS, iat=NOW),
        key.proof("POST", ADDRESS, None, token, iat=NOW),
        key.proof("GET", f"{AUDIENCE}/yours", None, token, iat=NOW),
        key.proof("GET", ADDRESS, None, token, iat=NOW - 61),
    ):
        refused = refusal(verifier, replace(request, proof=proof))
        assert (refused.status, refused.error) == (401, "invalid_dpop_proof")
        assert refused.challenges[0].startswith('DPoP error="invalid_dpop_proof"')
    assert refusal(verifier, shown(token, "Bearer", proof=good)).error == "invalid_token"
    assert refusal(verifier, shown(provider.token(), "DPoP", proof=good)).error == "invalid_token"


def test_a_proof_has_no_second_life_at_the_edge_of_its_minute(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole seconds of the one clock, fractions of the other. Mutation: remembered for just as long as it is young."""
    import time

    moment = 1000.9
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    verifier = AccessTokenVerifier(ISSUER, AUDIENCE, provider.keys, SeenProofs())
    key = prover()
    token = provider.token(cnf={"jkt": key.jkt})
    request = shown(token, "DPoP", proof=key.proof("GET", ADDRESS, None, token, iat=NOW + 60))
    assert verifier.verify(request, NOW).sub == "somebody"
    moment += 120.05
    assert refusal(verifier, request, NOW + 120).error == "invalid_dpop_proof"


def test_a_token_of_a_certificate_comes_with_it(provider: Provider, verifier: AccessTokenVerifier) -> None:
    token = provider.token(cnf={"x5t#S256": thumbprint_of(DER)})
    certificate = f":{base64.b64encode(DER).decode()}:"
    assert verifier.verify(shown(token, certificate=certificate), NOW).sub == "somebody"
    for other in ("", ":YQ==:", ":", "::", certificate.strip(":")):
        assert refusal(verifier, shown(token, certificate=other)).error == "invalid_token"


def test_keys_are_fetched_when_a_name_is_new_and_not_more_often(
    provider: Provider, verifier: AccessTokenVerifier
) -> None:
    """Threat N01. Mutations: a fetch for each unknown name; none at all after a rotation."""
    verifier.verify(shown(provider.token()), NOW)
    for _ in range(5):
        refusal(verifier, shown(provider.token({"kid": "unknown"})), NOW + 1)
    assert provider.fetched == 1
    provider.key = holder(kid="rotated")
    later = NOW + REFETCH_SECONDS
    assert verifier.verify(shown(provider.token()), later).sub == "somebody"
    assert provider.fetched == 2


def test_a_provider_that_is_down_keeps_known_keys_good(provider: Provider, verifier: AccessTokenVerifier) -> None:
    provider.is_down = True
    for _ in range(5):
        assert refusal(verifier, shown(provider.token())).status == 503
    assert provider.fetched == 1, "not once for each who asks"
    provider.is_down = False
    soon = NOW + RETRY_SECONDS
    verifier.verify(shown(provider.token()), soon)
    provider.is_down = True
    late = soon + KEYS_SECONDS
    assert verifier.verify(shown(provider.token(exp=late + 600, iat=late)), late).sub == "somebody"
    day = soon + KEPT_SECONDS + 1
    assert refusal(verifier, shown(provider.token(exp=day + 600, iat=day)), day).status == 503, "a day, and no longer"


def test_a_name_is_new_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = SeenProofs()
    assert [seen("a", 60), seen("a", 60), seen("b", 60)] == [True, False, True]
    import time

    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert seen("a", 60)
