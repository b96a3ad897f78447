"""F08: nothing with a person, a secret or a session in it is kept by a cache, or found under a second address.

That every reply but public documents says `no-store` is asserted by the rig on each answer (`assert_is_uncached`).
"""

import re

import httpx
import pytest

from tests.attacks import wire
from tests.attacks.doors import all_paths, named_handle, new_handle
from tests.attacks.rig import Browser, Target, authorization_url

SUFFIXES = (
    "/x.css",
    ".css",
    ";.js",
    "=.css",
    "==.css",
    "=a.js",
    "..!!",
    "%2e..!",
    "%00.css",
    "%0a.css",
    "%23.css",
    "%3f.css",
    "%2fx.css",
    "/..%2fx.css",
    "/%2e%2e/static/x.css",
    "/",
    "//",
    "/.",
    ".",
    "%20",
    "\\x.css",
    "~",
    "é.css",
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_page_has_one_address(target: Target, signed_in: Browser, suffix: str) -> None:
    """Cache deception: what ends like a stylesheet is never a page with somebody in it.

    Red when a route takes a `path`, and when `_unseal` lets base64 pass over what it does not know: `…=.css` is then
    the same sign-in page.
    """
    doors = [
        f"/s/{new_handle(signed_in)}",
        f"/s/{named_handle(signed_in, target)}/password",
        "/me",
        "/userinfo",
        "/token",
    ]
    doors += ["/authorize", f"/authorize/{new_handle(signed_in)}", "/logout", "/jwks"]
    for door in doors:
        answer = wire.request(target.issuer, "GET", (door + suffix).encode(), signed_in.cookie_header)
        target.check(answer)
        assert answer.status_code in {400, 404}, (door, suffix)
        assert "location" not in answer.headers
        assert not {"sign-in", "logout-confirm"} & _ids(answer.text)


def test_everything_personal_is_uncached(target: Target, signed_in: Browser) -> None:
    """Tokens, claims, redirects with a code, pages of a person. Red when `NO_STORE` or `Vary` is left out of one."""
    tokens = signed_in.redeem(signed_in.code())
    claims = signed_in.get("/userinfo", Authorization=f"Bearer {tokens.json()['access_token']}")
    answers = [tokens, claims, signed_in.open(authorization_url()), signed_in.get("/me"), signed_in.get("/logout")]
    answers += [
        signed_in.get(path)
        for path in all_paths(signed_in, target)
        if "well-known" not in path and path not in {"/jwks", "/api/v1/openapi.json"}
    ]
    for answer in answers:
        assert "no-store" in answer.headers["cache-control"], answer.request.url
        if answer.headers.get("content-type", "").startswith("text/html") and answer.content:
            assert "Cookie" in answer.headers["vary"]
    assert claims.status_code == 200


UNKEYED = {
    "Host": "evil.test",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": "/evil.test",
    "X-Forwarded-Server": "evil.test",
    "Forwarded": "for=1.2.3.4;host=evil.test;proto=https",
    "X-Original-URL": "/logout",
    "X-Rewrite-URL": "/logout",
    "X-HTTP-Method-Override": "DELETE",
    "X-Original-Host": "evil.test",
    "X-Host": "evil.test",
    "X-Script-Name": "/evil.test",
    "Script-Name": "/evil.test",
    "Origin": "https://evil.test",
    "Referer": "https://evil.test/",
}


@pytest.mark.parametrize("name", UNKEYED)
def test_headers_beside_the_key_change_nothing(bare_target: Target, name: str) -> None:
    """Body and all headers, by our own door, since nginx lets no other name through.

    Red when a page, a redirect, discovery or CORS is built from one of them: a reflected Origin, an issuer from
    X-Forwarded-Host.
    """
    paths = ["/.well-known/openid-configuration", "/jwks", "/help", "/me", "/status", authorization_url(prompt="none")]
    plain, signed_in = bare_target.browser(), bare_target.browser()
    signed_in.follow(signed_in.sign_in(bare_target.person))
    for path in paths:
        expected, seen = plain.get(path), plain.get(path, **{name: UNKEYED[name]})
        assert seen.status_code == expected.status_code
        assert _without_support_code(seen) == _without_support_code(expected)
        assert _fixed_headers(seen) == _fixed_headers(expected)
    assert signed_in.get("/me", **{name: UNKEYED[name]}).status_code == 200
    assert "logout-confirm" in _ids(signed_in.get("/logout", **{name: UNKEYED[name]}).text)


def test_an_absolute_target_is_no_other_host(bare_target: Target) -> None:
    """RFC 9112 §3.2.2. Red when a redirect or the issuer follows the request's own words about its host."""
    for path in (b"/.well-known/openid-configuration", authorization_url(prompt="none").encode()):
        answer = bare_target.check(
            wire.request(bare_target.issuer, "GET", b"http://evil.test" + path, host=b"evil.test")
        )
        assert "evil.test" not in answer.text + answer.headers.get("location", "")


def _fixed_headers(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.multi_items() if name != "date"]


def _without_support_code(answer: httpx.Response) -> str:
    return re.sub(r'(?<=id="support-code">)[^<]+', "", answer.text)


def _ids(html: str) -> set[str]:
    return {name for name in ("sign-in", "logout-confirm") if f'id="{name}"' in html}
