"""A relying party that can also ask wrongly: every parameter may be changed or, as None, left out."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from itertools import count
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import Page

Changes = dict[str, str | None]


@dataclass(frozen=True)
class Question:
    """One authorization request, and what its sender remembers."""

    address: str
    state: str
    nonce: str
    code_verifier: str


def s256(code_verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()


def changed(parameters: dict[str, str], changes: Changes) -> dict[str, str]:
    """The parameters with some replaced, and those left out that were changed to None."""
    return {name: value for name, value in (parameters | changes).items() if value is not None}


_NUMBERS = count(1)


def _own_address() -> str:
    """A server of its own for each app: what one fails at is not counted against the others."""
    number = next(_NUMBERS)
    return f"127.1.{number // 250}.{number % 250 + 1}"


class RelyingParty:
    """A client of a running identity provider, by its registered metadata."""

    def __init__(self, idp: RunningIdp, metadata: dict[str, Any]) -> None:
        self.issuer = idp.issuer
        self.metadata = metadata
        self.client_id: str = metadata["client_id"]
        self.redirect_uri: str = next(iter(metadata["redirect_uris"]), "")
        transport = httpx.HTTPTransport(verify=False, local_address=_own_address())
        self.http = httpx.Client(transport=transport, trust_env=False, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, changes: Changes | None = None) -> Question:
        """A new authorization request (OpenID Connect Core §3.1.2.1)."""
        state, nonce, code_verifier = (secrets.token_urlsafe(32) for _ in range(3))
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.metadata["scope"],
            "state": state,
            "nonce": nonce,
            "code_challenge": s256(code_verifier),
            "code_challenge_method": "S256",
        }
        query = urlencode(changed(parameters, changes or {}), quote_via=quote)
        return Question(f"{self.issuer}/authorize?{query}", state, nonce, code_verifier)

    def token_request(self, code: str, question: Question, changes: Changes | None = None) -> dict[str, str]:
        """The body of the token request (RFC 6749 §4.1.3)."""
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": question.code_verifier,
        }
        method = self.metadata["token_endpoint_auth_method"]
        if method != "client_secret_basic":
            parameters["client_id"] = self.client_id
        if method == "client_secret_post":
            parameters["client_secret"] = self.metadata["client_secret"]
        return changed(parameters, changes or {})

    @property
    def basic(self) -> dict[str, str]:
        """The header of HTTP Basic (RFC 6749 §2.3.1), for a client that uses it."""
        if self.metadata["token_endpoint_auth_method"] != "client_secret_basic":
            return {}
        credentials = f"{self.client_id}:{self.metadata['client_secret']}".encode()
        return {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}

    def redeem(self, page: Page, question: Question, changes: Changes | None = None) -> httpx.Response:
        """Send the code of an authorization response to the token endpoint."""
        body = self.token_request(page.answer["code"], question, changes)
        return self.http.post(f"{self.issuer}/token", data=body, headers=self.basic)

    def tokens(self, page: Page, question: Question) -> dict[str, Any]:
        """The members of the token response, which must succeed."""
        response = self.redeem(page, question)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    def refresh(self, refresh_token: str, changes: Changes | None = None) -> httpx.Response:
        """RFC 6749 §6."""
        return self.at_token_endpoint({"grant_type": "refresh_token", "refresh_token": refresh_token}, changes)

    def at_token_endpoint(self, parameters: dict[str, str], changes: Changes | None = None) -> httpx.Response:
        """A token request of any grant, as the client that it registered to be."""
        return self.post("/token", parameters, changes)

    def post(self, path: str, parameters: dict[str, str], changes: Changes | None = None) -> httpx.Response:
        """A form at an endpoint where the client authenticates itself."""
        method = self.metadata["token_endpoint_auth_method"]
        ours = {} if method == "client_secret_basic" else {"client_id": self.client_id}
        if method == "client_secret_post":
            ours["client_secret"] = self.metadata["client_secret"]
        body = changed({**parameters, **ours}, changes or {})
        return self.http.post(f"{self.issuer}{path}", data=body, headers=self.basic)

    def read(self, id_token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of an id_token, its signature verified with the published keys."""
        keys = KeySet.import_key_set(self.http.get(f"{self.issuer}/jwks").json())
        token = jwt.decode(id_token, keys, algorithms=["ES256", "RS256"])
        return token.header, token.claims

    def userinfo(self, access_token: str) -> httpx.Response:
        """RFC 6750 §2.1."""
        return self.http.get(f"{self.issuer}/userinfo", headers={"Authorization": f"Bearer {access_token}"})
