"""A registered app, a person who let it in, and the code it got for that."""

import base64
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from idp.app import Installation
from idp.audit.usage import UsageCounts
from idp.clock import Instant
from idp.http.request import FORM, Request
from idp.jose import ALGORITHMS, generate, thumbprint
from idp.model.account import Account
from idp.model.authorization import SCOPES, AuthorizationCode, Grant
from idp.model.client import Client
from idp.model.consent import Consent
from idp.model.policy import Method
from idp.model.session import Session
from idp.model.signing_key import KeyState, SigningKey
from idp.oauth.access_tokens import AccessTokens, LiveToken
from idp.oauth.client_metadata import client_of
from idp.oauth.server import AuthorizationServer
from idp.policy.rules import Rule
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.begin import SignIn, begin
from tests.idp.installed import NOW, new_person

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The example of RFC 7636, appendix B."""
CALLBACK = "https://app.example/callback"
SECRET = "a-secret-of-forty-three-characters-and-more"
METADATA: dict[str, Any] = {
    "client_id": "app",
    "client_name": "App",
    "client_secret": SECRET,
    "redirect_uris": [CALLBACK, "https://app.example/other"],
    "scope": "openid profile phone",
    "grant_types": ["authorization_code", "refresh_token"],
    "id_token_signed_response_alg": "ES256",
}


@dataclass
class Registered:
    """Everything a token request needs, over real stores."""

    installation: Installation
    server: AuthorizationServer
    client: Client
    account: Account
    session: Session

    def code(self, **changes: Any) -> str:
        """A code of this person for this app; `changes` are members of its grant."""
        grant = Grant(
            client_id=self.client.client_id,
            account_id=self.account.id,
            session_id=self.session.id,
            sid=self.session.sid,
            sub="sub-of-the-sector",
            scope=("openid", "profile"),
            auth_time=self.session.auth_time,
            acr="urn:yizheng:level:3",
            amr=("pwd",),
            nonce="n-0S6",
        )
        code = AuthorizationCode(
            grant=replace(grant, **changes),
            redirect_uri=CALLBACK,
            code_challenge=CHALLENGE,
            issued_at=self.installation.services.clock(),
        )
        return self.server.codes.issue(code)

    def redeem(self, code: str, /, **changes: str | None) -> dict[str, Any]:
        """What the token endpoint's server answers; a change to None leaves the parameter out."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            "client_id": self.client.client_id,
            **changes,
        }
        return self.server.token_response(self.token_request(form))

    def token_request(self, form: dict[str, str | None], query: str = "") -> Request:
        """A token request with Basic authentication."""
        credentials = base64.b64encode(f"{self.client.client_id}:{SECRET}".encode()).decode()
        told = {name: value for name, value in form.items() if value is not None}
        body = urlencode(told).encode()
        headers = {"content-type": FORM, "authorization": f"Basic {credentials}"}
        return Request("POST", "/token", query, headers, "192.0.2.1", lambda: body)


def register(installation: Installation, **changes: Any) -> Registered:
    """The app, the person and the session."""
    services = installation.services
    account = new_person(installation)
    client = client_of(METADATA | changes)
    with services.begin() as unit_of_work:
        for key in _signing_keys():
            unit_of_work.signing_keys.add(key)
        unit_of_work.clients.save(client, services.clock())
        sign_in = SignIn(
            account_id=account.id,
            methods=(Method.PASSWORD,),
            channel=services.channels["website"],
            is_shared_device=False,
            at=services.clock(),
        )
        session, _ = begin(unit_of_work, sign_in, None)
        unit_of_work.consents.give(
            Consent(account_id=account.id, client_id=client.client_id, scope=(*SCOPES, "offline_access"), given_at=NOW)
        )
        unit_of_work.commit()
    return Registered(installation, server_over(services), client, account, session)


def server_over(services: Services, rules: tuple[Rule, ...] = ()) -> AuthorizationServer:
    """The server as `idp.app` builds it."""
    return AuthorizationServer(services, rules, UsageCounts(services.begin, services.clock))


@cache
def _signing_keys() -> tuple[SigningKey, ...]:
    """One active key of each algorithm, the same in every test: making one takes long."""
    private = {alg: generate(alg) for alg in ALGORITHMS}
    return tuple(
        SigningKey(
            kid=thumbprint(jwk), alg=alg, state=KeyState.ACTIVE, private_jwk=jwk, created_at=NOW, activated_at=NOW
        )
        for alg, jwk in private.items()
    )


def resolve(registered: Registered, unit_of_work: UnitOfWork, token: str) -> LiveToken | None:
    """The access token as a protected resource would find it now."""
    services = registered.installation.services
    access_tokens = AccessTokens(services)
    return access_tokens.resolve(unit_of_work, token, services.clock())


def end_session(registered: Registered, at: Instant) -> None:
    """The person signs out."""
    with registered.installation.services.begin() as unit_of_work:
        unit_of_work.sessions.end(registered.session.id, at)
        unit_of_work.commit()
