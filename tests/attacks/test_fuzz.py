"""A small fuzzer over all doors: seeded, so that what it finds once is found again."""

import random
from collections.abc import Sequence
from urllib.parse import quote

import pytest

from idp.oauth.server import AUTHORIZATION_PARAMETERS, TOKEN_PARAMETERS
from tests.attacks import wire
from tests.attacks.doors import all_paths
from tests.attacks.hostile_text import VALUES
from tests.attacks.rig import SECRET, VERIFIER, Browser, Target, authorization_parameters

REQUESTS = 1500
"""On each pair of stores."""
NAMES = ("client_id", "redirect_uri", "username", "password", "csrf", "way", "action", "access_token", "id_token_hint")
METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "PUT", "OPTIONS")


class Fuzzer:
    """Bends real requests: their names, values, paths and headers, by one or several random steps."""

    def __init__(self, seed: int, target: Target, browser: Browser) -> None:
        self._random = random.Random(seed)
        self._paths = all_paths(browser, target)
        self._cookies = dict(browser.http.cookies.items())
        self._names = (*AUTHORIZATION_PARAMETERS, *TOKEN_PARAMETERS, *NAMES)
        self._good = authorization_parameters() | {
            "grant_type": "authorization_code",
            "client_secret": SECRET,
            "code_verifier": VERIFIER,
            "claims": '{"userinfo":{"name":null}}',
            "max_age": "60",
            "prompt": "login",
        }

    def request(self) -> tuple[str, bytes, list[bytes], bytes]:
        """Method, target, headers and body of the next one."""
        method = self._random.choice(METHODS)
        path = self._path()
        fields, more = self._fields(), self._fields() if self._random.random() < 0.2 else b""
        if method == "GET" or self._random.random() < 0.1:
            return method, path + b"?" + fields, self._headers(), more
        return method, path + (b"?" + more if more else b""), self._headers(), fields

    def _path(self) -> bytes:
        path = bytearray(self._random.choice(self._paths).encode())
        if self._random.random() < 0.3:
            at = self._random.randint(1, len(path))
            path[at:at] = self._random.choice(VALUES)[:200]
        return bytes(path).replace(b"\x7f", b"%7f").replace(b" ", b"%20")

    def _fields(self) -> bytes:
        names = list(self._good) if self._random.random() < 0.7 else self._random.choices(self._names, k=8)
        pairs = [quote(name).encode() + b"=" + self._value(name) for name in names]
        self._random.shuffle(pairs)
        if self._random.random() < 0.1:
            pairs.append(self._random.choice(pairs))
        return b"&".join(pairs)

    def _value(self, name: str) -> bytes:
        good = quote(self._good.get(name, "x"), safe="").encode()
        if self._random.random() < 0.85:
            return good
        return self._bent(self._random.choice((good, self._random.choice(VALUES))))

    def _bent(self, value: bytes) -> bytes:
        return self._random.choice(self._bends(value))

    def _bends(self, value: bytes) -> Sequence[bytes]:
        at = self._random.randint(0, len(value))
        other = self._random.choice(VALUES)
        noise = b"".join(b"%%%02x" % self._random.randrange(256) for _ in range(8))
        cut = value[:at].replace(b"%", b"")
        return value, cut, value + other, other, noise, value * self._random.choice((2, 50)), b""

    def _headers(self) -> list[bytes]:
        cookies = {**self._cookies}
        if self._random.random() < 0.3:
            cookies[self._random.choice(list(cookies))] = self._bent(b"1.abc").decode("latin-1").replace(";", "")
        line = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
        headers = [
            b"Cookie: " + line,
            wire.FORM if self._random.random() < 0.9 else b"Content-Type: " + self._bent(b"a/b"),
        ]
        if self._random.random() < 0.2:
            headers.append(b"Authorization: " + self._random.choice((b"Basic ", b"Bearer ", b"")) + self._bent(b"QTpC"))
        return [header.replace(b"\x7f", b"") for header in headers]


@pytest.mark.parametrize("seed", [20261123])
def test_nothing_random_breaks_the_server(either_target: Target, seed: int) -> None:
    """All that the rig asserts of every answer, 1500 times on each pair of stores.

    Red when `claims_of` does not write what it read, when `_decode` does not catch UnicodeDecodeError, and when Authlib
    is given the response_type that came.
    """
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
