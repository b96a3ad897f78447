"""Pitfalls 1 to 3 and 6, NUL, and what is not UTF-8: at every endpoint of discovery and every page, on both stores.

The rig turns each 5xx, each trace, and each error_description with a forbidden character red.
"""

import base64

import pytest

from idp.oauth.authorization_requests import PARAMETERS as AUTHORIZATION_PARAMETERS
from idp.oauth.server import TOKEN_PARAMETERS
from tests.attacks import wire
from tests.attacks.doors import PLAIN_PAGES, all_paths, named_handle
from tests.attacks.hostile_text import TEXTS, VALUES, label
from tests.attacks.rig import Browser, Target, authorization_parameters, authorization_url, told

PAGE_FIELDS = (
    "username",
    "password",
    "code",
    "way",
    "shared",
    "csrf",
    "action",
    "sent",
    "mode",
    "theme",
    "lang",
    "return",
)
LOGOUT_FIELDS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint", "csrf")


def bent(names: tuple[str, ...], value: bytes, kept: dict[str, str]) -> list[bytes]:
    """For each name the flawless form with this one value in its place."""
    from urllib.parse import urlencode

    forms = []
    for name in names:
        rest = urlencode({key: text for key, text in kept.items() if key != name}).encode()
        forms.append(rest + b"&" + name.encode() + b"=" + value)
    return forms


@pytest.fixture
def visitor(either_target: Target) -> Browser:
    """A browser with an interaction."""
    browser = either_target.browser()
    browser.open(authorization_url())
    return browser


@pytest.mark.parametrize("value", VALUES, ids=label)
def test_the_authorization_endpoint(either_target: Target, visitor: Browser, value: bytes) -> None:
    """Every parameter, by GET and POST; whatever goes to the client says its issuer (pitfall 3).

    Red when Authlib sees a response_type that it would repeat (pitfall 1), and when `_decode` lets invalid UTF-8 out as
    UnicodeDecodeError, or NUL through to PostgreSQL.
    """
    names = (*AUTHORIZATION_PARAMETERS, "client_id", "redirect_uri", "unknown")
    for query in bent(names, value, authorization_parameters()):
        asked = wire.request(either_target.issuer, "GET", b"/authorize?" + query, visitor.cookie_header)
        posted = wire.request(either_target.issuer, "POST", b"/authorize", wire.FORM, visitor.cookie_header, body=query)
        for answer in (either_target.check(asked), either_target.check(posted)):
            assert answer.status_code == 400 if b"%00" in value else answer.status_code in {303, 400}
            if answer.headers.get("location", "/").startswith("https://"):
                assert told(answer.headers["location"])["iss"] == either_target.issuer


@pytest.mark.parametrize("value", VALUES, ids=label)
def test_the_other_endpoints(either_target: Target, visitor: Browser, value: bytes) -> None:
    """Token, userinfo and logout. Red when `resolve` takes for a number what came before the dot."""
    forms = [
        (b"/token", bent(TOKEN_PARAMETERS, value, {"grant_type": "authorization_code", "code": "x"})),
        (b"/userinfo", bent(("access_token",), value, {})),
        (b"/logout", bent(LOGOUT_FIELDS, value, {"action": "leave"})),
    ]
    for path, bodies in forms:
        for body in bodies:
            posted = wire.request(either_target.issuer, "POST", path, wire.FORM, visitor.cookie_header, body=body)
            asked = wire.request(either_target.issuer, "GET", path + b"?" + body, visitor.cookie_header)
            assert either_target.check(posted).status_code in {200, 400, 401, 429}
            assert either_target.check(asked).status_code in {200, 400, 401, 405, 429}


@pytest.mark.parametrize("value", VALUES, ids=label)
def test_the_pages(either_target: Target, visitor: Browser, value: bytes) -> None:
    """Every field of every step, genuine form and all. Red when `take_name` does not catch `IdentifierRefused`."""
    token, here = visitor.page.forms[0].hidden["csrf"], visitor.here
    handle = named_handle(visitor, either_target)
    named_token = visitor.page.forms[0].hidden["csrf"]
    kept = {"csrf": token, "username": "13800000001", "way": "password"}
    here = here.removeprefix(either_target.issuer).partition("?")[0]
    forms = [
        (here, kept),
        (f"/s/{handle}/ways", {"csrf": named_token}),
        (f"/s/{handle}/consent", {"csrf": named_token}),
    ]
    for path, fields in forms:
        for body in bent(PAGE_FIELDS, value, fields):
            answer = wire.request(
                either_target.issuer, "POST", path.encode(), wire.FORM, visitor.cookie_header, body=body
            )
            assert either_target.check(answer).status_code in {200, 303, 400}
    query = b"&".join(name.encode() + b"=" + value for name in PAGE_FIELDS)
    for path in (*PLAIN_PAGES, f"/s/{handle}/password", "/s/x"):
        target = path.encode() + b"?" + query
        either_target.check(wire.request(either_target.issuer, "GET", target, visitor.cookie_header))


@pytest.mark.parametrize("value", VALUES, ids=label)
def test_the_address_itself(either_target: Target, visitor: Browser, value: bytes) -> None:
    """As handle, as path, behind a path. Red when `_unseal` does not catch what base64 raises."""
    for path in (
        b"/s/%s",
        b"/s/~%s",
        b"/authorize/%s",
        b"/authorize/~%s",
        b"/s/%s/password",
        b"/static/%s",
        b"/%s",
        b"/me/%s",
    ):
        raw = wire.request(either_target.issuer, "GET", path % value.replace(b"\x7f", b"%7f"), visitor.cookie_header)
        answer = either_target.check(raw)
        assert answer.status_code in {200, 303, 400, 404, 414}


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:30])
def test_the_headers(either_target: Target, text: str) -> None:
    """Credentials, cookies, languages. Red when `_basic` decodes outside its try (pitfall 1), when `_by_cookie` takes a
    session cookie's id for a number, and when `SqlClients.get` asks PostgreSQL for a client with NUL in its name.
    """
    raw = text.replace("\r\n", " ").encode()
    packed = base64.b64encode(text.encode() + b":" + text.encode())
    headers = [
        *(b"Authorization: " + scheme + raw for scheme in (b"Basic ", b"Bearer ", b"Bearer 1.", b"DPoP ", b"")),
        b"Authorization: Basic " + packed,
        b"Authorization: Basic " + base64.b64encode(b"\xff\xfe:\xff"),
        b"Authorization: Basic " + base64.b64encode(b"%00%ed%a0%80:%ff"),
        *(
            b"Cookie: " + name + raw
            for name in (b"session=", b"session=1.", b"browser=", b"mode=", b"lang=", b"theme=", b"")
        ),
        b"Accept-Language: " + raw,
        b"Content-Type: " + raw,
        b"Sec-Fetch-Site: " + raw,
        b"X-Forwarded-For: " + raw,
        b"Origin: " + raw,
    ]
    for header in headers:
        for method, path in (
            ("POST", b"/token"),
            ("GET", b"/userinfo"),
            ("GET", authorization_url().encode()),
            ("GET", b"/me"),
        ):
            kind = () if header.startswith(b"Content-Type") else (wire.FORM,)
            answer = wire.request(
                either_target.issuer, method, path, header, *kind, body=b"grant_type=authorization_code&code=x"
            )
            assert either_target.check(answer).status_code < 500


def test_every_door_takes_every_method(either_target: Target) -> None:
    """Red when a status has no reason phrase in `send`, which is behind the last door that catches anything."""
    browser = either_target.browser()
    for path in all_paths(browser, either_target):
        for method in (
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "OPTIONS",
            "TRACE",
            "PROPFIND",
            "get",
            "X" * 50,
        ):
            either_target.check(wire.request(either_target.issuer, method, path.encode(), browser.cookie_header))
