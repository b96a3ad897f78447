"""Tokens that a measurement needs, fetched as an app fetches them, and looked at: the form and the algorithm they promise."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.benchmarks.servers import REDIRECT_URI, SCOPE, Client, Server

VERIFIER = "a-verifier-of-the-bench-that-has-forty-three-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
"""RFC 7636 §4.2; wrk cannot hash, and for the server it is the same work each time."""


@dataclass(frozen=True)
class Tokens:
    """What a code brought."""

    access: str
    refresh: str


class PreparationError(Exception):
    """A server did not give what the measurement was about to count."""


def round_trip(server: Server, kind: str, cookie: str) -> Tokens:
    """A code by the session that is there, and the tokens for it (OpenID Connect Core §3.1, prompt=none)."""
    client = server.clients[kind]
    query = {"response_type": "code", "client_id": client.client_id, "redirect_uri": REDIRECT_URI, "scope": SCOPE}
    query |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "state": "s", "nonce": "n"}
    query |= {"prompt": server.surface.prompt} if server.surface.prompt else {}
    address = f"{server.origin}{server.surface.authorization}?{urlencode(query)}"
    answer = httpx.get(address, headers={"Cookie": cookie}, trust_env=False, verify=False, timeout=20)
    code = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code", [""])[0]
    if not code:
        raise PreparationError(f"{server.name}: no code: {answer.status_code} {answer.headers} {answer.text[:500]}")
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER, "code": code}
    told = _token(server, client, form)
    _expect(server, algorithm(told.get("id_token", "")), server.surface.id_token_alg)
    return Tokens(told["access_token"], told.get("refresh_token", ""))


def machine_token(server: Server, kind: str) -> str:
    """An access token for the client itself; of the form that its kind names (`opaque`, `es256`, `rs256`)."""
    token: str = _token(server, server.clients[kind], {"grant_type": "client_credentials"})["access_token"]
    _expect(server, (algorithm(token) or "opaque").lower(), kind)
    return token


def algorithm(unverified_token: str) -> str | None:
    """What the header of a JWT names; None: it is no JWT."""
    head = unverified_token.partition(".")[0]
    try:
        told = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        return None
    return str(told["alg"]) if isinstance(told, dict) and "alg" in told else None


def _token(server: Server, client: Client, form: dict[str, str]) -> dict[str, Any]:
    answer = httpx.post(
        f"{server.origin}{server.surface.token}",
        data=form,
        headers={"Authorization": client.authorization},
        trust_env=False,
        timeout=20,
    )
    if answer.status_code != 200:
        raise PreparationError(f"{server.name}: {form}: {answer.status_code} {answer.text[:500]}")
    told: dict[str, Any] = answer.json()
    return told


def _expect(server: Server, found: str | None, wanted: str) -> None:
    if found != wanted:
        raise PreparationError(f"{server.name}: a token is {found}, and was to be {wanted}")
