"""The yardstick of the cost gate: a fixed piece of work, like a request's, in which there is no line of the product.

It parses, hashes and makes one ES256 signature, with the standard library and cryptography alone. About three quarters
of its time are spent in the interpreter and over small objects, because so it is with our endpoints: a yardstick of C
alone would change its length against them with every processor that hashes or signs faster. It goes through several
modules instead of one tight loop for the same reason: what a neighbour takes from the caches, both must feel.

Whoever changes this file changes every recorded ratio: record all anew in the same commit.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

FORM = urlencode(
    {
        "grant_type": "authorization_code",
        "code": "0123456789abcdef" * 4,
        "redirect_uri": "https://app.example/callback?from=the+reference+loop",
        "code_verifier": "v" * 43,
        "scope": "openid profile phone",
    }
)
COOKIES = 'session=0123456789abcdef0123456789abcdef; browser="of this measurement"; language=zh-CN'
HEADERS = "Host: localhost:8000\nAccept: application/json, text/html;q=0.9\nContent-Type: text/plain; charset=utf-8\n\n"
CLAIMS = {
    "iss": "https://id.example",
    "sub": "0123456789abcdef",
    "aud": ["first", "second"],
    "exp": 1_790_000_600,
    "iat": 1_790_000_000,
    "name": "张小三",
    "address": {"region": "八十九省", "locality": "一市"},
}
KEY = ec.derive_private_key(0x5EED, ec.SECP256R1())
SECRET = b"a secret of the reference loop...."
WORDS = ("openid", "profile", "phone", "email", "address", "offline_access", "licence", "mandate")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A small frozen value, as those that a request makes and hands on."""

    number: int
    scope: tuple[str, ...]
    owner: str


def reference_loop() -> bytes:
    """One turn of the fixed work; the signature, which nobody needs."""
    form = dict(parse_qsl(FORM, keep_blank_values=True, strict_parsing=True))
    cookies = {name: morsel.value for name, morsel in SimpleCookie(COOKIES).items()}
    headers = {name.lower(): value for name, value in HeaderParser().parsestr(HEADERS).items()}
    tickets = _tickets(form["scope"], cookies["session"])
    claims = json.loads(json.dumps(CLAIMS | {"scope": [*tickets], "host": headers["host"]}, ensure_ascii=False))
    return _signed(claims, form["code"])


def _tickets(scope: str, owner: str) -> Mapping[str, Ticket]:
    tickets: dict[str, Ticket] = {}
    for number, word in enumerate(WORDS * 4):
        asked = tuple(sorted({*scope.split(), word}))
        ticket = Ticket(number, asked, owner.upper()[number % 8 :])
        if ticket.owner.startswith("0") or ticket.number % 3:
            ticket = replace(ticket, number=ticket.number + 1)
        tickets[f"{word}-{ticket.number}"] = ticket
    return tickets


def _signed(claims: Mapping[str, Any], code: str) -> bytes:
    digests = [hashlib.sha256(f"{code}{number}".encode()).hexdigest() for number in range(4)]
    seal = hmac.new(SECRET, "".join(digests).encode(), hashlib.sha256).digest()
    body = base64.urlsafe_b64encode(json.dumps({**claims, "seal": seal.hex()}).encode()).rstrip(b"=")
    return KEY.sign(body, ec.ECDSA(hashes.SHA256()))
