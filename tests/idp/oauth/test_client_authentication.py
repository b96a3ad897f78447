"""Client authentication: one method, the registered one, one refusal for everything else (threats E01, T6)."""

from base64 import b64encode
from dataclasses import replace
from itertools import product
from urllib.parse import quote, quote_plus

import pytest

from idp.errors import Refused
from idp.http.request import Request
from idp.model.client import Client, ClientStatus, Profile
from idp.oauth.client_authentication import METHODS, ClientRefused, authenticate, digest_of

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
REGISTERED = {
    "client_secret_basic": BASIC,
    "client_secret_post": POST,
    "none": PUBLIC,
    "none, with a forgotten secret": replace(PUBLIC, secret_digests=(digest_of(SECRET),)),
    "disabled": replace(BASIC, status=ClientStatus.DISABLED),
    "private_key_jwt": replace(BASIC, token_endpoint_auth_method="private_key_jwt"),
    "without a secret": replace(BASIC, secret_digests=()),
    "unknown": None,
}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def come(
    registered: Client | None, headers: dict[str, str] | None = None, form: dict[str, str] | None = None
) -> Client:
    request = Request("POST", "/token", "", headers or {}, "192.0.2.1")
    return authenticate(request, form or {}, {"app": registered}.get)


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


def test_only_the_registered_method_with_the_right_secret_is_welcome() -> None:
    """Mutations: methods tried one after the other; a secret that a public client may present; status ignored."""
    welcome, words = set(), set()
    for (how, (headers, form)), (method, registered) in product(PRESENTED.items(), REGISTERED.items()):
        try:
            assert come(registered, headers, form) is registered
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
def test_two_methods_at_once_are_refused(form: dict[str, str]) -> None:
    """Mutation: one of the two ignored (RFC 6749 §2.3)."""
    with pytest.raises(Refused) as caught:
        come(BASIC, basic("app", SECRET), form)
    assert (caught.value.code, caught.value.status) == ("invalid_request", 400)


@pytest.mark.parametrize("secret", ["with space and + and %", "a:b:c", "密码密码密码", "100%", "ü" * 20, "=&?#/"])
def test_both_parts_of_basic_are_form_encoded(secret: str) -> None:
    """Mutation: no decoding, or decoding without `+` (RFC 6749 §2.3.1)."""
    client = replace(BASIC, client_id="an app", secret_digests=(digest_of(secret),))

    def come_as(client_id: str, encoded: str) -> Client:
        request = Request("POST", "/token", "", basic(client_id, encoded), "192.0.2.1")
        return authenticate(request, {}, {"an app": client}.get)

    assert come_as("an+app", quote_plus(secret)) is client
    assert come_as("an%20app", quote(secret, safe="")) is client


HOSTILE = [
    "", " ", "\0", "ключ", "密码", "\ud800", "%", "%zz", "%ff%fe", "%00", "a" * 1_000_000, f"{SECRET}\0", f"{SECRET} ",
    SECRET[:-1], SECRET.upper(), "' or 1=1", "\r\nX: y", "😀" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("registered", [BASIC, POST, None], ids=["basic", "post", "unknown"])
def test_hostile_secrets_are_wrong_and_nothing_else(registered: Client | None) -> None:
    """Mutation: comparing text, which fails on what is not ASCII (threat T5)."""
    for secret in HOSTILE:
        encoded = b64encode(f"app:{secret}".encode("utf-8", "surrogatepass")).decode()
        with pytest.raises(ClientRefused):
            come(registered, {"authorization": f"Basic {encoded}"})
        with pytest.raises(ClientRefused):
            come(registered, {}, {"client_id": "app", "client_secret": secret})


@pytest.mark.parametrize("client_id", ["", "\0", "\ud800", "中", "a" * 256, "a" * 1_000_000])
def test_hostile_client_ids_are_unknown(client_id: str) -> None:
    with pytest.raises(ClientRefused):
        come(BASIC, {}, {"client_id": client_id, "client_secret": SECRET})


@pytest.mark.parametrize(
    "credentials",
    [
        "", "=", "!", "YXBw", "YXBwOnNlY3JldA", "YXBw OnNlY3JldA==", "密码", "\0", "/v8=", "YTolZmY=", "A" * 1_000_000,
        b64encode(b"app").decode(), b64encode(b"\xff\xfe:x").decode(), b64encode(b":").decode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_malformed_basic_credentials_are_refused_calmly(scheme: str, credentials: str) -> None:
    with pytest.raises(ClientRefused):
        come(BASIC, {"authorization": f"{scheme} {credentials}"})


def test_what_we_announce_is_what_we_accept() -> None:
    assert set(METHODS) == {"client_secret_basic", "client_secret_post", "none"}
