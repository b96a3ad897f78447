"""F07: cookies that only we set and only we read, also where a neighbour plants others of the same name."""

from http.cookies import SimpleCookie

import httpx
import pytest

from idp.events import Action
from idp.http.cookies import CookieJar
from idp.http.request import Request
from tests.attacks import wire
from tests.attacks.rig import Browser, Target, authorization_url, told


def cookies_of(answer: httpx.Response) -> dict[str, dict[str, str]]:
    """The attributes of each cookie that an answer sets; a name set twice is a failure."""
    found: dict[str, dict[str, str]] = {}
    for header in answer.headers.get_list("set-cookie"):
        ((name, morsel),) = SimpleCookie(header).items()
        assert name not in found
        found[name] = {key: str(value) for key, value in morsel.items()} | {"value": morsel.value}
    return found


def test_flags_of_every_cookie(target: Target) -> None:
    """Browser, session, the choice of look, and who may see which apps heard of a sign-out.

    Red when `CookieJar.set` loses Secure, HttpOnly, SameSite or Path, or names a Domain, and when `name` loses `__Host-`.
    """
    browser = target.browser()
    begun = browser.get(authorization_url())
    browser.follow(begun)
    browser.name(target.person.phone)
    proved = browser.submit(password=target.person.password, may_sign_in=True)
    looked = browser.get("/display?mode=elder&theme=dark&lang=en")
    gone = browser.get("/logout")
    gone = browser.submit(action="leave") if browser.page.forms else gone
    seen = {**cookies_of(begun), **cookies_of(proved), **cookies_of(looked)}
    target.expects(Action.SIGNED_OUT)
    seen |= {name: flags for name, flags in cookies_of(gone).items() if name not in seen}
    assert set(seen) == {
        "__Host-browser",
        "__Host-device",
        "__Host-session",
        "__Host-signed_out",
        "mode",
        "theme",
        "lang",
    }
    for name, flags in [*seen.items(), *cookies_of(gone).items()]:
        assert flags["secure"] == "True", name
        assert (flags["httponly"], flags["samesite"], flags["path"]) == ("True", "Lax", "/"), name
        assert flags["domain"] == ""
    assert cookies_of(gone)["__Host-session"]["max-age"] == "0"
    assert len(seen["__Host-session"]["value"]) > 40
    assert len(seen["__Host-browser"]["value"]) > 20


@pytest.mark.parametrize("is_secure", [True, False])
def test_a_secure_issuer_names_them_host(is_secure: bool) -> None:
    """`__Host-` and Secure, which a loopback http issuer cannot have (RFC 6265bis §4.1.3).

    Red when `CookieJar.name` drops the prefix or `set` the flag.
    """
    name, header = CookieJar(is_secure).set("session", "1.secret", 60)
    morsel = SimpleCookie(header)["__Host-session" if is_secure else "session"]
    assert name == "Set-Cookie"
    assert bool(morsel["secure"]) is is_secure
    assert (morsel["path"], morsel["domain"], morsel["samesite"]) == ("/", "", "Lax")
    assert morsel["httponly"]
    assert morsel["max-age"] == "60"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("__Host-session=1.good", "1.good"),
        ("session=1.planted", None),
        ("=__Host-session=1.planted", None),
        ("__Host-session", None),
        ("__Host-session=", None),
        ("__Host-session =1.planted", None),
        ("__host-session=1.planted", None),
        ("__Host-session=1.good; __Host-session=1.planted", None),
        ("__Host-session=1.planted; __Host-session=1.good", None),
        ("__Host-session=1.good; =__Host-session=1.planted; session=1.planted", "1.good"),
        ("__Secure-session=1.planted", None),
        ('__Host-session="1.good"', '"1.good"'),
        ("a;b; ;;__Host-session=1.good;", "1.good"),
    ],
)
def test_a_tossed_cookie_is_not_ours(header: str, value: str | None) -> None:
    """Nameless (CVE-2023-23934), doubled, unprefixed, or in another spelling.

    Red when `Request.cookies` keeps the first or last of two, or strips a nameless one into a name.
    """
    request = Request("GET", "/", "", {"cookie": header}, "")
    assert CookieJar(is_secure=True).read(request.cookies, "session") == value


def test_a_planted_second_session_opens_nothing(target: Target, signed_in: Browser) -> None:
    """Over the wire: both, in either order, or behind a nameless one. Red when one of two wins."""
    mine = signed_in.cookie("session").encode()
    path = authorization_url(prompt="none").encode()
    name = b"__Host-session="
    assert _code(target, path, name + mine)
    for planted in (
        name + b"1.planted; " + name + mine,
        name + mine + b"; " + name + b"1.planted",
        name + mine + b"; " + name + mine,
        b"=" + name + mine,
        name + mine[:-1],
        name + mine + b"x",
        name + mine.partition(b".")[0] + b".",
        b"session=" + mine,
        b"__Secure-session=" + mine,
        b"__HOST-SESSION=" + mine,
    ):
        assert not _code(target, path, planted), planted[:20]


def test_a_planted_browser_cookie_opens_no_interaction(target: Target, browser: Browser) -> None:
    """An interaction belongs to the browser that began it. Red when `Interactions.find` does not compare the browser."""
    begun = browser.get(authorization_url()).headers["location"]
    stranger = target.browser()
    name = target.cookie_name("browser")
    for cookies in ({}, {name: "planted"}, {name: ""}, {"browser": "planted"}):
        stranger.http.cookies.clear()
        stranger.http.cookies.update(cookies)
        for path in (begun, begun.replace("/s/", "/authorize/"), f"{begun}/cancel"):
            answer = stranger.get(path)
            assert answer.status_code == 400
            assert "location" not in answer.headers
    assert browser.get(begun).status_code == 200


def test_signing_in_ends_the_session_before_it(target: Target) -> None:
    """F01: a new session at each sign-in, and the old one is dead. Red when `begin` leaves `replaces` alone."""
    browser = target.browser()
    browser.follow(browser.sign_in(target.person))
    old, name = browser.cookie("session").encode(), b"__Host-session="
    path = authorization_url(prompt="none").encode()
    assert _code(target, path, name + old)
    browser.follow(browser.sign_in(target.person, authorization_url(prompt="login")))
    assert browser.cookie("session").encode() != old
    assert not _code(target, path, name + old)


def _code(target: Target, path: bytes, cookie: bytes) -> str | None:
    answer = target.check(wire.request(target.issuer, "GET", path, b"Cookie: " + cookie))
    code = told(answer.headers["location"]).get("code")
    target.log.keep_out(code)
    return code
