"""OpenID Connect Core §5.3.2: userinfo as a JWT, signed, encrypted, or both, as registered; requirements 20 and 21."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from idp.events import Action, EventFilter
from tests.idp.oauth.assertions import changed
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.encryption_keys import CONTENT, FITTING, reader
from tests.specs.form_browser import FormBrowser
from tests.specs.key_publisher import publishing
from tests.specs.pushing_party import NewParty
from tests.specs.relying_party import RelyingParty

Register = Callable[..., RelyingParty]


@pytest.fixture(scope="module")
def known(idp_sqlite: RunningIdp, library: RelyingParty, person: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(library.ask().address, person)
        yield browser


def access_token(app: RelyingParty, browser: FormBrowser) -> str:
    question = app.ask()
    token: str = app.tokens(browser.get(question.address), question)["access_token"]
    return token


def asked(app: RelyingParty, browser: FormBrowser) -> httpx.Response:
    """What userinfo answers about the person of this browser, as a JWT."""
    answer = app.userinfo(access_token(app, browser))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jwt"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_it_is_signed_as_registered(register: Register, known: FormBrowser, person: Person, alg: str) -> None:
    """§5.3.2. Mutations: JSON in spite of it; another algorithm; without `iss` or `aud`; something an id_token has."""
    app = register(userinfo_signed_response_alg=alg)
    header, claims = app.read(asked(app, known).text)
    assert header["alg"] == alg
    assert set(claims) == {"iss", "aud", "sub", "name"}
    assert (claims["iss"], claims["aud"], claims["name"]) == (app.issuer, app.client_id, person.name)


def test_requirement_21_by_every_way_a_token_comes(register: Register, known: FormBrowser) -> None:
    """§5.3.1. Mutation: JSON for one of them."""
    app = register(userinfo_signed_response_alg="ES256")
    token, address = access_token(app, known), f"{app.issuer}/userinfo"
    bearer = {"Authorization": f"Bearer {token}"}
    answers = (
        app.http.get(address, headers=bearer),
        app.http.post(address, headers=bearer),
        app.http.post(address, data={"access_token": token}),
    )
    assert {answer.headers["content-type"] for answer in answers} == {"application/jwt"}
    assert len({json.dumps(app.read(answer.text)[1]) for answer in answers}) == 1


def test_its_sub_is_that_of_the_id_token(register: Register, known: FormBrowser) -> None:
    app = register(userinfo_signed_response_alg="ES256")
    question = app.ask()
    tokens = app.tokens(known.get(question.address), question)
    assert app.read(app.userinfo(tokens["access_token"]).text)[1]["sub"] == app.read(tokens["id_token"])[1]["sub"]


@pytest.mark.parametrize(("alg", "kind"), FITTING.items())
@pytest.mark.parametrize("enc", CONTENT)
def test_it_is_signed_then_encrypted(register: Register, known: FormBrowser, alg: str, kind: str, enc: str) -> None:
    """§10.2, RFC 7519 §5.2: a nested JWT. Mutations: encrypted first; no `cty`; the default `enc` whatever is registered."""
    owner = reader(kind)
    app = register(
        userinfo_signed_response_alg="ES256",
        userinfo_encrypted_response_alg=alg,
        userinfo_encrypted_response_enc=enc,
        jwks=owner.jwks,
    )
    header, content = owner.read(asked(app, known).text, alg, enc)
    assert header["cty"] == "JWT"
    _, claims = app.read(content.decode())
    assert (claims["iss"], claims["aud"]) == (app.issuer, app.client_id)


def test_encrypted_alone_it_is_the_claims(register: Register, known: FormBrowser, person: Person) -> None:
    """§5.3.2: it may be encrypted without being signed; A128CBC-HS256 where no `enc` is registered (Registration §2)."""
    owner = reader()
    app = register(userinfo_encrypted_response_alg="ECDH-ES", jwks=owner.jwks)
    header, content = owner.read(asked(app, known).text, "ECDH-ES", "A128CBC-HS256")
    assert "cty" not in header
    claims: dict[str, Any] = json.loads(content)
    assert set(claims) == {"sub", "name"}
    assert claims["name"] == person.name


def test_who_registered_nothing_gets_json(library: RelyingParty, known: FormBrowser) -> None:
    """Mutation: a JWT for everybody; `Accept` decides nothing."""
    token = access_token(library, known)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/jwt"}
    answer = library.http.get(f"{library.issuer}/userinfo", headers=headers)
    assert answer.headers["content-type"] == "application/json"


def test_gov_high_is_signed_by_what_its_profile_allows(
    new_party: NewParty, idp_sqlite: RunningIdp, person: Person
) -> None:
    """Requirement 33. Mutation: RS256 by default."""
    party = new_party(userinfo_signed_response_alg="ES256")
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = party.push()
        tokens = party.redeem(browser.go_through(question.address, person), question).json()
    answer = party.prove("GET", "/userinfo", token=tokens["access_token"])
    assert party.read(answer.text)[0]["alg"] == "ES256"


def test_it_is_no_id_token(register: Register, known: FormBrowser) -> None:
    """Threat C08, RFC 8725 §3.12: neither we nor an app takes it for one, since one expires. Mutation: `exp` in it."""
    app = register(userinfo_signed_response_alg="ES256")
    jwt = asked(app, known).text
    answer = known.get(app.ask({"id_token_hint": jwt}).address).answer
    assert answer["error"] == "invalid_request"
    assert known.get(f"/logout?id_token_hint={jwt}").has("logout-confirm")
    assert app.userinfo(jwt).status_code == 401


def test_without_a_key_nothing_is_told_and_nothing_is_written_down(
    idp_sqlite: RunningIdp, register: Register, known: FormBrowser
) -> None:
    """Mutations: in the clear; 500; a release in the log that never was. The token works on once the key is there."""
    with publishing(idp_sqlite.receivers[0]) as publisher:
        publisher.keys = [{**reader().jwk, "use": "sig"}]
        app = register(userinfo_encrypted_response_alg="ECDH-ES", jwks_uri=publisher.jwks_uri)
        token = access_token(app, known)
        answer = app.userinfo(token)
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert releases_to(idp_sqlite, app) == 0
        idp_sqlite.register(changed(app.metadata, {"jwks": reader().jwks, "jwks_uri": None}))
        assert until_200(app, token)
        assert releases_to(idp_sqlite, app) == 1


def until_200(app: RelyingParty, token: str, seconds: float = 20) -> bool:
    """Whether userinfo comes to answer: each process hears of a new registration a little later."""
    deadline = time.monotonic() + seconds
    while app.userinfo(token).status_code != 200:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def releases_to(idp: RunningIdp, app: RelyingParty) -> int:
    """How many the log tells."""
    wanted = EventFilter(action=Action.CLAIMS_RELEASED, client_id=app.client_id)
    with idp.installation.services.begin() as unit_of_work:
        return len(unit_of_work.events.search(wanted, before=None, limit=9))


def test_discovery_says_so(library: RelyingParty) -> None:
    """Discovery §3, requirement 20: no `none`, no RSA1_5, nothing symmetric."""
    document = library.http.get(f"{library.issuer}/.well-known/openid-configuration").json()
    assert set(document["userinfo_signing_alg_values_supported"]) == {"RS256", "ES256"}
    for what in ("userinfo", "id_token"):
        assert set(document[f"{what}_encryption_alg_values_supported"]) == set(FITTING)
        assert set(document[f"{what}_encryption_enc_values_supported"]) == set(CONTENT)
