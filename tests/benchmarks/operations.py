"""The hot operations inside one process: a WSGI application, one client and one signed-in person per operation.

No HTTP server and no second process: what is measured here is our own work, and nothing else of the machine.
"""

import base64
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from idp.app import Installation, create_app
from idp.clock import Clock, system_clock
from idp.keys import rotation
from idp.model.account import Identifier, IdentifierKind
from idp.model.policy import Method
from idp.oauth.client_metadata import client_of
from idp.sessions.begin import SignIn, begin
from tests.idp.installed import installed, new_person
from tests.plugins.private_servers import StorageUrls
from tests.specs.relying_party import s256

ISSUER = "http://localhost:8000"
CALLBACK = "http://localhost:8002/callback"
VERIFIER = "v" * 43
SECRET = "a-secret-for-measuring-that-has-enough-characters"

Operation = Callable[[], None]
Headers = Mapping[str, str]


def _client(client_id: str, access_token_format: str) -> Mapping[str, Any]:
    return {
        "client_id": client_id,
        "client_name": "度量",
        "client_secret": SECRET,
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid profile",
        "id_token_signed_response_alg": "ES256",
        "access_token_format": access_token_format,
        "asks_consent": False,
    }


CLIENTS = (_client("opaque", "opaque"), _client("jwt", "jwt"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Caller:
    """Calls the application as a server would, with next to no work of its own."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application

    def get(self, target: str, headers: Headers | None = None) -> Answer:
        """A GET of a path with or without a query."""
        return self._call("GET", target, headers or {}, b"")

    def post(self, target: str, headers: Headers, body: bytes) -> Answer:
        """A POST of a form."""
        return self._call("POST", target, headers, body)

    def _call(self, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1:40000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost:8000",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            **headers,
        }
        if body:
            environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            environ["CONTENT_LENGTH"] = str(len(body))
        began: list[Any] = []
        told = b"".join(self._application(environ, lambda status, sent, *_: began.extend((status, sent))))
        got: dict[str, str] = {}
        for name, value in began[1]:  # several cookies stand in lines of their own
            got[name.lower()] = f"{got[name.lower()]}\n{value}" if name.lower() in got else value
        return Answer(int(began[0][:3]), got, told)


def basic(client_id: str) -> Headers:
    """The Authorization header of one of our clients."""
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"{client_id}:{SECRET}".encode()).decode()}


class Person:
    """Somebody signed in, with an app that may ask at any moment."""

    def __init__(self, caller: Caller, cookie: str, client_id: str = "opaque") -> None:
        self._caller = caller
        self._basic = basic(client_id)
        self._cookie = {"HTTP_COOKIE": f"session={cookie}; browser=of-this-measurement"}
        query = {
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "af0ifjsldkj",
            "nonce": "n-0S6_WzA2Mj",
            "prompt": "none",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        self._asks = f"/authorize?{urlencode(query)}"
        self.tokens: Any = None

    def code_round_trip(self) -> None:
        """Single sign-on: a request in, a code out, and the code for tokens."""
        answer = self._caller.get(self._asks, self._cookie)
        told = parse_qs(urlsplit(answer.headers["location"]).query)
        form = {
            "grant_type": "authorization_code",
            "code": told["code"][0],
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        self.tokens = _good(self._caller.post("/token", self._basic, urlencode(form).encode()), "id_token")

    def refresh(self) -> None:
        """The newest refresh token for the next one."""
        form = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        self.tokens = _good(self._caller.post("/token", self._basic, urlencode(form).encode()), "id_token")


def _good(answer: Answer, member: str) -> Any:
    assert answer.status == 200, (answer.status, answer.body)
    told = answer.json
    assert told.get(member), told
    return told


@contextmanager
def city(urls: StorageUrls, directory: Path, clock: Clock = system_clock, **settings: str) -> Iterator[Installation]:
    """An installation over migrated stores, with keys and the clients that measure."""
    installation = installed(urls, directory, clock, **settings)
    with installation.services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, installation.services.clock())
        for client in CLIENTS:
            unit_of_work.clients.save(client_of(client), installation.services.clock())
        unit_of_work.commit()
    try:
        yield installation
    finally:
        installation.storage.close()


def cookie_of(installation: Installation, account_id: int) -> str:
    """A session of this person, and the cookie that opens it."""
    services = installation.services
    sign_in = SignIn(
        account_id=account_id,
        methods=(Method.PASSWORD, Method.MESSAGE_CODE),
        channel=services.channels["website"],
        is_shared_device=False,
        at=services.clock(),
    )
    with services.begin() as unit_of_work:
        _, cookie = begin(unit_of_work, sign_in, None)
        unit_of_work.commit()
    return cookie


def operations(installation: Installation, *, phone: str = "+8613900000001") -> Mapping[str, Operation]:
    """Every hot operation by name; each does one, checks its answer, and may be repeated for ever."""
    caller = Caller(create_app(installation))
    account = new_person(installation, Identifier(IdentifierKind.PHONE, phone))
    cookie = cookie_of(installation, account.id)
    person, other = Person(caller, cookie), Person(caller, cookie, "jwt")
    for each in (person, other):
        each.code_round_trip()
    refreshing = Person(caller, cookie)
    refreshing.code_round_trip()
    opaque, jwt = str(person.tokens["access_token"]), str(other.tokens["access_token"])

    def credentials(client_id: str) -> Operation:
        headers, body = basic(client_id), b"grant_type=client_credentials"
        return lambda: _good(caller.post("/token", headers, body), "access_token")

    def introspection(client_id: str, token: str) -> Operation:
        headers, body = basic(client_id), urlencode({"token": token}).encode()
        return lambda: _good(caller.post("/introspect", headers, body), "active")

    def userinfo(token: str) -> Operation:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        return lambda: _good(caller.get("/userinfo", headers), "sub")

    return {
        "discovery": lambda: _good(caller.get("/.well-known/openid-configuration"), "issuer"),
        "jwks": lambda: _good(caller.get("/jwks"), "keys"),
        "client_credentials opaque": credentials("opaque"),
        "client_credentials ES256": credentials("jwt"),
        "introspection opaque": introspection("opaque", opaque),
        "introspection JWT": introspection("jwt", jwt),
        "userinfo opaque": userinfo(opaque),
        "userinfo JWT": userinfo(jwt),
        "code round trip": person.code_round_trip,
        "refresh": refreshing.refresh,
    }
