"""A whole installation in the test's own process, with apps of every kind, one person, and fresh values of every kind.

Nothing outside is called: what an app publishes elsewhere is answered by `Elsewhere`, as hostile as can be.
"""

import base64
import hashlib
import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from idp.app import Installation, create_app
from idp.clock import after
from idp.entropy import random_token, random_uid
from idp.fetch import Fetched, Fetcher, FetchRefused
from idp.interaction.handles import Interactions
from idp.model import numbered_secret
from idp.model.authorization import SCOPES, AuthorizationCode, Grant
from idp.model.client import Client, Profile
from idp.model.consent import Consent
from idp.model.matter import Matter
from idp.model.office import Role
from idp.model.policy import Level, Method
from idp.model.registration import Logo, NewInitialAccessToken, Registration
from idp.oauth.client_metadata import client_of
from idp.oauth.extensions.dpop import Nonces
from idp.sessions import csrf, just_ended
from idp.sessions.begin import SignIn, begin
from tests.admin.api.api_client import by_itself, register_apps
from tests.attacks.clients import NATIVE, REDIRECT, SECRET, WEB
from tests.attacks.generated.apps import AT_DESK, CERTIFIED, HIGH, KEYED, MATTER, PORTAL, app_of, registrations
from tests.attacks.generated.parts import Sent
from tests.idp.installed import NOW, Moment, installed, new_person
from tests.idp.oauth.assertions import KeyHolder, holder
from tests.idp.oauth.dpop_proofs import Prover, prover
from tests.idp.oauth.registered import CHALLENGE, VERIFIER, server_over
from tests.plugins.private_servers import StorageUrls

ISSUER = "http://localhost:8000"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
API_SECRET = b"a-secret-for-measuring-that-has-enough-characters"
REPORT_TOKEN = "report-token-of-a-generated-request"
BROWSER = "browser-of-the-generated-requests"
FRONT = "192.0.2.200"
"""Believed about certificates, and about whom it speaks for."""
RENEWED_AFTER = 50
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24


class Elsewhere(Fetcher):
    """Answers for every host outside: by an address's last characters with a picture, rubbish, or nothing at all."""

    def _fetch(self, method: str, url: str, headers: Any, **content: Any) -> Fetched:
        if not url.startswith("https://"):
            raise FetchRefused("not https to a public name")
        last = hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()[0] % 8
        if url.endswith(".png"):
            return Fetched(200, {}, PNG)
        bodies = (
            b"[" * 60_000,
            b'{"keys":[{"kty":1e999}]}',
            b"\xff\xfe",
            b"<svg onload=alert(1)>",
            b"[NaN, 1, null]",
            b"",
        )
        if last < len(bodies):
            return Fetched(200, {}, bodies[last])
        if last == len(bodies):
            return Fetched(404, {}, b"")
        raise FetchRefused("nobody is there")


@dataclass(frozen=True)
class Answer:
    """What the application said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class City:
    """One installation; `close` ends it."""

    def __init__(self, migrated: Path, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copy(migrated, directory / "idp.db")
        self._file = directory / "idp.db"
        urls = StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")
        self.clock = Moment()
        opened = installed(
            urls,
            directory,
            self.clock,
            IDP_SMS_HTTP__REPORT_TOKEN=REPORT_TOKEN,
            IDP_MUTUAL_TLS__ORIGIN="https://mtls.rp.test",
            IDP_MUTUAL_TLS__FRONTS=f'["{FRONT}"]',
            IDP_SERVER__TRUSTED_PROXIES=f'["{FRONT}"]',
            IDP_ADDRESSES__FAILURES_PER_HOUR="1000000",
        )
        self.installation: Installation = replace(opened, services=replace(opened.services, fetcher=Elsewhere()))
        self.services = self.installation.services
        register_apps(self.installation, *registrations(), by_itself(Role.SECURITY))
        self._kept: dict[str, str] = {}
        self._uses = 0
        self.person = new_person(self.installation)
        self._consents()
        self.server = server_over(self.services)
        self.application = create_app(self.installation)
        self.session, _ = self.new_session()  # its cookie is nobody's: it lasts
        with self.services.begin() as unit_of_work:
            unit_of_work.logos.add(Logo(name="logo.png", media_type="image/png", content=PNG))
            unit_of_work.commit()
            clients = unit_of_work.clients.all()
        self.registered = {
            each.client_id: frozenset({*each.redirect_uris, *each.post_logout_redirect_uris}) for each in clients
        }

    def forget_registrations(self) -> None:
        """The apps that registered themselves until now are gone: each new one is compared with all."""
        marks = ", ".join("?" * len(self.registered))
        with sqlite3.connect(self._file, timeout=10) as connection:
            connection.execute("DELETE FROM registrations")
            connection.execute(f"DELETE FROM clients WHERE client_id NOT IN ({marks})", [*self.registered])
        connection.close()

    def close(self) -> None:
        """Close the stores."""
        self.installation.storage.close()

    def _consents(self) -> None:
        with self.services.begin() as unit_of_work:
            for client_id in (WEB, PORTAL, KEYED, HIGH, NATIVE, CERTIFIED):
                scope = (*SCOPES, "offline_access", "desk:read", "archive:read")
                given = Consent(account_id=self.person.id, client_id=client_id, scope=scope, given_at=NOW)
                unit_of_work.consents.give(given)
            unit_of_work.commit()

    @property
    def key(self) -> KeyHolder:
        """Of the apps that sign."""
        return holder()

    @property
    def prover(self) -> Prover:
        """Of the tokens that are bound."""
        return prover()

    @property
    def nonce(self) -> str:
        """What a DPoP proof for us repeats."""
        return Nonces(self.services.cipher, self.services.clock).current()

    def new_session(self) -> tuple[Any, str]:
        """Somebody is signed in: the session and its cookie."""
        with self.services.begin() as unit_of_work:
            sign_in = SignIn(
                account_id=self.person.id,
                methods=(Method.PASSWORD,),
                channel=self.services.channels["website"],
                is_shared_device=False,
                at=self.services.clock(),
            )
            begun = begin(unit_of_work, sign_in, None)
            unit_of_work.commit()
        return begun

    def code(self, client_id: str = WEB, **changes: Any) -> str:
        """A code that was just given; nothing is written for it."""
        grant = Grant(
            client_id=client_id,
            account_id=self.person.id,
            session_id=self.session.id,
            sid=self.session.sid,
            sub="sub-of-the-sector",
            scope=("openid", "profile", "desk:read", "archive:read"),
            auth_time=self.session.auth_time,
            acr="urn:yizheng:level:3",
            amr=("pwd",),
            nonce="n",
            **changes,
        )
        issued_at = self.services.clock()
        return self.server.codes.issue(
            AuthorizationCode(grant=grant, redirect_uri=REDIRECT, code_challenge=CHALLENGE, issued_at=issued_at)
        )

    def matters(self, at: str = AT_DESK) -> tuple[Matter, ...]:
        """What a person let an app deal with."""
        return (Matter(code=MATTER, actions=("view", "apply"), location=at),)

    def tokens(self, client_id: str = WEB, **changes: Any) -> dict[str, Any]:
        """Fresh ones."""
        form = {
            "grant_type": "authorization_code",
            "code": self.code(client_id, **changes),
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            "client_id": client_id,
            "client_secret": SECRET,
        }
        return self._json("/token", form, 200)

    def pushed(self, client_id: str = KEYED) -> str:
        """A request_uri."""
        asked = {"response_type": "code", "redirect_uri": REDIRECT, "scope": "openid", "nonce": "n"}
        proof = {"client_assertion_type": ASSERTION, "client_assertion": self.assertion(client_id)}
        challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        return str(self._json("/par", {**asked, **challenge, **proof}, 201)["request_uri"])

    def assertion(self, client_id: str = KEYED) -> str:
        """Of a client that signs."""
        return self.key.assertion(client_id, ISSUER, self.services.clock(), jti=random_token(9))

    def handle(self, client_id: str = WEB, prompt: str = "login consent") -> str:
        """Of a sign-in that has just begun, in this browser."""
        asked = {
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": "openid",
            "prompt": prompt,
            "authorization_details": json.dumps([each.as_detail for each in self.matters()]),
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        cookies = (("Cookie", f"session={self.cookie}; browser={BROWSER}"),)
        answer = self.call(Sent("GET", b"/authorize", urlencode(asked).encode(), cookies))
        return dict(answer.headers)["Location"].partition("?")[0].split("/")[2]

    def initial_token(self) -> str:
        """An initial access token for whoever comes."""
        secret, now = random_token(), self.services.clock()
        new = NewInitialAccessToken(
            secret_digest=numbered_secret.digest_of(secret),
            name="generated",
            profile=Profile.GOV_STANDARD,
            channel="website",
            level=Level.ONE,
            scope=("openid", "profile"),
            max_clients=10,
            issued_at=now,
            expires_at=after(now, 3600),
        )
        with self.services.begin() as unit_of_work:
            token = unit_of_work.initial_access_tokens.add(new)
            unit_of_work.commit()
        return numbered_secret.write(token.id, secret)

    def registered_itself(self) -> tuple[str, str]:
        """The client_id of an app that did, and the token by which it is managed."""
        secret, client_id = random_token(), random_uid()
        number = numbered_secret.read(self.initial_token())
        assert number is not None
        app = app_of(
            client_id, scope="openid", resources=[], authorization_details_types=[], matters=[], sector_identifier=None
        )
        client: Client = client_of(app)
        now = self.services.clock()
        with self.services.begin() as unit_of_work:
            unit_of_work.clients.save(client, now)
            unit_of_work.registrations.add(
                Registration(
                    client_id=client_id,
                    initial_access_token=number[0],
                    secret_digest=numbered_secret.digest_of(secret),
                    issued_at=now,
                )
            )
            unit_of_work.commit()
        return client_id, secret

    def api_token(self) -> str:
        """Of an app that acts as a security officer."""
        basic = base64.b64encode(b"automation:" + API_SECRET).decode()
        shown = ("Authorization", f"Basic {basic}")
        return self.kept(
            "api", lambda: str(self._json("/token", {"grant_type": "client_credentials"}, 200, shown)["access_token"])
        )

    def new_name(self) -> str:
        """For whatever may be used once."""
        return random_token(9)

    def kept(self, name: str, make: Callable[[], str]) -> str:
        """A value that living requests do not use up; made anew now and then, since hostile ones may have ended it."""
        if self._uses % RENEWED_AFTER == 0:
            self._kept.clear()
        self._uses += 1
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    @property
    def cookie(self) -> str:
        """Of a browser in which the person is signed in."""
        return self.kept("cookie", lambda: self.new_session()[1])

    def access_token(self) -> str:
        """Of the first app, for us."""
        return self.kept("access_token", lambda: str(self.tokens()["access_token"]))

    def access_token_for_desk(self) -> str:
        """With which the desk may act."""
        return self.kept("at_desk", lambda: str(self.tokens(PORTAL)["access_token"]))

    def refresh_token(self) -> str:
        """Of the first app."""
        return self.kept("refresh_token", lambda: str(self.tokens()["refresh_token"]))

    def id_token(self) -> str:
        """Of the first app."""
        return self.kept("id_token", lambda: str(self.tokens()["id_token"]))

    def bound_token(self) -> str:
        """Of the app whose tokens are bound."""
        form = {
            "grant_type": "authorization_code",
            "code": self.code(HIGH),
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            "client_assertion_type": ASSERTION,
        }

        def make() -> str:
            iat = self.services.clock()
            proof = self.prover.proof("POST", f"{ISSUER}/token", nonce=self.nonce, iat=iat, jti=self.new_name())
            told = self._json("/token", {**form, "client_assertion": self.assertion(HIGH)}, 200, ("DPoP", proof))
            return str(told["access_token"])

        return self.kept("bound", make)

    def signed_out(self) -> str:
        """The cookie of a browser that ended its session a moment ago."""
        _, line = just_ended.remember(self.services, self.session.id, WEB, self.services.clock())
        return line.partition(";")[0].partition("=")[2]

    def csrf(self, handle: str) -> str:
        """The token of the forms of this sign-in."""
        found = Interactions(self.services.ephemeral, self.services.cipher, self.services.clock).known(handle)
        return "" if found is None else csrf.token(self.services.cipher, BROWSER, found.id)

    def _json(self, path: str, form: dict[str, str], status: int, *headers: tuple[str, str]) -> dict[str, Any]:
        typed = (("Content-Type", "application/x-www-form-urlencoded"), *headers)
        answer = self.call(Sent("POST", path.encode(), b"", typed, urlencode(form).encode()))
        assert answer.status == status, answer
        told: dict[str, Any] = json.loads(answer.body)
        return told

    def call(self, sent: Sent) -> Answer:
        """One request, as a WSGI server hands it over (PEP 3333)."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": sent.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(sent.path).decode("latin-1"),
            "QUERY_STRING": sent.query.decode("latin-1"),
            "REMOTE_ADDR": sent.peer,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost:8000",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(sent.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if sent.body:
            environ["CONTENT_LENGTH"] = str(len(sent.body))
        for name, value in sent.headers:
            key = name.upper().replace("-", "_")
            key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
            environ[key] = f"{environ[key]},{value}" if key in environ and key.startswith("HTTP_") else value
        began: list[Any] = []

        def start_response(status: str, told: list[tuple[str, str]], _exc_info: object = None) -> object:
            began[:] = [status, tuple(told)]
            return lambda _data: None

        answered = self.application(environ, start_response)
        content = b"".join(answered)
        with suppress(AttributeError):
            answered.close()  # type: ignore[attr-defined]
        return Answer(int(began[0][:3]), began[1], content)
