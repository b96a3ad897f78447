"""This app as an OpenID Connect relying party, written by hand to show all there is to it.

Code flow with PKCE S256, state and nonce (Core 1.0 §3.1, RFC 7636), the issuer checked in the answer (RFC 9207), the
id_token checked step by step, userinfo compared with it, RP-Initiated Logout 1.0, and Back-Channel Logout 1.0.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx

from .id_token import Expectation, IdTokenRefused, PublishedKeys, read_id_token
from .logout_token import EndedSession, read_logout_token
from .settings import Settings

ADDRESSES = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint")


class NoAnswer(Exception):  # noqa: N818
    """The identity provider cannot be used now; the text is for the operator."""


class Refused(Exception):  # noqa: N818
    """The answer signs nobody in: an error code and a sentence, both fit to be shown."""

    def __init__(self, code: str, sentence: str = "") -> None:
        # RFC 6749 §4.1.2.1 names the characters an error may have; what is longer is not meant for people.
        self.code, self.sentence = (re.sub(r"[^ -~]", "", text)[:200] for text in (code, sentence))
        super().__init__(self.code)


@dataclass(frozen=True)
class Question:
    """What we asked the identity provider, to be held against its answer."""

    next_path: str
    is_silent: bool
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    code_verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @property
    def code_challenge(self) -> str:
        """RFC 7636 §4.2, S256."""
        digest = hashlib.sha256(self.code_verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


@dataclass(frozen=True)
class Represented:
    """For whom somebody acts, as the id_token says: `org`, or `on_behalf_of` of a person, who is not named."""

    subject: str
    role: str
    name: str = ""


@dataclass(frozen=True)
class Holder:
    """Somebody signed in; licences are kept under the subject of whoever they act for, or else their own."""

    subject: str
    name: str
    acr: str
    sid: str  # of the identity provider's session (Back-Channel Logout 1.0 §2.1)
    id_token: str = field(repr=False)
    acts_for: Represented | None = None

    @property
    def shelf(self) -> str:
        """Whose licences these are."""
        return self.subject if self.acts_for is None else self.acts_for.subject


class RelyingParty:
    """Our side of the conversation with the identity provider, which begins when the first visitor comes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx.Client(timeout=5, trust_env=False)  # a loopback provider is not behind the city's proxy
        self._discovered: dict[str, str] = {}
        self._is_issuer_promised = False
        self._keys = PublishedKeys(lambda: self._json("GET", self._address("jwks_uri")))

    def authorization_request(self, question: Question, state: str) -> str:
        """The address at which a person answers our question (Core §3.1.2.1)."""
        parameters = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.base_url + "/callback",
            "scope": "openid profile",
            "state": state,
            "nonce": question.nonce,
            "code_challenge": question.code_challenge,
            "code_challenge_method": "S256",
        }
        if question.is_silent:
            parameters["prompt"] = "none"
        return _with_query(self._address("authorization_endpoint"), parameters)

    def check_issuer(self, issuer: str | None) -> None:
        """RFC 9207 §2.4: the answer must come from the issuer we asked, and say so where it promised to."""
        self._address("authorization_endpoint")
        if issuer != self._settings.issuer and (issuer is not None or self._is_issuer_promised):
            raise Refused("invalid_issuer", "the answer came from another issuer")

    def redeem(self, code: str, question: Question) -> Holder:
        """Who gave the code (Core §3.1.3 and §5.3)."""
        tokens = self._json(
            "POST",
            self._address("token_endpoint"),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._settings.base_url + "/callback",
                "code_verifier": question.code_verifier,
            },
            # RFC 6749 §2.3.1: both halves are form-encoded before they become HTTP Basic.
            auth=(quote_plus(self._settings.client_id), quote_plus(self._settings.client_secret)),
        )
        access_token = tokens.get("access_token")
        if not isinstance(access_token, str) or str(tokens.get("token_type")).lower() != "bearer":
            raise Refused("invalid_token_response", "no bearer token came back")
        expected = Expectation(self._settings.issuer, self._settings.client_id, question.nonce, access_token)
        try:
            claims = read_id_token(tokens.get("id_token"), self._keys, expected)
        except IdTokenRefused as reason:
            raise Refused("invalid_id_token", str(reason)) from reason
        headers = {"Authorization": f"Bearer {access_token}"}
        userinfo = self._json("GET", self._address("userinfo_endpoint"), headers=headers)
        if userinfo.get("sub") != claims["sub"]:  # Core §5.3.2: else it speaks of somebody else
            raise Refused("invalid_userinfo", "the details belong to somebody else")
        name = str(userinfo.get("name") or "（未提供姓名）")
        acr, sid = (str(claims.get(each, "")) for each in ("acr", "sid"))
        return Holder(claims["sub"], name, acr, sid, tokens["id_token"], _represented(claims))

    def end_session_request(self, id_token: str, state: str) -> str:
        """The address that signs the person out of the city (RP-Initiated Logout 1.0 §2)."""
        parameters = {
            "id_token_hint": id_token,
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": self._settings.base_url + "/signed-out",
            "state": state,
        }
        return _with_query(self._address("end_session_endpoint"), parameters)

    def ended_session(self, logout_token: str) -> EndedSession:
        """Whose sessions the identity provider says are over (Back-Channel Logout 1.0 §2.6)."""
        try:
            return read_logout_token(logout_token, self._keys, self._settings.issuer, self._settings.client_id)
        except IdTokenRefused as failed:
            raise Refused("invalid_request", f"logout token: {failed}") from failed

    def _address(self, name: str) -> str:
        """An endpoint from the discovery document, which must speak for our issuer (Discovery 1.0 §4.3)."""
        if not self._discovered:
            document = self._json("GET", self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if document.get("issuer") != self._settings.issuer:
                raise NoAnswer("the discovery document names another issuer")
            if missing := [name for name in ADDRESSES if not isinstance(document.get(name), str)]:
                raise NoAnswer(f"the discovery document lacks {', '.join(missing)}")
            self._is_issuer_promised = document.get("authorization_response_iss_parameter_supported") is True
            self._discovered = {name: document[name] for name in ADDRESSES}
        return self._discovered[name]

    def _json(self, method: str, address: str, **request: Any) -> dict[str, Any]:
        """A JSON object the identity provider answers; its own error codes become refusals (RFC 6749 §5.2)."""
        try:
            response = self._http.request(method, address, **request)
            document = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswer(f"{address}: {type(error).__name__}") from error
        if not isinstance(document, dict) or response.status_code >= 500:
            raise NoAnswer(f"{address}: {response.status_code}")
        if response.status_code != 200:
            raise Refused(str(document.get("error", "invalid_response")), "the identity provider refused")
        return document


def _represented(claims: dict[str, Any]) -> Represented | None:
    """Whoever a mandate lets them act for; what is no such claim signs nobody in, for it may be the wrong person."""
    told = claims.get("org", claims.get("on_behalf_of"))
    if told is None:
        return None
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in ("sub", "role")):
        raise Refused("invalid_id_token", "it does not say for whom it is")
    return Represented(told["sub"], told["role"], str(told.get("name", "")))


def _with_query(address: str, parameters: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"
