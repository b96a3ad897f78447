"""The attacker's bench: a target to shoot at, a browser without JavaScript, and a flow that can be bent at each step."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

from idp.events import Action
from tests.attacks import wire
from tests.attacks.answers import assert_safe
from tests.attacks.pages import Page
from tests.attacks.records import Log, counted
from tests.plugins.running_idp import Person, RunningIdp

Parameters = Mapping[str, str | None] | list[tuple[str, str]]

VERIFIER = "a-code-verifier-of-the-attack-bench-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SECRET = "a client secret of the attack bench, 32+ characters"
WEB, SINGLE, NATIVE, EVIL = "attacked-web", "attacked-single", "attacked-native", "evil-rp"
REDIRECT = "https://rp.test/cb"
LOOPBACK = "http://127.0.0.1:49152/cb"
"""Not registered, but one of the ports that the native client may choose."""
REDIRECT_WITH_QUERY = "https://rp.test/cb?tenant=1&x=%2F"
_SECRET_FIELDS = ("username", "password", "code", "code_verifier", "client_secret", "csrf", "id_token_hint")

_COMMON = {
    "token_endpoint_auth_method": "client_secret_post",
    "scope": "openid profile phone",
    "sector_identifier": "attacked.sandbox",
    "asks_consent": False,
}
CLIENTS: tuple[dict[str, Any], ...] = (
    {
        "client_id": WEB,
        "client_name": "被攻击的应用",
        "client_secret": SECRET,
        "redirect_uris": [REDIRECT, REDIRECT_WITH_QUERY],
        "post_logout_redirect_uris": ["https://rp.test/bye"],
        **_COMMON,
    },
    {
        "client_id": SINGLE,
        "client_name": "只有一个地址",
        "client_secret": SECRET,
        "redirect_uris": ["https://rp.test/only"],
        **_COMMON,
        "asks_consent": True,
    },
    {
        "client_id": NATIVE,
        "client_name": "手机应用",
        "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"],
        **_COMMON,
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "channel": "app",
    },
    {"client_id": EVIL, "client_name": "攻击者", "client_secret": SECRET, "redirect_uris": ["https://evil.test/cb"]}
    | _COMMON
    | {"sector_identifier": "evil.sandbox"},
)


@dataclass
class Target:
    """One running identity provider, the log it writes meanwhile, and where it may send people."""

    idp: RunningIdp
    log: Log
    registered: frozenset[str]
    person: Person
    open_browsers: ExitStack = field(default_factory=ExitStack)

    @property
    def issuer(self) -> str:
        return self.idp.issuer

    @contextmanager
    def counts(self, action: Action, outcome: str, times: int = 1) -> Iterator[None]:
        """What happens inside is counted so often with this outcome, by the server and in its store."""
        before = counted(self.idp, action, outcome)
        yield
        assert counted(self.idp, action, outcome) - before == times, f"{action} {outcome}"

    def check(self, answer: httpx.Response, *, may_sign_in: bool = False) -> httpx.Response:
        """The answer, after what holds for every answer."""
        assert_safe(answer, self.registered, may_sign_in=may_sign_in)
        self.log.keep_out(*answer.cookies.values())
        return answer

    def browser(self, **headers: str) -> "Browser":
        """A browser that was never here."""
        client = httpx.Client(base_url=self.issuer, headers=headers, trust_env=False, verify=False, timeout=20)
        return Browser(self, self.open_browsers.enter_context(client))


def authorization_parameters(client_id: str | None = WEB, **changes: str | None) -> dict[str, str]:
    """A flawless authorization request with some parameters changed, or left out by None."""
    parameters: dict[str, str | None] = {
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile",
        "state": "state-of-the-bench",
        "nonce": "nonce-of-the-bench",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return {name: value for name, value in parameters.items() if value is not None}


def authorization_url(client_id: str | None = WEB, **changes: str | None) -> str:
    """The same as a URL of the authorization endpoint."""
    return "/authorize?" + urlencode(authorization_parameters(client_id, **changes))


def told(location: str) -> dict[str, str]:
    """The authorization response in the query of a redirect; a parameter that stands twice is a failure."""
    pairs = parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), location
    return dict(pairs)


@dataclass
class Browser:
    """Cookies, forms, and no JavaScript; every answer is checked before anybody sees it."""

    target: Target
    http: httpx.Client
    page: Page = field(default_factory=lambda: Page(""))
    here: str = "/"

    def get(self, url: str, **headers: str) -> httpx.Response:
        """One GET, not followed."""
        return self._looked_at(self.http.get(url, headers=headers))

    def post(self, url: str, fields: Parameters, *, may_sign_in: bool = False, **headers: str) -> httpx.Response:
        """One POST of a form, not followed."""
        pairs = fields if isinstance(fields, list) else [(name, value) for name, value in fields.items() if value]
        self.target.log.keep_out(*(value for name, value in pairs if name in _SECRET_FIELDS))
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        body = urlencode(pairs).encode()
        if len(body) > wire.SMALL:
            return self._looked_at(self._posted_raw(url, body))
        return self._looked_at(self.http.post(url, content=body, headers=headers), may_sign_in=may_sign_in)

    def _posted_raw(self, url: str, body: bytes) -> httpx.Response:
        target = url.removeprefix(self.target.issuer).encode()
        return wire.request(self.target.issuer, "POST", target, wire.FORM, self.cookie_header, body=body)

    @property
    def cookie_header(self) -> bytes:
        """What this browser would send with the next request."""
        return b"Cookie: " + "; ".join(f"{name}={value}" for name, value in self.http.cookies.items()).encode()

    def open(self, url: str) -> httpx.Response:
        """A GET, followed as long as it stays on this server."""
        return self.follow(self.get(url))

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """The page at the end of the redirects, or the redirect that leaves."""
        while answer.status_code == 303 and answer.headers["location"].startswith("/"):
            answer = self.get(answer.headers["location"])
        return answer

    def submit(self, *, form: int = 0, may_sign_in: bool = False, **fields: str) -> httpx.Response:
        """Send a form of the page we are on; the redirect it answers with is not followed."""
        return self.send(fields, form=form, may_sign_in=may_sign_in)

    def send(self, fields: Mapping[str, str], *, form: int = 0, may_sign_in: bool = False) -> httpx.Response:
        """The same, with fields of any name."""
        chosen = self.page.forms[form]
        return self.post(urljoin(self.here, chosen.action), {**chosen.hidden, **fields}, may_sign_in=may_sign_in)

    def name(self, username: str, way: str = "password") -> httpx.Response:
        """From the first page to the page of the proof."""
        return self.follow(self.submit(username=username, way=way))

    def sign_in(self, person: Person, url: str | None = None) -> httpx.Response:
        """Open the request, sign in by password, and stop where the next step wants to go."""
        self.open(url or authorization_url())
        self.name(person.phone)
        return self.submit(password=person.password, may_sign_in=True)

    def code(self, **changes: str | None) -> str:
        """A fresh code; somebody is signed in already, and nobody is asked."""
        answer = self.open(authorization_url(**changes))
        code = told(answer.headers["location"])["code"]
        self.target.log.keep_out(code)
        return code

    def redeem(self, code: str, client_id: str = WEB, **changes: str | None) -> httpx.Response:
        """A token request, flawless but for the changes; the tokens in the answer are kept out of the log."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        secret = None if client_id == NATIVE else SECRET
        answer = self.post("/token", {"client_id": client_id, "client_secret": secret, **fields, **changes})
        return self._kept_secret(answer)

    def _kept_secret(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            self.target.log.keep_out(answer.json()["access_token"], answer.json()["id_token"])
        return answer

    def _looked_at(self, answer: httpx.Response, *, may_sign_in: bool = False) -> httpx.Response:
        self.target.check(answer, may_sign_in=may_sign_in)
        if answer.headers.get("content-type", "").startswith("text/html") and answer.content:
            self.page, self.here = Page(answer.text), str(answer.url)
        return answer


def error_of(answer: httpx.Response) -> str:
    """The protocol's error code: on a page, in JSON, or on the way to the client."""
    if "location" in answer.headers:
        return told(answer.headers["location"]).get("error", "")
    if answer.headers["content-type"].startswith("application/json"):
        return str(answer.json()["error"])
    return re.split(r"[:\s]", Page(answer.text).error.strip(), maxsplit=1)[0]
