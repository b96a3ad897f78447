"""An OpenID provider that lies on demand: the counterpart against which the example apps are tried.

It shares no code with the product or the apps. Its tokens are put together by hand, so that each of them can be wrong in
exactly one way; what it is asked is checked as strictly as a good provider would.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

CLIENT_SECRET = "a:b c+%/&=secret"  # every character that careless HTTP Basic gets wrong
NAME = "张三 <b>"
SUBJECT = "subject-of-the-sector"


@dataclass
class Plan:
    """How the next answers differ from good ones; a value of None leaves the member out."""

    is_signed_in: bool = True
    answer: dict[str, str | None] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    id_token: str | None = None  # this very text instead of one we make
    spoil_signature: bool = False


@dataclass
class SigningKey:
    """A key pair with its id; EC signs ES256, RSA signs RS256."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    key_id: str = field(default_factory=lambda: secrets.token_hex(8))

    def public(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        if isinstance(numbers, ec.EllipticCurvePublicNumbers):
            members = {"kty": "EC", "crv": "P-256", "x": integer(numbers.x, 32), "y": integer(numbers.y, 32)}
        else:
            members = {"kty": "RSA", "n": integer(numbers.n, 256), "e": integer(numbers.e, 3)}
        return members | {"kid": self.key_id, "use": "sig", "alg": self.algorithm}

    @property
    def algorithm(self) -> str:
        return "ES256" if isinstance(self.key, ec.EllipticCurvePrivateKey) else "RS256"

    def sign(self, text: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class FakeIdentityProvider:
    """Discovery, keys, authorization without pages, token, userinfo and end of session, all by plan."""

    def __init__(self) -> None:
        self.plan = Plan()
        self.signing_key = SigningKey(ec.generate_private_key(ec.SECP256R1()))
        self.published = [self.signing_key]
        self.asked: list[dict[str, str]] = []
        self.ended: list[dict[str, str]] = []
        self.complaints: list[str] = []
        self.userinfo_reads = 0
        self._codes: dict[str, dict[str, str]] = {}
        self._access_tokens: set[str] = set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))
        self.issuer = f"http://localhost:{self.server.server_port}"

    def reset(self) -> None:
        """Good again, and without memory of what was asked."""
        self.plan = Plan()
        self.published = [self.signing_key]
        self.asked.clear()
        self.ended.clear()
        self.complaints.clear()
        self.userinfo_reads = 0

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token",
            "userinfo_endpoint": self.issuer + "/userinfo",
            "jwks_uri": self.issuer + "/jwks",
            "end_session_endpoint": self.issuer + "/end_session",
            "authorization_response_iss_parameter_supported": True,
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """The address to send the browser back to."""
        self.asked.append(query)
        for name, wanted in (("response_type", "code"), ("code_challenge_method", "S256")):
            if query.get(name) != wanted:
                self.complaints.append(f"{name} is {query.get(name)}")
        if not {"openid", "profile"} <= set(query.get("scope", "").split()):
            self.complaints.append("scope")
        if any(len(query.get(name, "")) < 22 for name in ("state", "nonce", "code_challenge")):
            self.complaints.append("state, nonce or code_challenge is too short to be random")
        answer: dict[str, str | None] = {"state": query.get("state"), "iss": self.issuer}
        if query.get("prompt") == "none" and not self.plan.is_signed_in:
            answer["error"] = "login_required"
        else:
            answer["code"] = code = secrets.token_urlsafe(16)
            self._codes[code] = query
        return query["redirect_uri"] + "?" + urlencode(_without_none(answer | self.plan.answer))

    def token(self, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self._codes.pop(form.get("code", ""), None)
        client, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if unquote_plus(secret) != CLIENT_SECRET:
            return 401, {"error": "invalid_client"}
        challenge = base64url(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or challenge != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant", "error_description": "no such code"}
        access_token = secrets.token_urlsafe(16)
        self._access_tokens.add(access_token)
        id_token = self.plan.id_token or self.sign(self._claims(unquote_plus(client), asked["nonce"], access_token))
        tokens = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
        return 200, _without_none(tokens | self.plan.tokens)

    def userinfo(self, authorization: str) -> tuple[int, dict[str, Any]]:
        self.userinfo_reads += 1
        if authorization.removeprefix("Bearer ") not in self._access_tokens:
            return 401, {"error": "invalid_token"}
        return 200, _without_none({"sub": SUBJECT, "name": NAME} | self.plan.userinfo)

    def sign(self, claims: dict[str, Any]) -> str:
        """A token of these claims, wrong in the way the plan says."""
        header = {"alg": self.signing_key.algorithm, "typ": "JWT", "kid": self.signing_key.key_id} | self.plan.header
        text = f"{encode(_without_none(header))}.{encode(_without_none(claims))}"
        match header["alg"]:
            case "none":
                return text + "."
            case "HS256":  # the classic confusion: what everybody may know, taken for a shared secret
                signature = hmac.new(CLIENT_SECRET.encode(), text.encode(), hashlib.sha256).digest()
            case _:
                signature = self.signing_key.sign(text.encode())
        if self.plan.spoil_signature:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        return f"{text}.{base64url(signature)}"

    def _claims(self, client_id: str, nonce: str, access_token: str) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": client_id,
            "exp": now + 300,
            "iat": now,
            "auth_time": now - 5,
            "nonce": nonce,
            "acr": "urn:yizheng:level:3",
            "at_hash": base64url(hashlib.sha256(access_token.encode()).digest()[:16]),
        }
        return claims | self.plan.claims


@contextmanager
def running(provider: FakeIdentityProvider) -> Iterator[FakeIdentityProvider]:
    """The provider, answering on its port in a thread of its own."""
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        thread.join()
        provider.server.server_close()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode(document: dict[str, Any]) -> str:
    return base64url(json.dumps(document).encode())


def integer(number: int, length: int) -> str:
    return base64url(number.to_bytes(length, "big"))


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


class _Handler(BaseHTTPRequestHandler):
    provider: FakeIdentityProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                self.answer(200, self.provider.discovery())
            case "/jwks":
                self.answer(200, {"keys": [key.public() for key in self.provider.published]})
            case "/authorize":
                self.lead(self.provider.authorize(query))
            case "/userinfo":
                self.answer(*self.provider.userinfo(self.headers.get("Authorization", "")))
            case "/end_session":
                self.provider.ended.append(query)
                self.lead(f"{query['post_logout_redirect_uri']}?{urlencode({'state': query['state']})}")
            case _:
                self.answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.answer(*self.provider.token(self.headers.get("Authorization", ""), form))

    def answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def lead(self, address: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass
