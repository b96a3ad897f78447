"""RFC 9101, OpenID Connect Core §6: signed requests, by value and by address; requirements 14 and 45, threats B11, C01, C03, C08."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.idp.oauth.assertions import KeyHolder, encoded, holder
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.key_publisher import publishing
from tests.specs.pushing_party import NewParty, PushingParty
from tests.specs.relying_party import Question

STANDARD = {"profile": "gov-standard"}


@pytest.fixture(scope="module")
def party(new_party: NewParty) -> PushingParty:
    """A client of `gov-standard`, which may send its signed request by the address."""
    return new_party(**STANDARD)


@pytest.fixture(scope="module")
def high(new_party: NewParty) -> PushingParty:
    """A client of `gov-high` that wants messages signed."""
    return new_party(require_signed_request_object=True)


@pytest.fixture(scope="module")
def browser(idp_sqlite: RunningIdp, party: PushingParty, person: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(party.ask().address, person)
        yield browser


def by_value(party: PushingParty, request: str, **beside: str) -> str:
    return f"{party.issuer}/authorize?{urlencode({'client_id': party.client_id, **beside, 'request': request})}"


def signed(party: PushingParty, header: dict[str, Any] | None = None, **changes: Any) -> tuple[str, Question]:
    parameters, question = party.parameters()
    return party.request_object(parameters, header, **changes), question


@pytest.mark.parametrize("alg", ["ES256", "PS256", "RS256", "EdDSA"])
def test_requirement_14_a_signed_request_is_processed_whole(
    new_party: NewParty, browser: FormBrowser, alg: str
) -> None:
    """§5. Mutation: `redirect_uri` of the address taken in place of the one inside."""
    party = new_party(key=holder(alg), **STANDARD)
    request, question = signed(party)
    beside = {"redirect_uri": "https://evil.test/", "state": "other", "response_type": "code", "scope": "openid"}
    page = browser.get(by_value(party, request, **beside))
    assert page.address.startswith(party.redirect_uri)
    assert page.answer["state"] == question.state
    assert party.redeem(page, question).status_code == 200


def test_requirement_14_what_is_not_inside_was_not_asked(party: PushingParty, browser: FormBrowser) -> None:
    """§5. Mutation: parameters of the address fill what the object lacks."""
    request, _ = signed(party, state=None)
    assert "state" not in browser.get(by_value(party, request, state="planted")).answer
    request, _ = signed(party, redirect_uri=None)
    assert browser.get(by_value(party, request, redirect_uri=party.redirect_uri)).error == "invalid_request"


def test_requirement_14_members_of_json_are_read_as_parameters(party: PushingParty, browser: FormBrowser) -> None:
    """§4: numbers and objects stand as such."""
    claims = {"id_token": {"name": {"essential": True}}}
    parameters, question = party.parameters()
    page = browser.get(by_value(party, party.request_object(parameters, max_age=86_400, claims=claims)))
    assert party.read(party.tokens(page, question)["id_token"])[1]["name"]


@pytest.mark.parametrize("fragment", ["", "#5GN9Bjw2x"])
def test_requirement_14_a_registered_address_is_fetched(
    idp_sqlite: RunningIdp, new_party: NewParty, browser: FormBrowser, fragment: str
) -> None:
    """OpenID Connect Core §6.2: signed by RS256, the fragment is no part of the place."""
    with publishing(idp_sqlite.receivers[5]) as publisher:
        place = publisher.jwks_uri.replace("/jwks", "/request")
        party = new_party(key=holder("RS256"), request_uris=[place], **STANDARD)
        publisher.text, question = signed(party)
        page = browser.get(party.led_by(place + fragment))
        assert page.answer["state"] == question.state
        assert party.redeem(page, question).status_code == 200


def test_only_registered_addresses_are_fetched(
    idp_sqlite: RunningIdp, new_party: NewParty, browser: FormBrowser
) -> None:
    """Threat N01. Mutation: any address that the request names."""
    with publishing(idp_sqlite.receivers[5]) as publisher:
        place = publisher.jwks_uri.replace("/jwks", "/request")
        party = new_party(request_uris=[place], **STANDARD)
        for address in (f"{place}/other", f"{place}?x", publisher.jwks_uri, "https://evil.test/", "file:///etc/passwd"):
            assert browser.get(party.led_by(address)).error == "invalid_request_uri"
        assert publisher.asked == 0
        publisher.text = "no request object"
        assert browser.get(party.led_by(place)).error == "invalid_request_object"
        publisher.keys = None
        publisher.text = None
        assert browser.get(party.led_by(place)).error == "invalid_request_uri"


def _now(seconds: int) -> int:
    return int(time.time()) + seconds


BENT: dict[str, Callable[[], tuple[dict[str, Any], dict[str, Any]]]] = {
    "another audience": lambda: ({}, {"aud": "https://other.test"}),
    "no audience": lambda: ({}, {"aud": None}),
    "an audience of none": lambda: ({}, {"aud": []}),
    "another issuer": lambda: ({}, {"iss": "another"}),
    "no issuer": lambda: ({}, {"iss": None}),
    "no end": lambda: ({}, {"exp": None}),
    "over": lambda: ({}, {"exp": _now(-90)}),
    "begins later": lambda: ({}, {"nbf": _now(90)}),
    "a time that is none": lambda: ({}, {"exp": "tomorrow"}),
    "another client": lambda: ({}, {"client_id": "another"}),
    "half a character": lambda: ({}, {"state": "\ud800"}),
    "half a character in a name": lambda: ({}, {"\ud800": "x"}),
    "NUL": lambda: ({}, {"state": "a\0b"}),
    "half a character in a list": lambda: ({}, {"resource": ["https://x.example", "\ud800"]}),
    "an assertion": lambda: ({}, {"sub": "somebody"}),
    "a request inside": lambda: ({}, {"request": "x"}),
    "a request_uri inside": lambda: ({}, {"request_uri": "https://app.example/1"}),
    "typ of an access token": lambda: ({"typ": "at+jwt"}, {}),
    "typ of a proof": lambda: ({"typ": "dpop+jwt"}, {}),
    "an unknown key": lambda: ({"kid": "another"}, {}),
    "a key of its own": lambda: ({"jwk": holder().jwk}, {}),
    "a key at an address": lambda: ({"jku": "https://evil.test/jwks"}, {}),
    "an unknown demand": lambda: ({"crit": ["b64"], "b64": False}, {}),
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_object_is_refused(party: PushingParty, browser: FormBrowser, name: str) -> None:
    """Threats B11, C01, C03, C05, C08. Mutation: one line of `_fault`."""
    header, claims = BENT[name]()
    request, _ = signed(party, header, **claims)
    page = browser.get(by_value(party, request))
    assert (page.status, page.error) == (400, "invalid_request_object"), name
    parameters, _ = party.parameters()
    answer = party.post_pushed({"request": request, **parameters})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object"), name


def test_nobody_else_signs_for_a_client(party: PushingParty, browser: FormBrowser) -> None:
    """Threats C01 and C02: unsigned, by another's key, by its own public key as a secret, with the signature cut off."""
    parameters, _ = party.parameters()
    good = party.request_object(parameters)
    head, body, _ = good.split(".")
    unsigned = encoded({"alg": "none", "typ": "oauth-authz-req+jwt"})
    secret = KeyHolder("ES256", party.key.kid, holder(kid="two").private)
    forged = {
        "unsigned": f"{unsigned}.{body}.",
        "none of it": f"{head}.{body}.",
        "another key": secret.sign({"alg": "ES256", "kid": party.key.kid}, {**parameters, "aud": party.issuer}),
        "altered": f"{head}.{encoded({**parameters, 'iss': party.client_id, 'aud': party.issuer})}.{good.split('.')[2]}",
        "no JWT": "x",
        "five parts": f"{good}.x.y",
    }
    for name, request in forged.items():
        assert browser.get(by_value(party, request)).error == "invalid_request_object", name


def test_one_algorithm_where_one_is_registered(new_party: NewParty, browser: FormBrowser) -> None:
    keys = {"keys": [holder("RS256").jwk]}
    party = new_party(key=holder("RS256"), jwks=keys, request_object_signing_alg="PS256", **STANDARD)
    request, _ = signed(party)
    assert browser.get(by_value(party, request)).error == "invalid_request_object"


def test_requirement_45_signed_requests_are_pushed(high: PushingParty, browser: FormBrowser) -> None:
    """FAPI 2.0 Message Signing §5.3.1: `aud` may be an array that holds the issuer."""
    parameters, question = high.parameters()
    request = high.request_object(parameters, aud=[high.issuer, "https://other.test"])
    answer = high.post_pushed({"request": request})
    assert answer.status_code == 201, answer.text
    page = browser.get(high.led_by(answer.json()["request_uri"]))
    assert page.answer["state"] == question.state


HIGH_FAULTS: dict[str, Callable[[], tuple[dict[str, Any], dict[str, Any]]]] = {
    **BENT,
    "no beginning": lambda: ({}, {"nbf": None}),
    "made in more than a minute": lambda: ({}, {"iat": _now(75)}),
    "an hour and more": lambda: ({}, {"nbf": _now(-60), "exp": _now(3600)}),
}


@pytest.mark.parametrize("name", HIGH_FAULTS)
def test_requirement_45_a_bent_one_is_refused(high: PushingParty, name: str) -> None:
    header, claims = HIGH_FAULTS[name]()
    request, _ = signed(high, header, **claims)
    answer = high.post_pushed({"request": request})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")


def test_requirement_45_neither_rs256_nor_anything_unsigned(high: PushingParty, new_party: NewParty) -> None:
    """Mutations: the algorithms of the profile not looked at; `require_signed_request_object` kept and not read."""
    parameters, _ = high.parameters()
    answer = high.post_pushed(parameters)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    old = holder("RS256", "three")
    other = new_party(key=old, jwks={"keys": [old.jwk, holder().jwk]})
    request, _ = signed(other)
    body = {"request": request, **high_proof(other)}
    answer = other.http.post(f"{other.issuer}/par", data=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request_object")


def high_proof(party: PushingParty) -> dict[str, str]:
    """Authenticated by the key that `gov-high` accepts."""
    from tests.idp.oauth.assertions import form

    return form(holder().assertion(party.client_id, party.issuer, int(time.time())))


def test_a_request_object_is_no_assertion_and_the_reverse(party: PushingParty, browser: FormBrowser) -> None:
    """Threat C08, §10.8. Mutation: either is read as the other."""
    request, _ = signed(party)
    assertion = party.key.assertion(party.client_id, party.issuer, int(time.time()))
    parameters, _ = party.parameters()
    assert party.post_pushed(parameters, {"client_assertion": request}).json()["error"] == "invalid_client"
    assert browser.get(by_value(party, assertion)).error == "invalid_request_object"


def test_two_names_of_one_algorithm_are_one(new_party: NewParty, browser: FormBrowser) -> None:
    """RFC 9864 §2.2. Mutation: compared as text."""
    party = new_party(key=holder("Ed25519"), request_object_signing_alg="EdDSA", **STANDARD)
    assert "code" in browser.get(by_value(party, signed(party)[0])).answer
