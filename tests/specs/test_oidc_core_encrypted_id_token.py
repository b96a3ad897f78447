"""OpenID Connect Core §2, §10.2: id_tokens that only their app can read, wherever they are issued; requirements 19 and 20."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from idp.errors import Refused
from idp.events import Action, EventFilter
from tests.idp.oauth.assertions import changed, holder
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.encryption_keys import CONTENT, FITTING, Reader, reader
from tests.specs.form_browser import FormBrowser
from tests.specs.key_publisher import KeyPublisher, publishing
from tests.specs.logout_receivers import listening
from tests.specs.pushing_party import NewParty
from tests.specs.relying_party import RelyingParty

Register = Callable[..., RelyingParty]
ECDH: dict[str, Any] = {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": reader().jwks}
REFRESHES = {"grant_types": ["authorization_code", "refresh_token"]}
FRONT = ["id_token", "id_token token", "code id_token", "code id_token token"]


@pytest.fixture(scope="module")
def known(idp_sqlite: RunningIdp, library: RelyingParty, person: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(library.ask().address, person)
        yield browser


def signed_inside(token: str, owner: Reader, alg: str = "ECDH-ES", enc: str = CONTENT[0]) -> str:
    """The signed id_token that only its app can get at (RFC 7519 §5.2)."""
    header, content = owner.read(token, alg, enc)
    assert header["cty"] == "JWT"
    return content.decode()


@pytest.mark.parametrize(("alg", "kind"), FITTING.items())
@pytest.mark.parametrize("enc", CONTENT)
def test_it_is_signed_then_encrypted(register: Register, known: FormBrowser, alg: str, kind: str, enc: str) -> None:
    """§2, §10.2. Mutations: the claims encrypted instead of the signed token; another `enc`; no `kid`."""
    owner = reader(kind)
    app = register(id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc, jwks=owner.jwks)
    question = app.ask()
    tokens = app.tokens(known.get(question.address), question)
    header, claims = app.read(signed_inside(tokens["id_token"], owner, alg, enc))
    assert header["alg"] == app.metadata["id_token_signed_response_alg"]
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (app.issuer, app.client_id, question.nonce)
    assert app.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]


def test_at_a_refresh_too(register: Register, known: FormBrowser) -> None:
    """§12.2. Mutation: encrypted with a code only."""
    app = register(**ECDH, **REFRESHES)
    question = app.ask()
    first = app.tokens(known.get(question.address), question)
    again = app.refresh(first["refresh_token"]).json()
    before, after = (app.read(signed_inside(each["id_token"], reader()))[1] for each in (first, again))
    assert (before["sub"], before["auth_time"]) == (after["sub"], after["auth_time"])


@pytest.mark.parametrize("response_type", FRONT)
def test_in_the_front_channel_too(
    new_party: NewParty, idp_sqlite: RunningIdp, person: Person, response_type: str
) -> None:
    """§3.2.2.5, §3.3.2.5. Mutation: encrypted at the token endpoint only."""
    portal = new_party(
        profile="legacy",
        response_types=[response_type],
        grant_types=["implicit", *(["authorization_code"] if "code" in response_type else [])],
        token_endpoint_auth_method="client_secret_basic",
        client_secret="a-secret-of-a-portal-that-is-thirty-years-old",
        **ECDH,
    )
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = portal.ask({"response_type": response_type})
        page = browser.go_through(question.address, person)
    told = dict(parse_qsl(urlsplit(page.address).fragment))
    claims = portal.read(signed_inside(told["id_token"], reader()))[1]
    assert claims["nonce"] == question.nonce
    assert ("c_hash" in claims, "at_hash" in claims) == ("code" in told, "access_token" in told)
    assert ("name" in claims) is (response_type == "id_token")


def test_gov_high_encrypts_what_it_signs_by_its_own_algorithms(
    new_party: NewParty, idp_sqlite: RunningIdp, person: Person
) -> None:
    """Requirement 33; one set with a key for each purpose (RFC 7517 §4.2). Mutation: the key that it signs with taken."""
    party = new_party(**{**ECDH, "jwks": {"keys": [holder().jwk, reader().jwk]}})
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = party.push()
        tokens = party.redeem(browser.go_through(question.address, person), question).json()
    assert party.read(signed_inside(tokens["id_token"], reader()))[0]["alg"] == "ES256"


def test_as_a_hint_comes_what_is_inside(register: Register, known: FormBrowser, idp_sqlite: RunningIdp) -> None:
    """§3.1.2.1, RP-Initiated Logout §2: nobody but its app can read the encrypted one, and we say so.

    Mutation: one that cannot be read is passed over, so that anybody may sign in.
    """
    app = register(**ECDH)
    question = app.ask()
    encrypted = app.tokens(known.get(question.address), question)["id_token"]
    refused = known.get(app.ask({"id_token_hint": encrypted}).address).answer
    assert refused["error"] == "invalid_request"
    assert "encrypted" in refused["error_description"]
    assert "code" in known.get(app.ask({"id_token_hint": signed_inside(encrypted, reader())}).address).answer
    assert known.get("/logout?" + urlencode({"id_token_hint": encrypted})).has("logout-confirm")


@pytest.fixture
def publisher(idp_sqlite: RunningIdp) -> Iterator[KeyPublisher]:
    with publishing(idp_sqlite.receivers[1]) as publisher:
        yield publisher


def test_the_key_is_fetched_and_kept(register: Register, known: FormBrowser, publisher: KeyPublisher) -> None:
    """§10.2. Mutation: a fetch for each token."""
    publisher.keys = [holder().jwk, reader("RSA").jwk]
    app = register(id_token_encrypted_response_alg="RSA-OAEP-256", jwks_uri=publisher.jwks_uri)
    for _ in range(4):
        question = app.ask()
        tokens = app.tokens(known.get(question.address), question)
        signed_inside(tokens["id_token"], reader("RSA"), "RSA-OAEP-256")
    assert 1 <= publisher.asked <= 2, "one for each process at most"


@pytest.mark.parametrize("keys", [None, [], [holder().jwk], [reader("RSA").jwk], [{**reader().jwk, "alg": "dir"}]])
def test_without_a_key_nothing_leaves_and_nothing_is_lost(
    register: Register,
    known: FormBrowser,
    publisher: KeyPublisher,
    idp_sqlite: RunningIdp,
    keys: list[dict[str, Any]] | None,
) -> None:
    """Mutations: an id_token in the clear; 500; a code or refresh token that is consumed for an answer that never was."""
    publisher.keys = keys
    app = register(**{**ECDH, "jwks": None, "jwks_uri": publisher.jwks_uri}, **REFRESHES)
    question = app.ask()
    page = known.get(question.address)
    for _ in range(3):
        refused = app.redeem(page, question)
        assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")
        assert "key" in refused.json()["error_description"]
        assert int(refused.headers["retry-after"]) > 0
        assert "id_token" not in refused.text
    assert publisher.asked <= 2, "one for each process at most"
    if keys is None:
        assert any(app.client_id in line for line in idp_sqlite.logs().splitlines() if "client_keys_unre" in line)


def test_code_and_refresh_token_outlive_the_fault_of_their_app(
    register: Register, known: FormBrowser, publisher: KeyPublisher, idp_sqlite: RunningIdp
) -> None:
    """The key comes while the code lives; later the app moves to where there is none.

    Mutation: consumed before the key is looked for.
    """
    publisher.keys = []
    app = register(**{**ECDH, "jwks": None, "jwks_uri": publisher.jwks_uri}, **REFRESHES)
    question = app.ask()
    page = known.get(question.address)
    assert app.redeem(page, question).status_code == 503
    assert issued_to(idp_sqlite, app) == 0
    publisher.keys = [reader().jwk]
    answer = until(lambda: app.redeem(page, question), 200)
    signed_inside(answer.json()["id_token"], reader())
    publisher.keys = []
    idp_sqlite.register(changed(app.metadata, {"jwks_uri": f"{publisher.jwks_uri}/moved"}))
    time.sleep(3)  # each process hears of it a little later
    before = issued_to(idp_sqlite, app)
    refused = app.refresh(answer.json()["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (503, "temporarily_unavailable")
    assert issued_to(idp_sqlite, app) == before
    idp_sqlite.register(changed(app.metadata, {"jwks_uri": None, "jwks": reader().jwks}))
    until(lambda: app.refresh(answer.json()["refresh_token"]), 200)
    assert app.redeem(page, question).json()["error"] == "invalid_grant", "the code was used up when it was answered"


def until(ask: Callable[[], httpx.Response], status: int, seconds: float = 50) -> httpx.Response:
    """The answer, once it has this status; until then it is the one that tells of a missing key."""
    deadline = time.monotonic() + seconds
    while (answer := ask()).status_code != status:
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < deadline, answer.text
        time.sleep(2)
    return answer


def issued_to(idp: RunningIdp, app: RelyingParty) -> int:
    """How many token answers the log tells."""
    wanted = EventFilter(action=Action.TOKEN_ISSUED, client_id=app.client_id)
    with idp.installation.services.begin() as unit_of_work:
        return len(unit_of_work.events.search(wanted, before=None, limit=9))


def test_in_the_front_channel_the_app_hears_why(
    new_party: NewParty, idp_sqlite: RunningIdp, publisher: KeyPublisher, person: Person
) -> None:
    """RFC 6749 §4.1.2.1: its fault, told to it and not to the person; the person stays signed in."""
    publisher.keys = None
    portal = new_party(
        profile="legacy",
        response_types=["code id_token"],
        grant_types=["implicit", "authorization_code"],
        token_endpoint_auth_method="client_secret_basic",
        client_secret="a-secret-of-a-portal-that-is-thirty-years-old",
        id_token_encrypted_response_alg="ECDH-ES",
        jwks=None,
        jwks_uri=publisher.jwks_uri,
    )
    with FormBrowser(idp_sqlite.issuer) as browser:
        question = portal.ask({"response_type": "code id_token"})
        page = browser.go_through(question.address, person)
        told = dict(parse_qsl(urlsplit(page.address).fragment))
        assert (told["error"], told["state"]) == ("temporarily_unavailable", question.state)
        assert not {"code", "id_token", "access_token"} & set(told)
        assert not browser.get(question.address).has("username")


def test_a_logout_token_is_encrypted_like_it(register: Register, idp_sqlite: RunningIdp, person: Person) -> None:
    """Back-Channel Logout §2.4, §2.6: an app that has id_tokens encrypted should refuse a logout token in the clear."""
    with (
        listening(f"http://127.0.0.1:{idp_sqlite.receivers[2]}") as receivers,
        FormBrowser(idp_sqlite.issuer) as browser,
    ):
        app = register(**ECDH, backchannel_logout_uri=f"{receivers.origin}/well/encrypted")
        question = app.ask()
        tokens = app.tokens(browser.go_through(question.address, person), question)
        browser.press(browser.get("/logout"), {"id": "logout-confirm"})
        (heard,) = receivers.wait_for("/well/encrypted")
    header, claims = app.read(signed_inside(heard.token, reader()))
    assert header["typ"] == "logout+jwt"
    assert claims["sid"] == app.read(signed_inside(tokens["id_token"], reader()))[1]["sid"]


WEAK = ["none", "dir", "RSA1_5", "RSA-OAEP", "A128KW", "A256GCMKW", "PBES2-HS256+A128KW", "ECDH-ES+A128KW", "ecdh-es"]


@pytest.mark.parametrize("alg", WEAK)
def test_no_weak_or_shared_algorithm_can_be_registered(register: Register, alg: str) -> None:
    """Threats C06 and C07; §10.2 would allow a key made of the secret. Mutation: whatever the library can do."""
    with pytest.raises(Refused, match="id_token_encrypted_response_alg: choose one of"):
        register(**{**ECDH, "id_token_encrypted_response_alg": alg})


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (reader().private.as_dict(private=True), "private members"),
        (holder().jwk, "no key in it can be used for id_token_encrypted_response_alg"),
        (reader("RSA").jwk, "no key in it can be used for id_token_encrypted_response_alg"),
        ({"kty": "oct", "k": "c2VjcmV0", "kid": "x"}, "private members"),
    ],
    ids=["private", "for signatures", "of another kind", "shared"],
)
def test_a_set_without_a_fitting_public_key_is_refused(register: Register, key: dict[str, Any], told: str) -> None:
    """Registration §2. Mutation: told when somebody signs in."""
    with pytest.raises(Refused, match=told):
        register(**{**ECDH, "jwks": {"keys": [{**key, "kid": "x"}]}})


def test_who_registered_nothing_gets_it_signed(library: RelyingParty, known: FormBrowser) -> None:
    question = library.ask()
    tokens = library.tokens(known.get(question.address), question)
    assert json.dumps(tokens["id_token"]).count(".") == 2
    assert library.read(tokens["id_token"])[1]["aud"] == library.client_id
