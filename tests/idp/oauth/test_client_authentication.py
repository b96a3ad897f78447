"""Client authentication: one method, the registered one, one refusal for everything else (threats E01, T6)."""

from base64 import b64encode
from dataclasses import dataclass, replace
from itertools import product
from urllib.parse import quote, quote_plus

import pytest

from idp.app import Installation
from idp.errors import Refused
from idp.http.request import Parameters, Request
from idp.model.client import Client, ClientStatus, Profile
from idp.oauth import client_authentication
from idp.oauth.client_authentication import ClientAuthentication, ClientRefused, TooManyFailures, digest_of
from tests.idp.installed import Moment

SECRET = "a-secret-of-forty-three-characters-and-more"
OLD_SECRET = "the-secret-before-the-rotation-of-yesterday"
BASIC = Client(
    client_id="app",
    client_name="App",
    channel="website",
    profile=Profile.GOV_STANDARD,
    status=ClientStatus.ACTIVE,
    sector="app.example",
    redirect_uris=("https://app.example/callback",),
    token_endpoint_auth_method="client_secret_basic",
    secret_digests=(digest_of(SECRET), digest_of(OLD_SECRET)),
)
POST = replace(BASIC, token_endpoint_auth_method="client_secret_post")
PUBLIC = replace(BASIC, token_endpoint_auth_method="none", secret_digests=())
REGISTERED: dict[str, Client] = {
    "client_secret_basic": BASIC,
    "client_secret_post": POST,
    "none": PUBLIC,
    "none, with a forgotten secret": replace(PUBLIC, secret_digests=(digest_of(SECRET),)),
    "disabled": replace(BASIC, status=ClientStatus.DISABLED),
    "private_key_jwt": replace(BASIC, token_endpoint_auth_method="private_key_jwt"),
    "without a secret": replace(BASIC, secret_digests=()),
}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


@dataclass
class Door:
    """Client authentication over a real store with one client in it, whom each test registers anew."""

    installation: Installation

    def __post_init__(self) -> None:
        self.authentication = ClientAuthentication(self.installation.services)

    def register(self, client: Client) -> None:
        services = self.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client, services.clock())
            unit_of_work.commit()

    def come(
        self, headers: dict[str, str] | None = None, form: dict[str, str] | None = None, peer: str = "192.0.2.1"
    ) -> Client:
        request = Request("POST", "/token", "", headers or {}, peer)
        with self.installation.services.begin() as unit_of_work:
            return self.authentication(request, Parameters(form or {}), unit_of_work)


@pytest.fixture
def door(installation: Installation) -> Door:
    found = Door(installation)
    found.register(BASIC)
    return found


PRESENTED: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "basic": (basic("app", SECRET), {}),
    "basic, old secret": (basic("app", OLD_SECRET), {}),
    "basic, same client_id in the body": (basic("app", SECRET), {"client_id": "app"}),
    "basic, wrong": (basic("app", "wrong"), {}),
    "basic, empty": (basic("app", ""), {}),
    "basic, of another": (basic("other", SECRET), {}),
    "post": ({}, {"client_id": "app", "client_secret": SECRET}),
    "post, wrong": ({}, {"client_id": "app", "client_secret": "wrong"}),
    "post, empty": ({}, {"client_id": "app", "client_secret": ""}),
    "post, without client_id": ({}, {"client_secret": SECRET}),
    "the stored digest": ({}, {"client_id": "app", "client_secret": digest_of(SECRET).hex()}),
    "client_id alone": ({}, {"client_id": "app"}),
    "nothing": ({}, {}),
    "another scheme": ({"authorization": f"Bearer {SECRET}"}, {"client_id": "app"}),
    "assertion": ({}, {"client_id": "app", "client_assertion": "e30.e30.", "client_assertion_type": "urn:x"}),
    "assertion type": ({}, {"client_id": "app", "client_assertion_type": "urn:x"}),
}
WELCOME = {
    *product(
        ("basic", "basic, old secret", "basic, same client_id in the body"),
        ("client_secret_basic",),
    ),
    ("post", "client_secret_post"),
    *product(("client_id alone", "another scheme"), ("none", "none, with a forgotten secret")),
}


@pytest.mark.parametrize("how", PRESENTED)
def test_a_client_that_is_not_there_is_refused_in_the_same_words(door: Door, how: str) -> None:
    """E01."""
    headers, form = PRESENTED[how]
    door.register(replace(BASIC, status=ClientStatus.DISABLED))
    told = [refusal(door, headers, form)]
    with door.installation.services.begin() as unit_of_work:
        assert unit_of_work.clients.get("nobody") is None
    renamed = {name: value.replace("app", "nobody") for name, value in form.items()}
    told.append(refusal(door, basic("nobody", SECRET) if "authorization" in headers else {}, renamed))
    assert told == [("invalid_client", "The client could not be authenticated.", 401)] * 2


def refusal(door: Door, headers: dict[str, str], form: dict[str, str]) -> tuple[str, str, int]:
    with pytest.raises(ClientRefused) as caught:
        door.come(headers, form)
    return caught.value.code, caught.value.public, caught.value.status


def test_only_the_registered_method_with_the_right_secret_is_welcome(door: Door) -> None:
    """Mutations: methods tried one after the other; a secret that a public client may present; status ignored."""
    welcome, words = set(), set()
    for method, registered in REGISTERED.items():
        door.register(registered)
        for number, (how, (headers, form)) in enumerate(PRESENTED.items()):
            try:
                found = door.come(headers, form, f"192.0.2.{number}")
                assert found == registered
                welcome.add((how, method))
            except ClientRefused as refused:
                words.add((refused.code, refused.public, refused.status))
    assert welcome == WELCOME
    assert words == {("invalid_client", "The client could not be authenticated.", 401)}, "nobody learns why"


@pytest.mark.parametrize(
    "form",
    [
        {"client_secret": SECRET},
        {"client_id": "app", "client_secret": SECRET},
        {"client_secret": ""},
        {"client_id": "other"},
        {"client_id": ""},
        {"client_assertion": "e30.e30."},
        {"client_assertion_type": "urn:x"},
    ],
)
def test_two_methods_at_once_are_refused(door: Door, form: dict[str, str]) -> None:
    """Mutation: one of the two ignored (RFC 6749 §2.3)."""
    with pytest.raises(Refused) as caught:
        door.come(basic("app", SECRET), form)
    assert (caught.value.code, caught.value.status) == ("invalid_request", 400)


@pytest.mark.parametrize("secret", ["with space and + and %", "a:b:c", "密码密码密码", "100%", "ü" * 20, "=&?#/"])
def test_both_parts_of_basic_are_form_encoded(door: Door, secret: str) -> None:
    """Mutation: no decoding, or decoding without `+` (RFC 6749 §2.3.1)."""
    client = replace(BASIC, client_id="an app", secret_digests=(digest_of(secret),))
    door.register(client)
    assert door.come(basic("an+app", quote_plus(secret))) == client
    assert door.come(basic("an%20app", quote(secret, safe=""))) == client


HOSTILE = [
    "", " ", "\0", "ключ", "密码", "\ud800", "%", "%zz", "%ff%fe", "%00", "a" * 1_000_000, f"{SECRET}\0", f"{SECRET} ",
    SECRET[:-1], SECRET.upper(), "' or 1=1", "\r\nX: y", "😀" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("client_id", ["app", "nobody"])
@pytest.mark.parametrize("registered", [BASIC, POST], ids=["basic", "post"])
def test_hostile_secrets_are_wrong_and_nothing_else(door: Door, registered: Client, client_id: str) -> None:
    """Mutation: comparing text, which fails on what is not ASCII (threat T5)."""
    door.register(registered)
    for secret in HOSTILE:
        encoded = b64encode(f"{client_id}:{secret}".encode("utf-8", "surrogatepass")).decode()
        with pytest.raises(ClientRefused):
            door.come({"authorization": f"Basic {encoded}"})
        with pytest.raises(ClientRefused):
            door.come({}, {"client_id": client_id, "client_secret": secret})


@pytest.mark.parametrize("client_id", ["", "\0", "\ud800", "中", "a" * 256, "a" * 1_000_000])
def test_hostile_client_ids_are_unknown(door: Door, client_id: str) -> None:
    with pytest.raises(ClientRefused):
        door.come({}, {"client_id": client_id, "client_secret": SECRET})
    with pytest.raises(ClientRefused):
        door.come(basic(quote(client_id, errors="surrogatepass"), SECRET))


@pytest.mark.parametrize(
    "credentials",
    [
        "", "=", "!", "YXBw", "YXBwOnNlY3JldA", "YXBw OnNlY3JldA==", "密码", "\0", "/v8=", "YTolZmY=", "A" * 1_000_000,
        b64encode(b"app").decode(), b64encode(b"\xff\xfe:x").decode(), b64encode(b":").decode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_malformed_basic_credentials_are_refused_calmly(door: Door, scheme: str, credentials: str) -> None:
    with pytest.raises(ClientRefused):
        door.come({"authorization": f"{scheme} {credentials}"})


def test_who_fails_too_often_is_asked_to_wait_and_the_right_secret_passes(door: Door, clock: Moment) -> None:
    """D09. Mutations: count before the check, with which a stranger locks a department out; one count for all."""
    for _ in range(30):
        assert refusal(door, basic("app", "wrong"), {})[2] == 401
    with pytest.raises(TooManyFailures) as caught:
        door.come(basic("app", "wrong"))
    assert (caught.value.status, caught.value.retry_after, caught.value.code) == (429, 60, "invalid_client")
    assert door.come(basic("app", SECRET)) == BASIC
    assert refusal(door, basic("other", "wrong"), {})[2] == 401
    with pytest.raises(ClientRefused) as elsewhere:
        door.come(basic("app", "wrong"), peer="192.0.2.77")
    assert elsewhere.value.status == 401
    clock.pass_by(61)
    assert refusal(door, basic("app", "wrong"), {})[2] == 401


def test_a_proof_is_believed_while_the_registration_stands(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same header is not looked at twice. Mutations: remembered under the client_id alone; for ever."""
    compared: list[str] = []
    really = client_authentication._secret_matches

    def matches(secret: str, digests: tuple[bytes, ...]) -> bool:
        compared.append(secret)
        return really(secret, digests)

    monkeypatch.setattr(client_authentication, "_secret_matches", matches)
    for _ in range(3):
        assert door.come(basic("app", SECRET)).client_id == "app"
    assert compared == [SECRET]
    assert refusal(door, basic("app", SECRET[:-1]), {})[0] == "invalid_client"
    door.register(replace(BASIC, client_name="Another name"))
    assert door.come(basic("app", SECRET)).client_name == "Another name"
    assert compared == [SECRET, SECRET[:-1], SECRET]
    for changed in (
        replace(BASIC, secret_digests=(digest_of(OLD_SECRET),)),
        replace(BASIC, status=ClientStatus.DISABLED),
        POST,
        PUBLIC,
    ):
        door.register(changed)
        assert refusal(door, basic("app", SECRET), {})[0] == "invalid_client"
        door.register(BASIC)
        assert door.come(basic("app", SECRET)).client_id == "app"


def test_a_proof_stands_for_nothing_else_in_the_request(door: Door) -> None:
    """Mutation: the form not looked at once the header is known."""
    assert door.come(basic("app", SECRET)).client_id == "app"
    for form in ({"client_secret": SECRET}, {"client_id": "other"}, {"client_assertion": "x"}):
        with pytest.raises(Refused) as refused:
            door.come(basic("app", SECRET), form)
        assert refused.value.code == "invalid_request"


def test_a_header_that_proves_nothing_is_not_remembered(door: Door) -> None:
    """A public client's stray header must not speak for it later. Mutation: whatever came with a success is kept."""
    door.register(PUBLIC)
    stray = {"authorization": "Bearer of-something-else"}
    assert door.come(stray, {"client_id": "app"}).client_id == "app"
    assert refusal(door, stray, {})[0] == "invalid_client"


def test_few_proofs_are_remembered(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: a memory that grows."""
    monkeypatch.setattr(client_authentication, "MAX_REMEMBERED", 4)
    for number in range(40):
        secret = f"{SECRET}{number}"
        door.register(replace(BASIC, secret_digests=(digest_of(secret),)))
        assert door.come(basic("app", secret)).client_id == "app"
        assert len(door.authentication._proven_before) <= 4


def test_who_was_registered_before_its_profile_had_refusals_is_held_to_them(door: Door) -> None:
    """Mutation: the profile looked at in registrations alone. FAPI 2.0 §5.3.2.1."""
    assert door.come(basic("app", SECRET)) == BASIC
    door.register(replace(BASIC, profile=Profile.GOV_HIGH))
    with pytest.raises(ClientRefused):
        door.come(basic("app", SECRET))
