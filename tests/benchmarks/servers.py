"""What the bench knows of a running server, ours or a peer's: where it answers, for which clients and people, who it is."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from os import getpid
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from tests.benchmarks.processes import Launch, children, cpu_seconds, pss_megabytes
from tests.plugins.server_processes import postgresql_server, redis_server

REDIRECT_URI = "https://app.example/callback"
SCOPE = "openid profile"
PEOPLE = 16
"""Signed in before the measurement: eight whose apps ask for codes, eight whose apps refresh."""
IN_A_CITY = ("max_connections=200", "shared_buffers=1GB")
"""PostgreSQL as a city would start with: durable, everything else as it comes."""


@dataclass(frozen=True)
class Client:
    """A confidential client that authenticates by client_secret_basic (RFC 6749 §2.3.1)."""

    client_id: str
    secret: str

    @property
    def authorization(self) -> str:
        """The value of its Authorization header."""
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


@dataclass(frozen=True)
class Surface:
    """Paths, and how the server writes what it answers."""

    discovery: str = "/.well-known/openid-configuration"
    jwks: str = "/jwks"
    authorization: str = "/authorize"
    token: str = "/token"
    introspection: str = "/introspect"
    userinfo: str = "/userinfo"
    colon: str = '":'
    """Between a member's name and its value."""
    prompt: str = "none"
    """What the silent round trip asks for; empty: nothing."""
    id_token_alg: str = "ES256"


@dataclass
class Server:
    """A server that is up, and prepared."""

    name: str
    port: int
    surface: Surface
    launch: Launch
    process: int
    clients: Mapping[str, Client]
    """By what they are for: `opaque`, `es256`, `rs256` (client_credentials), `code`, `refresh`, `code_jwt`."""
    sessions: tuple[str, ...]
    """Cookie headers, one for each person who is signed in."""
    companions: tuple[int, ...] = ()
    """Processes of the same product beside it."""
    stores: tuple[int, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    def cpu_seconds(self) -> float:
        """CPU time of the product's own processes."""
        return cpu_seconds(self.process, *self.companions)

    def store_seconds(self) -> float:
        """CPU time of its database and cache."""
        return cpu_seconds(*self.stores) if self.stores else 0.0

    def megabytes(self) -> float:
        """Memory of the server (PSS)."""
        return pss_megabytes(self.process)


class Contestant(Protocol):
    """A product over certain stores, which can be brought up."""

    @property
    def name(self) -> str:
        """As tables call it."""

    def running(self, place: "Place") -> AbstractContextManager[Server]:
        """Up and prepared, until the block ends."""


@dataclass(frozen=True)
class Place:
    """What a contestant is given: CPUs, a number of workers, and a folder of its own."""

    cpus: str
    workers: int
    folder: Path


@contextmanager
def postgresql() -> Iterator[tuple[int, int]]:
    """A PostgreSQL that loses nothing; its port, and its process."""
    before = children(getpid())
    with postgresql_server(settings=IN_A_CITY) as port:
        yield port, _newcomer(before)


@contextmanager
def redis() -> Iterator[tuple[int, int]]:
    """A Redis that keeps nothing on disk; its port, and its process."""
    before = children(getpid())
    with redis_server() as port:
        yield port, _newcomer(before)


def _newcomer(before: set[int]) -> int:
    (process,) = children(getpid()) - before
    return process
