"""People at the doors of a sign-in over a `Line`: the whole way to a code, and the way as far as one proof."""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.benchmarks.flood_http import Line, Reply, get, post
from tests.benchmarks.operations import CALLBACK, VERIFIER
from tests.specs.relying_party import s256

_ASKS = "/authorize?" + urlencode(
    {
        "client_id": "opaque",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
)
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Visitor:
    """A browser that was never here: its cookies, and the page it stands on."""

    line: Line
    cookies: dict[str, str]
    here: str = ""
    csrf: str = ""

    def go(self, reply: Reply) -> Reply:
        """Follow redirects to a page, or to the one that leads out of the identity provider."""
        while True:
            name, _, value = reply.headers.get("set-cookie", "").partition(";")[0].partition("=")
            if name:
                self.cookies[name] = value
            location = reply.headers.get("location", "")
            if reply.status != 303 or location.startswith(CALLBACK):
                return reply
            self.here = location
            reply = self.line.ask(get(location, self._cookie_header))

    def read(self, reply: Reply) -> None:
        """Take the token of the form from a page."""
        found = _CSRF.search(reply.text)
        assert reply.status == 200, (reply.status, self.here, reply.text[:2000])
        assert found, reply.text[:2000]
        self.csrf = unescape(found[1])

    def send(self, **fields: str) -> bytes:
        """The request that sends the form of this page, as a machine would send it again and again."""
        path = self.here.partition("?")[0]
        return post(path, {"csrf": self.csrf, **fields}, f"Cookie: {self._cookie_header}")

    @property
    def _cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def at_password(line: Line, phone: str) -> Visitor:
    """A visitor who said who they are and is asked for the password."""
    visitor = Visitor(line, {})
    visitor.here = "/authorize"
    visitor.read(visitor.go(line.ask(get(_ASKS))))
    visitor.read(visitor.go(line.ask(visitor.send(username=phone, way="password"))))
    return visitor


def sign_in(line: Line, phone: str, password: str) -> str:
    """From the app's request to the code that the app gets."""
    visitor = at_password(line, phone)
    reply = visitor.go(line.ask(visitor.send(password=password)))
    told = parse_qs(urlsplit(reply.headers.get("location", "")).query)
    assert reply.status == 303, (reply.status, reply.text[:2000])
    return told["code"][0]
