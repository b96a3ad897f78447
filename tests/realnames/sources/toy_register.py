"""A register that notes what it was sent, and signs what the test tells it: the truth, or any lie.

It is made from the contracts, not from the code that is tested, and reads the clock that the test moves.
"""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from tests.realnames.sources.toy_authority import Claims, base64url, from_base64url, jws

ISSUER = "https://register.example"


@dataclass
class ToyRegister:
    """What came, and how it answers.

    Attributes:
        typ: of its answers.
        says: what it answers to each question, beside what binds the answer.
        bend: changes the claims before they are signed.
        header: replaces parts of the header.
        raw: sent as the answer instead, whatever it is.
        answers: by path, an answer that is sent instead: status and body.
        asked: by path, what came.
    """

    url: str
    clock: Callable[[], int]
    typ: str
    says: dict[str, Any] = field(default_factory=dict)
    bend: Callable[[Claims], Claims] = lambda claims: claims
    header: Mapping[str, Any] = field(default_factory=dict)
    raw: Any = None
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    def answer(self, path: str, order: dict[str, Any]) -> dict[str, Any]:
        """POST of a question."""
        if self.raw is not None:
            return {"answer": self.raw}
        claims = self.bend({**self._binding(path, order), **self.says})
        header = {"alg": "ES256", "typ": self.typ, "kid": "k1", **self.header}
        return {"answer": jws({name: each for name, each in header.items() if each is not None}, claims, self.key)}

    def keys(self) -> dict[str, Any]:
        """GET /jwks."""
        numbers = self.key.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
        return {"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "k1", "use": "sig", "alg": "ES256"}]}

    def _binding(self, path: str, order: dict[str, Any]) -> Claims:
        message = "\n".join(unicodedata.normalize("NFC", line) for line in lines_of(order)).encode()
        digest = hmac.digest(from_base64url(order["subject_key"]), message, hashlib.sha256)
        return {
            "iss": ISSUER,
            "aud": order["client"],
            "iat": self.clock(),
            "exp": self.clock() + 300,
            "jti": f"answer-to-{order['id']}",
            "txn": order["id"],
            "nonce": order["nonce"],
            "subject_digest": base64url(digest),
            "question": path.strip("/").replace("-", "_"),
        }


def lines_of(order: dict[str, Any]) -> list[str]:
    """Whom a question is about, in the order of the contracts: what they say is the order of members there."""
    lines: list[str] = [order["code"]] if "code" in order else []
    for who in ("person", "guardian", "child"):
        if who in order:
            document = order[who]["document"]
            lines += [document["type"], document["number"], order[who]["name"]]
    return lines + [order[name] for name in ("phone", "card_number", "cursor") if name in order]


@contextmanager
def running_register(clock: Callable[[], int], typ: str) -> Iterator[ToyRegister]:
    """On a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            toy.asked.append((self.path, headers, order))
            self._send(lambda: toy.answer(self.path, order))

        def do_GET(self) -> None:
            self._send(toy.keys)

        def _send(self, content: Callable[[], Any]) -> None:
            given = toy.answers.get(self.path)
            status, body = given or (200, json.dumps(content()).encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        toy = ToyRegister(f"http://127.0.0.1:{server.server_port}", clock, typ)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield toy
        finally:
            server.shutdown()
            thread.join()
