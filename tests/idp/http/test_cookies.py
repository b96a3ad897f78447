"""Cookies that only we can set and only we can read (threat F07)."""

from idp.http.cookies import CookieJar

SECURE, LOOPBACK = CookieJar(is_secure=True), CookieJar(is_secure=False)


def test_a_public_issuer_sets_host_cookies() -> None:
    """Mutations: any flag or the prefix left out; a Domain, which the prefix forbids."""
    assert SECURE.set("session", "v") == (
        "Set-Cookie",
        "__Host-session=v; Path=/; HttpOnly; Secure; SameSite=Lax",
    )
    assert SECURE.set("session", "v", 60)[1] == ("__Host-session=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax")
    assert "Max-Age=0" in SECURE.forget("session")[1]


def test_a_loopback_http_issuer_sets_what_the_browser_takes() -> None:
    assert LOOPBACK.set("session", "v")[1] == "session=v; Path=/; HttpOnly; SameSite=Lax"


def test_only_the_name_that_we_set_is_read() -> None:
    """Mutation: the plain name as a fall-back, which a sibling domain can set."""
    cookies = {"session": "planted", "__Host-session": "ours", "__Host-empty": "", "empty": "x"}
    assert SECURE.read(cookies, "session") == "ours"
    assert LOOPBACK.read(cookies, "session") == "planted"
    assert SECURE.read({"session": "planted", "__host-session": "x"}, "session") is None
    assert SECURE.read(cookies, "empty") is None
