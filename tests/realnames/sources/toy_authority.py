"""A face authority that notes what it was sent, and signs what the test tells it: the truth, or any lie.

It is made from the contract, not from the code that is tested, and reads the clock that the test moves.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

TOKEN = "token-of-the-toy-authority"
ISSUER = "https://face.example"
CLIENT = "yizheng-of-a-test"

Claims = dict[str, Any]


@dataclass
class ToyAuthority:
    """What came, and how it answers.

    Attributes:
        outcome: what the person's face came to; empty: not finished; `cancelled`: they went back.
        bend: changes the claims before they are signed.
        header: replaces parts of the header.
        key: signs; another one than the published makes a forgery.
        raw: sent as the verdict instead, whatever it is.
        answers: by path's first part, an answer that is sent instead: status and body.
    """

    url: str
    clock: Callable[[], int]
    published: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    key: EllipticCurvePrivateKey | None = None
    kid: str = "k1"
    outcome: str = "match"
    liveness: str = "passed"
    bend: Callable[[Claims], Claims] = lambda claims: claims
    header: Mapping[str, Any] = field(default_factory=dict)
    raw: str | None = None
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """As `IDP_*` variables."""
        return {
            "IDP_SOURCES__FACE": "face_authority",
            "IDP_FACE_AUTHORITY__URL": self.url,
            "IDP_FACE_AUTHORITY__TOKEN": TOKEN,
            "IDP_FACE_AUTHORITY__CLIENT": CLIENT,
            "IDP_FACE_AUTHORITY__ISSUER": ISSUER,
            "IDP_FACE_AUTHORITY__NAME": "云江市实人核验中心",
            "IDP_FACE_AUTHORITY__ENGLISH_NAME": "Yunjiang Face Authority",
            "IDP_FETCH__ALLOWED_ORIGINS": json.dumps([self.url]),
        }

    def open(self, order: dict[str, Any]) -> dict[str, Any]:
        """POST /transactions."""
        theirs = f"theirs-{len(self.orders):012}-of-it"
        self.orders[theirs] = order
        return {"transaction": theirs, "url": f"{self.url}/face/{theirs}", "expires_at": self.clock() + 600}

    def state(self, theirs: str) -> dict[str, Any]:
        """GET /transactions/{transaction}."""
        if self.outcome == "":
            return {"status": "pending"}
        if self.outcome == "cancelled":
            return {"status": "cancelled"}
        return {"status": "done", "verdict": self.raw if self.raw is not None else self.verdict(theirs)}

    def verdict(self, theirs: str) -> str:
        """Signed, after it was bent."""
        claims = self.bend(self.claims(theirs))
        header = {"alg": "ES256", "typ": "face-verdict+jwt", "kid": self.kid, **self.header}
        return jws(
            {name: value for name, value in header.items() if value is not None}, claims, self.key or self.published
        )

    def claims(self, theirs: str) -> Claims:
        """The truth about a transaction."""
        order = self.orders[theirs]
        person = order["person"]
        message = f"{person['citizen_number']}\n{person['name']}".encode()
        digest = hmac.digest(from_base64url(order["subject_key"]), message, hashlib.sha256)
        return {
            "iss": ISSUER,
            "aud": order["client"],
            "iat": self.clock(),
            "exp": self.clock() + 300,
            "jti": f"verdict-on-{theirs}",
            "txn": order["id"],
            "nonce": order["nonce"],
            "subject_digest": base64url(digest),
            "outcome": self.outcome,
            "liveness": self.liveness,
            "score_class": "high",
        }

    def keys(self) -> dict[str, Any]:
        """GET /jwks."""
        numbers = self.published.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
        return {"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid, "use": "sig", "alg": "ES256"}]}


Toy = TypeVar("Toy", bound=ToyAuthority)


@contextmanager
def running_as(kind: type[Toy], clock: Callable[[], int]) -> Iterator[Toy]:
    """On a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(201, lambda: toy.open(order))

        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            self._answer(200, toy.keys if self.path == "/jwks" else lambda: toy.state(name))

        def _answer(self, status: int, content: Callable[[], Any]) -> None:
            toy.asked.append(f"{self.command} {self.path}")
            toy.headers.append({name.lower(): value for name, value in self.headers.items()})
            kind = f"{self.command} /{self.path.split('/')[1]}"
            given = toy.answers.get(kind)
            status, body = given or (status, json.dumps(content()).encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        toy = kind(f"http://127.0.0.1:{server.server_port}", clock)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield toy
        finally:
            server.shutdown()
            thread.join()


def running_toy(clock: Callable[[], int]) -> AbstractContextManager[ToyAuthority]:
    """The face authority, on a free port of the loopback."""
    return running_as(ToyAuthority, clock)


def jws(header: Mapping[str, Any], claims: Mapping[str, Any], key: EllipticCurvePrivateKey) -> str:
    """ES256, whatever the header says."""
    signed = f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(claims).encode())}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def random43() -> str:
    """32 random bytes, as a nonce."""
    return secrets.token_urlsafe(32)
