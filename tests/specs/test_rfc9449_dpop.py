"""RFC 9449, proofs of possession; requirements 32, 39 to 41 and 44 of the conformance facts."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.idp.oauth.assertions import changed
from tests.idp.oauth.dpop_proofs import prover
from tests.idp.storage.storm import storm
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import NewParty, PushingParty
from tests.specs.relying_party import Question

PUBLIC = {"token_endpoint_auth_method": "none", "jwks": None, "profile": "gov-standard"}
STANDARD = {"profile": "gov-standard"}


@pytest.fixture(scope="module")
def high(new_party: NewParty) -> PushingParty:
    return new_party()


@pytest.fixture(scope="module")
def party(new_party: NewParty) -> PushingParty:
    """One that need not prove anything, and may."""
    return new_party(**STANDARD)


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, high: PushingParty, person: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(high.push().address, person)
        yield browser


def code_body(party: PushingParty, page: Page, question: Question) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": page.answer["code"],
        "redirect_uri": party.redirect_uri,
        "code_verifier": question.code_verifier,
    }


def fresh(party: PushingParty, browser: FormBrowser) -> dict[str, str]:
    """The body of a token request with a code that was just given."""
    question = party.push()
    return code_body(party, browser.get(question.address), question)


def post(party: PushingParty, body: dict[str, str], proof: str | None, path: str = "/token") -> httpx.Response:
    headers = changed({"DPoP": proof}, {})
    return party.http.post(f"{party.issuer}{path}", data={**body, **party.proof()}, headers={**headers, **party.basic})


def at_userinfo(party: PushingParty, token: str, scheme: str = "DPoP", proof: str | None = None) -> httpx.Response:
    headers = changed({"Authorization": f"{scheme} {token}", "DPoP": proof}, {})
    return party.http.get(f"{party.issuer}/userinfo", headers=headers)


@pytest.fixture(scope="module")
def bound(high: PushingParty, browser: FormBrowser) -> dict[str, Any]:
    """Tokens of `gov-high`."""
    answer = high.prove("POST", "/token", fresh(high, browser))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def test_requirement_41_a_bound_token_opens_userinfo_to_its_holder(high: PushingParty, bound: dict[str, Any]) -> None:
    """§5 and §7.1. Mutation: `token_type` Bearer; `ath` not looked at."""
    assert bound["token_type"] == "DPoP"
    answer = high.prove("GET", "/userinfo", token=bound["access_token"])
    assert answer.status_code == 200
    assert answer.json()["name"]
    assert answer.headers["date"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_requirement_40_it_is_no_bearer_token(high: PushingParty, bound: dict[str, Any], scheme: str) -> None:
    """§7.2. Mutation: the scheme not looked at: whoever finds the token could use it."""
    assert at_userinfo(high, bound["access_token"], scheme).status_code == 401
    answer = high.http.post(f"{high.issuer}/userinfo", data={"access_token": bound["access_token"]})
    assert answer.status_code == 401


def test_requirement_40_and_a_bearer_token_is_no_bound_one(party: PushingParty, browser: FormBrowser) -> None:
    tokens = party.tokens(browser.get((question := party.ask()).address), question)
    assert tokens["token_type"] == "Bearer"
    assert party.prove("GET", "/userinfo", token=tokens["access_token"]).status_code == 401


def test_requirement_40_another_key_is_nobody(high: PushingParty, bound: dict[str, Any]) -> None:
    """Mutation: the thumbprint not compared."""
    thief, token, nonce = prover(kid="thief"), bound["access_token"], None
    for _ in range(2):
        proof = thief.proof("GET", f"{high.issuer}/userinfo", None, token, nonce=nonce)
        answer = at_userinfo(high, token, proof=proof)
        nonce = answer.headers.get("dpop-nonce")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert re.fullmatch(r'DPoP error="invalid_token".*algs="[^"]*ES256.*', answer.headers["www-authenticate"])


def test_requirement_40_a_missing_proof_is_told(high: PushingParty, bound: dict[str, Any]) -> None:
    answer = at_userinfo(high, bound["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_dpop_proof")
    assert re.search(r'DPoP error="invalid_dpop_proof".*algs="[^"]*ES256', answer.headers["www-authenticate"])


def test_requirement_39_gov_high_gets_no_bearer_tokens(high: PushingParty, browser: FormBrowser) -> None:
    """FAPI 2.0 §5.3.2.1. Mutation: the profile not looked at. The code is still its owner's."""
    body = fresh(high, browser)
    answer = post(high, body, None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    assert high.prove("POST", "/token", body).status_code == 200


def test_who_registered_it_gets_none_either(new_party: NewParty, browser: FormBrowser) -> None:
    """§5.2."""
    party = new_party(dpop_bound_access_tokens=True, **STANDARD)
    answer = post(party, fresh(party, browser), None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


def test_the_nonce_is_asked_for_and_lives_three_minutes(high: PushingParty, browser: FormBrowser) -> None:
    """§8. Mutations: a proof of `gov-high` without one; a nonce that anybody can make; one that never ends."""
    body, address = fresh(high, browser), f"{high.issuer}/token"
    first = post(high, body, high.prover.proof("POST", address))
    assert (first.status_code, first.json()["error"]) == (400, "use_dpop_nonce")
    nonce = first.headers["dpop-nonce"]
    minute, _, tag = nonce.partition(".")
    forged = ("x", f"{int(minute) - 3}.{tag}", f"{int(minute) + 2}.{tag}", f"{minute}.{tag[::-1]}", f"{minute}.", "1.é")
    for each in forged:
        answer = post(high, body, high.prover.proof("POST", address, nonce=each))
        assert answer.json()["error"] == "use_dpop_nonce", each
    old = high.prover.proof("POST", address, nonce=nonce, iat=int(time.time()) - 3600)
    answer = post(high, body, old)
    assert answer.status_code == 200, "with a nonce the clock of the client does not matter"
    assert answer.headers["dpop-nonce"]


def test_what_gov_high_proves_is_not_of_the_future(high: PushingParty, browser: FormBrowser) -> None:
    """FAPI 2.0 §5.3.2.1: also with a nonce of ours. Mutation: the nonce alone decides."""
    body, address = fresh(high, browser), f"{high.issuer}/token"
    nonce = post(high, body, high.prover.proof("POST", address)).headers["dpop-nonce"]
    ahead = high.prover.proof("POST", address, nonce=nonce, iat=int(time.time()) + 75)
    assert post(high, body, ahead).json()["error"] == "invalid_dpop_proof"
    assert (
        post(high, body, high.prover.proof("POST", address, nonce=nonce, iat=int(time.time()) + 8)).status_code == 200
    )


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (-10, 200), (10, 200), (-3600, 400), (3600, 400)])
def test_requirement_40_without_a_nonce_it_must_be_young(
    party: PushingParty, browser: FormBrowser, seconds: int, status: int
) -> None:
    body, address = fresh(party, browser), f"{party.issuer}/token"
    answer = post(party, body, party.prover.proof("POST", address, iat=int(time.time()) + seconds))
    if answer.status_code == 503:  # the store has just begun, and knows nothing of the minute before
        time.sleep(int(answer.headers["retry-after"]))
        answer = post(party, body, party.prover.proof("POST", address, iat=int(time.time()) + seconds))
    assert answer.status_code == status
    assert answer.json().get("error", "invalid_dpop_proof") == "invalid_dpop_proof"


def test_requirement_40_a_proof_is_used_once(party: PushingParty, browser: FormBrowser) -> None:
    """§11.1, threat O02. Mutation: no memory of `jti`."""
    proof = party.prover.proof("POST", f"{party.issuer}/token")
    assert post(party, fresh(party, browser), proof).status_code == 200
    body = fresh(party, browser)
    answer = post(party, body, proof)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    assert party.prove("POST", "/token", body).status_code == 200, "the code was not burnt by that"


def test_of_one_proof_sent_many_times_at_once_one_counts(new_party: NewParty) -> None:
    machine = new_party(redirect_uris=[], response_types=[], grant_types=["client_credentials"], scope="", **STANDARD)
    proof = machine.prover.proof("POST", f"{machine.issuer}/token")
    answers = storm(12, lambda _: post(machine, {"grant_type": "client_credentials"}, proof).status_code)
    assert sorted(answers) == [200] + [400] * 11


@pytest.mark.parametrize("path", ["/par", "/userinfo"])
def test_a_proof_for_another_endpoint_is_none(party: PushingParty, browser: FormBrowser, path: str) -> None:
    """Threat C08. Mutation: `htu` not compared."""
    answer = post(party, fresh(party, browser), party.prover.proof("POST", f"{party.issuer}{path}"))
    assert answer.json()["error"] == "invalid_dpop_proof"


def test_two_proofs_are_none(party: PushingParty, browser: FormBrowser) -> None:
    """§4.3, 1."""
    address = f"{party.issuer}/token"
    headers = [("DPoP", party.prover.proof("POST", address)) for _ in range(2)]
    answer = party.http.post(address, data={**fresh(party, browser), **party.proof()}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


# ── codes and refresh tokens ──


def test_requirement_40_a_code_is_bound_to_a_key_by_a_parameter(party: PushingParty, browser: FormBrowser) -> None:
    """§10. Mutation: `dpop_jkt` forgotten on its way through the code. Another key burns it, as a wrong verifier does."""
    for key, status in ((party.prover, 200), (prover(kid="thief"), 400)):
        question = party.push({"dpop_jkt": party.prover.jkt})
        body = code_body(party, browser.get(question.address), question)
        answer = post(party, body, key.proof("POST", f"{party.issuer}/token"))
        assert answer.status_code == status
    assert answer.json()["error"] == "invalid_grant"
    question = party.push({"dpop_jkt": party.prover.jkt})
    assert post(party, code_body(party, browser.get(question.address), question), None).status_code == 400


def test_requirement_40_and_by_a_proof_that_is_pushed_along(party: PushingParty, browser: FormBrowser) -> None:
    """§10.1."""
    parameters, question = party.parameters()
    address = f"{party.issuer}/par"
    answer = post(party, parameters, party.prover.proof("POST", address), "/par")
    assert answer.status_code == 201
    assert answer.headers["dpop-nonce"]
    body = code_body(party, browser.get(party.led_by(answer.json()["request_uri"])), question)
    thief = prover(kid="thief").proof("POST", f"{party.issuer}/token")
    assert post(party, body, thief).json()["error"] == "invalid_grant"
    mixed = post(party, {**parameters, "dpop_jkt": "x" * 43}, party.prover.proof("POST", address), "/par")
    assert (mixed.status_code, mixed.json()["error"]) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("jkt", ["x", "x" * 44, "é" * 43, " "])
def test_a_thumbprint_that_is_none_is_refused(party: PushingParty, jkt: str) -> None:
    parameters, _ = party.parameters({"dpop_jkt": jkt})
    assert party.post_pushed(parameters).json()["error"] == "invalid_request"


def test_requirement_44_refresh_tokens_of_gov_high_stay_and_need_a_proof(
    high: PushingParty, bound: dict[str, Any]
) -> None:
    """FAPI 2.0 §5.3.2.1. Mutations: rotation; a refresh without a proof."""
    body = {"grant_type": "refresh_token", "refresh_token": bound["refresh_token"]}
    assert post(high, body, None).json()["error"] == "invalid_dpop_proof"
    for _ in range(2):
        answer = high.prove("POST", "/token", body)
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] == bound["refresh_token"]
        assert answer.json()["token_type"] == "DPoP"


def test_requirement_44_the_one_of_a_public_client_is_bound_to_its_key(
    new_party: NewParty, browser: FormBrowser, person: Person
) -> None:
    """§5: nothing else proves who comes with it. Mutation: the key not kept with the family."""
    public = new_party(**PUBLIC)
    question = public.push()
    body = code_body(public, browser.get(question.address), question)
    address = f"{public.issuer}/token"
    tokens = post(public, body, public.prover.proof("POST", address)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for proof in (None, prover(kid="thief").proof("POST", address)):
        assert post(public, refresh, proof).json()["error"] == "invalid_grant"
    assert post(public, refresh, public.prover.proof("POST", address)).status_code == 200


@pytest.mark.parametrize("form", ["opaque", "jwt"])
def test_introspection_tells_the_key(new_party: NewParty, browser: FormBrowser, form: str) -> None:
    """§6.1 and §6.2. Mutation: `cnf` left out of one form."""
    party = new_party(access_token_format=form, **STANDARD)
    token = post(party, fresh(party, browser), party.prover.proof("POST", f"{party.issuer}/token")).json()[
        "access_token"
    ]
    told = party.http.post(f"{party.issuer}/introspect", data={"token": token, **party.proof()}).json()
    assert (told["active"], told["token_type"], told["cnf"]) == (True, "DPoP", {"jkt": party.prover.jkt})
    assert party.prove("GET", "/userinfo", token=token).status_code == 200


def test_discovery_tells_the_algorithms(party: PushingParty) -> None:
    document = party.http.get(f"{party.issuer}/.well-known/openid-configuration").json()
    assert {"ES256", "PS256"} <= set(document["dpop_signing_alg_values_supported"])
    assert "none" not in document["dpop_signing_alg_values_supported"]


def test_requirement_33_gov_high_proves_by_no_rs256(high: PushingParty, browser: FormBrowser) -> None:
    answer = post(high, fresh(high, browser), prover("RS256").proof("POST", f"{high.issuer}/token"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
