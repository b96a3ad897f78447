"""The peer node-oidc-provider: in memory with one process, or on Redis with a cluster; its program is in peers/."""

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx
from joserfc.jwk import ECKey, RSAKey

from tests.benchmarks.processes import Launch
from tests.benchmarks.round_trip import CHALLENGE
from tests.benchmarks.servers import PEOPLE, REDIRECT_URI, SCOPE, Client, Place, Server, Surface, redis
from tests.benchmarks.waiting import until_it_answers
from tests.interop.node_packages import NODE, install
from tests.plugins.server_processes import free_port

PROGRAM = Path(__file__).parent / "peers" / "node_oidc_provider"
SURFACE = Surface(authorization="/auth", introspection="/token/introspection", userinfo="/me")
CLIENTS = {
    kind: Client(f"bench-{kind}", secrets.token_urlsafe(32)) for kind in ("opaque", "rs256", "es256", "code", "refresh")
}
NOTE = (
    "node-oidc-provider: a JWT access token is for a resource alone; it neither opens userinfo nor is it introspected."
)


@dataclass(frozen=True)
class InMemory:
    """One process, everything in one Map."""

    name: str = "node-memory"

    @contextmanager
    def running(self, place: Place) -> Iterator[Server]:
        """The server, and people who are signed in."""
        with _running(self.name, place, None) as server:
            yield server


@dataclass(frozen=True)
class OnRedis:
    """A cluster over Redis."""

    name: str = "node-redis"

    @contextmanager
    def running(self, place: Place) -> Iterator[Server]:
        """The server, Redis, and people who are signed in."""
        with redis() as (port, process), _running(self.name, place, f"redis://127.0.0.1:{port}/0") as server:
            yield replace(server, stores=(process,))


@contextmanager
def _running(name: str, place: Place, redis_url: str | None) -> Iterator[Server]:
    for file in PROGRAM.glob("*.mjs"):
        shutil.copy(file, place.folder)
    (place.folder / "node_modules").symlink_to(install(PROGRAM) / "node_modules")
    port, log, settings = free_port(), place.folder / "log", place.folder / "settings.json"
    settings.write_text(json.dumps(_settings(f"http://localhost:{port}", place.workers, redis_url)), "utf-8")
    command = (str(NODE), "server.mjs", str(settings), "{port}")
    launch = Launch(command, place.folder, place.cpus, log, {"NODE_ENV": "production"})
    with launch.at(port) as process:
        until_it_answers(process, port, SURFACE.discovery, log)
        sessions = tuple(_signed_in(f"http://localhost:{port}", number) for number in range(PEOPLE))
        yield Server(name, port, SURFACE, launch, process.pid, CLIENTS, sessions, notes=[NOTE])


def _settings(issuer: str, workers: int, redis_url: str | None) -> dict[str, Any]:
    keys: list[ECKey | RSAKey] = [
        ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "es256"}),
        RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": "rs256"}),
    ]
    return {
        "issuer": issuer,
        "workers": workers,
        "redis": redis_url,
        "cookie_keys": [secrets.token_urlsafe(32)],
        "jwks": {"keys": [key.as_dict(private=True) for key in keys]},
        "clients": [_metadata(kind, client) for kind, client in CLIENTS.items()],
        "resources": {
            CLIENTS[kind].client_id: {"name": f"urn:bench:{kind}", "alg": kind.upper()} for kind in ("rs256", "es256")
        },
    }


def _metadata(kind: str, client: Client) -> dict[str, object]:
    told: dict[str, object] = {"client_id": client.client_id, "client_secret": client.secret}
    if kind in {"code", "refresh"}:
        more = ["refresh_token"] if kind == "refresh" else []
        return told | {
            "grant_types": ["authorization_code", *more],
            "redirect_uris": [REDIRECT_URI],
            "id_token_signed_response_alg": "ES256",
            "scope": SCOPE,
        }
    return told | {"grant_types": ["client_credentials"], "redirect_uris": [], "response_types": []}


def _signed_in(origin: str, number: int) -> str:
    """A person whom the first request names; what that browser sends from then on."""
    query = {"response_type": "code", "client_id": CLIENTS["code"].client_id, "redirect_uri": REDIRECT_URI}
    query |= {"scope": SCOPE, "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    address = f"{origin}{SURFACE.authorization}?{urlencode({**query, 'login_hint': f'person-{number}'})}"
    with httpx.Client(trust_env=False, timeout=20) as browser:
        while address.startswith(origin):
            answer = browser.get(address)
            if not answer.is_redirect:
                raise RuntimeError(f"node-oidc-provider signs nobody in: {answer.status_code} {answer.text[:1000]}")
            address = urljoin(address, answer.headers["location"])
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar if cookie.path == "/")
