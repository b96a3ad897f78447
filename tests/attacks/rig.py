"""The attacker's bench: a target to shoot at, a browser without JavaScript, and a flow that can be bent at each step."""

import base64
import hashlib
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

from idp.events import Action
from tests.attacks import wire
from tests.attacks.answers import assert_safe, error_of
from tests.attacks.clients import (
    ACTING,
    CLIENTS,
    EVIL,
    KEYED,
    LOOPBACK,
    NATIVE,
    READING,
    REDIRECT,
    REDIRECT_WITH_QUERY,
    SECRET,
    SINGLE,
    WEB,
)
from tests.attacks.pages import Page
from tests.attacks.records import Log, counted, written_since
from tests.attacks.traces import UNWATCHED, Traces, traces_of
from tests.plugins.running_idp import Person, RunningIdp

__all__ = [
    "ACTING",
    "CLIENTS",
    "EVIL",
    "KEYED",
    "LOOPBACK",
    "NATIVE",
    "READING",
    "REDIRECT",
    "REDIRECT_WITH_QUERY",
    "SECRET",
    "SINGLE",
    "WEB",
    "error_of",
]

Parameters = Mapping[str, str | None] | list[tuple[str, str]]

VERIFIER = "a-code-verifier-of-the-attack-bench-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
_SECRET_FIELDS = ("username", "password", "code", "code_verifier", "client_secret", "csrf", "id_token_hint")


@dataclass
class Target:
    """One running identity provider, the log it writes meanwhile, and where it may send people."""

    idp: RunningIdp
    log: Log
    registered: frozenset[str]
    person: Person
    open_browsers: ExitStack = field(default_factory=ExitStack)
    expected: Traces = field(default_factory=Counter)
    excused: dict[Action, str] = field(default_factory=dict)
    id_tokens: set[str] = field(default_factory=set)
    """Those that were issued here: any other is no hint."""

    @property
    def issuer(self) -> str:
        return self.idp.issuer

    @cached_property
    def tls(self) -> ssl.SSLContext | bool:
        """Whom a browser believes: the authority of this run."""
        return False if self.idp.authority is None else ssl.create_default_context(cafile=self.idp.authority)

    def expects(self, action: Action, outcome: str = "ok", times: int = 1) -> None:
        """This case leaves this record, too, which no answer tells of."""
        self.expected[action, outcome] += times

    def excuses(self, action: Action, why: str) -> None:
        """How often this is written down is not this test's subject, for this reason."""
        self.excused[action] = why

    def assert_written_down(self, start: Traces) -> None:
        """Since the start, exactly what the answers and the test told of was written down: nothing less or more."""
        written = written_since(self.idp, start)
        ignored = UNWATCHED | set(self.excused)
        seen = Counter({trace: times for trace, times in written.items() if times and trace[0] not in ignored})
        told = Counter({trace: times for trace, times in self.expected.items() if times and trace[0] not in ignored})
        assert seen == told, f"written down and not told: {seen - told}; told and not written down: {told - seen}"

    @contextmanager
    def counts(self, action: Action, outcome: str, times: int = 1) -> Iterator[None]:
        """What happens inside is counted so often with this outcome, by the server and in its store."""
        before = counted(self.idp, action, outcome)
        yield
        assert counted(self.idp, action, outcome) - before == times, f"{action} {outcome}"

    def cookie_name(self, name: str) -> str:
        """What a cookie of ours is called here (threat F07)."""
        return f"__Host-{name}" if self.issuer.startswith("https://") else name

    def check(self, answer: httpx.Response, *, may_sign_in: bool = False) -> httpx.Response:
        """The answer, after what holds for every answer."""
        assert_safe(answer, self.registered, may_sign_in=may_sign_in)
        self.expected.update(traces_of(answer, frozenset(self.id_tokens)))
        self.log.keep_out(*answer.cookies.values())
        return answer

    def browser(self, **headers: str) -> "Browser":
        """A browser that was never here."""
        client = httpx.Client(base_url=self.issuer, headers=headers, trust_env=False, verify=self.tls, timeout=20)
        return Browser(self, self.open_browsers.enter_context(client))

    def browser_at(self, address: str, **headers: str) -> "Browser":
        """The same at another address of the loopback, of which Linux has sixteen million."""
        transport = httpx.HTTPTransport(verify=self.tls, local_address=address)
        client = httpx.Client(base_url=self.issuer, headers=headers, transport=transport, trust_env=False, timeout=20)
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
    """The authorization response in a redirect's fragment, or else its query; a parameter that stands twice is a failure."""
    parts = urlsplit(location)
    pairs = parse_qsl(parts.fragment or parts.query, keep_blank_values=True, strict_parsing=True)
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

    def cookie(self, name: str) -> str:
        """The value of a cookie of ours, under the name it has with or without TLS."""
        return self.http.cookies[self.target.cookie_name(name)]

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

    def tokens(self, client_id: str = WEB, **changes: str | None) -> dict[str, Any]:
        """Fresh tokens of the person who is signed in here; `changes` bend the authorization request."""
        answer = self.redeem(self.code(client_id=client_id, **changes), client_id)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def as_client(self, path: str, fields: Mapping[str, str | None], client_id: str = WEB) -> httpx.Response:
        """A form to an endpoint for clients, by one that posts its secret; whatever tokens come are kept out of logs."""
        secret = None if client_id in {NATIVE, KEYED} else SECRET
        self.target.log.keep_out(fields.get("token"), fields.get("refresh_token"))
        answer = self.post(path, {"client_id": client_id, "client_secret": secret, **fields})
        return self._kept_secret(answer) if path == "/token" else answer

    def refresh(self, refresh_token: str, client_id: str = WEB, **changes: str | None) -> httpx.Response:
        """Exchange a refresh token."""
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        return self.as_client("/token", fields, client_id)

    def introspect(self, token: str, client_id: str = WEB) -> httpx.Response:
        """Ask what a token is worth."""
        return self.as_client("/introspect", {"token": token}, client_id)

    def revoke(self, token: str, client_id: str = WEB) -> httpx.Response:
        """Call a token back."""
        return self.as_client("/revoke", {"token": token}, client_id)

    def userinfo(self, bearer: str) -> httpx.Response:
        """What a bearer token releases."""
        self.target.log.keep_out(bearer)
        return self.get("/userinfo", Authorization=f"Bearer {bearer}")

    def _kept_secret(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            tokens = answer.json()
            self.target.log.keep_out(*(tokens.get(f"{kind}_token") for kind in ("access", "id", "refresh")))
            self.target.id_tokens |= {tokens["id_token"]} if "id_token" in tokens else set()
        return answer

    def _looked_at(self, answer: httpx.Response, *, may_sign_in: bool = False) -> httpx.Response:
        self.target.check(answer, may_sign_in=may_sign_in)
        if answer.headers.get("content-type", "").startswith("text/html") and answer.content:
            self.page, self.here = Page(answer.text), str(answer.url)
        return answer
