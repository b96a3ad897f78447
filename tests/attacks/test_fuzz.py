"""A small fuzzer over all doors: seeded, so that what it finds once is found again."""

import random
from urllib.parse import quote

import pytest

from idp.events import Action
from idp.oauth.authorization_requests import PARAMETERS as AUTHORIZATION_PARAMETERS
from idp.oauth.server import TOKEN_PARAMETERS
from tests.attacks import wire
from tests.attacks.doors import all_paths
from tests.attacks.hostile_text import BROKEN_CLAIMS, VALUES
from tests.attacks.rig import REDIRECT, SECRET, VERIFIER, WEB, Browser, Target, authorization_parameters

REQUESTS = 1500
"""On each pair of stores."""
PAGE_NAMES = ("username", "password", "csrf", "way", "action", "sent", "return", "access_token", "id_token_hint")
NAMES = (*AUTHORIZATION_PARAMETERS, *TOKEN_PARAMETERS, *PAGE_NAMES)
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "PUT", "OPTIONS")


class Fuzzer:
    """Bends real requests: mostly one or two of their parameters, now and then path, headers and cookies."""

    def __init__(self, seed: int, target: Target, browser: Browser) -> None:
        self._random = random.Random(seed)
        self._paths = ["/authorize"] * 20 + ["/token"] * 8 + all_paths(browser, target)
        self._cookies = dict(browser.http.cookies.items())
        self._good = authorization_parameters() | {
            "claims": '{"userinfo":{"name":null}}',
            "max_age": "60",
            "prompt": "login",
        }
        self._token = {
            "grant_type": "authorization_code",
            "code": "x" * 43,
            "redirect_uri": REDIRECT,
            "client_id": WEB,
            "client_secret": SECRET,
            "code_verifier": VERIFIER,
        }

    def request(self) -> tuple[str, bytes, list[bytes], bytes]:
        """Method, target, headers and body of the next one."""
        path = self._random.choice(self._paths)
        method = self._random.choice(METHODS)
        fields = self._fields(self._token if path == "/token" else self._good)
        more = self._fields(self._token) if self._random.random() < 0.1 else b""
        target = self._bent_path(path)
        if method == "GET":
            return method, target + b"?" + fields, self._headers(), more
        return method, target + (b"?" + more if more else b""), self._headers(), fields

    def _bent_path(self, path: str) -> bytes:
        bent = bytearray(path.encode())
        if self._random.random() < 0.15:
            at = self._random.randint(1, len(bent))
            bent[at:at] = self._random.choice(VALUES)[:200]
        return bytes(bent).replace(b"\x7f", b"%7f").replace(b" ", b"%20")

    def _fields(self, good: dict[str, str]) -> bytes:
        fields = {name: quote(value, safe="").encode() for name, value in good.items()}
        for _ in range(self._random.choice((0, 1, 1, 1, 2, 4))):
            name = self._random.choice([*fields] * 3 + [*NAMES])
            fields[name] = self._bent(name, fields.get(name, b""))
        pairs = [name.encode() + b"=" + value for name, value in fields.items()]
        self._random.shuffle(pairs)
        return b"&".join(pairs + pairs[: self._random.random() < 0.05])

    def _bent(self, name: str, value: bytes) -> bytes:
        if name == "claims" and self._random.random() < 0.7:
            return quote(self._random.choice([*BROKEN_CLAIMS.values()]), safe="").encode()
        at = self._random.randint(0, len(value))
        other = self._random.choice(VALUES)
        noise = b"".join(b"%%%02x" % self._random.randrange(256) for _ in range(8))
        cut = value[:at].replace(b"%", b"")
        return self._random.choice((other, other, other, cut, value + other, noise, value * 2, value * 50, b""))

    def _headers(self) -> list[bytes]:
        cookies = dict(self._cookies)
        if self._random.random() < 0.2:
            cookies[self._random.choice([*cookies])] = self._bent("cookie", b"1.abc").decode("latin-1").replace(";", "")
        line = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
        headers = [b"Cookie: " + line]
        headers.append(wire.FORM if self._random.random() < 0.95 else b"Content-Type: " + self._bent("type", b"a/b"))
        if self._random.random() < 0.15:
            scheme = self._random.choice((b"Basic ", b"Bearer ", b"Bearer 1.", b""))
            headers.append(b"Authorization: " + scheme + self._bent("credentials", b"QTpC"))
        return [header.replace(b"\x7f", b"") for header in headers]


@pytest.mark.parametrize("seed", [20261123])
def test_nothing_random_breaks_the_server(either_target: Target, seed: int) -> None:
    """All that the rig asserts of every answer, 1500 times on each pair of stores.

    Red when `claims_of` does not write what it read, when `_decode` does not catch UnicodeDecodeError, and when Authlib
    is given the response_type that came.
    """
    either_target.excuses(Action.CONSENT_REFUSED, "with a bent session cookie nobody is there who could refuse")
    browser = either_target.browser()
    browser.follow(browser.sign_in(either_target.person))
    fuzzer = Fuzzer(seed, either_target, browser)
    seen: set[int] = set()
    for number in range(REQUESTS):
        method, path, headers, body = fuzzer.request()
        try:
            answer = either_target.check(wire.request(either_target.issuer, method, path, *headers, body=body))
        except AssertionError as failure:
            raise AssertionError(f"number {number} of seed {seed}: {method} {path!r} {headers} {body!r}") from failure
        seen.add(answer.status_code)
    assert seen >= {200, 303, 400, 401, 404, 405}, "the fuzzer no longer reaches the doors"
