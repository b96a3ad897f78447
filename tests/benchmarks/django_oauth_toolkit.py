"""The peer django-oauth-toolkit under granian, on SQLite or PostgreSQL; its project is in peers/, with its own lock."""

import hashlib
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

from tests.benchmarks.processes import CLEAN, Launch
from tests.benchmarks.servers import PEOPLE, REDIRECT_URI, Client, Place, Server, Surface, postgresql
from tests.benchmarks.waiting import until_it_answers
from tests.plugins.server_processes import free_port

PROJECT = Path(__file__).parent / "peers" / "django_oauth_toolkit"
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "python"
SURFACE = Surface(
    jwks="/.well-known/jwks.json",
    authorization="/authorize/",
    token="/token/",
    introspection="/introspect/",
    userinfo="/userinfo/",
    colon='": ',
    prompt="",
    id_token_alg="RS256",
)
CLIENTS = {kind: Client(f"bench-{kind}", secrets.token_urlsafe(32)) for kind in ("opaque", "code", "refresh")}
THREADS_OF_FILES, THREADS_OF_SERVERS = 1, 4
"""What was fastest for it: threads that wait for one file only disturb each other."""
NOTES = [
    "django-oauth-toolkit: knows no ES256, so its id_tokens are RS256; its access tokens are opaque.",
    "django-oauth-toolkit: answers prompt=none with 500, so its round trip asks without it (`skip_authorization`).",
    "django-oauth-toolkit: each code brings a refresh token, whatever the client's grants are.",
]


@dataclass(frozen=True)
class OnSqlite:
    """Over one SQLite file, with the settings that Django advises for production."""

    name: str = "django-sqlite"

    @contextmanager
    def running(self, place: Place) -> Iterator[Server]:
        """The server, and people who are signed in."""
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
        file = str(place.folder / "peer.db")
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": options, "CONN_MAX_AGE": None}
        with _running(self.name, place, database, THREADS_OF_FILES) as server:
            yield server


@dataclass(frozen=True)
class OnPostgresql:
    """Over PostgreSQL."""

    name: str = "django-postgresql"

    @contextmanager
    def running(self, place: Place) -> Iterator[Server]:
        """The server, PostgreSQL, and people who are signed in."""
        with postgresql() as (port, process):
            database = {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "postgres",
                "USER": "idp",
                "HOST": "127.0.0.1",
                "PORT": port,
                "CONN_MAX_AGE": None,
            }
            with _running(self.name, place, database, THREADS_OF_SERVERS) as server:
                yield replace(server, stores=(process,))


@contextmanager
def _running(name: str, place: Place, database: Mapping[str, Any], threads: int) -> Iterator[Server]:
    programs, port, log = installed() / "bin", free_port(), place.folder / "log"
    environment = {
        "PEER_DATABASE": json.dumps(database),
        "PEER_KEY": RSAKey.generate_key(2048).as_pem(private=True).decode(),
        "PEER_SECRET": secrets.token_urlsafe(50),
        "DJANGO_SETTINGS_MODULE": "settings",
    }
    wanted = {
        "people": PEOPLE,
        "redirect_uri": REDIRECT_URI,
        "clients": [
            {"kind": kind, "client_id": client.client_id, "client_secret": client.secret}
            for kind, client in CLIENTS.items()
        ],
    }
    prepared = _run([programs / "python", "prepare.py"], environment, json.dumps(wanted))
    size = ("--workers", str(place.workers), "--blocking-threads", str(threads))
    command = (str(programs / "granian"), "--interface", "wsgi", "--port", "{port}", *size, "wsgi:application")
    launch = Launch(command, PROJECT, place.cpus, log, environment)
    with launch.at(port) as process:
        until_it_answers(process, port, SURFACE.discovery, log)
        cookies = tuple(f"sessionid={key}" for key in json.loads(prepared))
        yield Server(name, port, SURFACE, launch, process.pid, CLIENTS, cookies, notes=NOTES)


def installed() -> Path:
    """An environment of its own, filled once from the lock by this project's uv; an interrupted one is not used."""
    lock = PROJECT / "requirements.lock"
    folder = CACHE / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    uv = str(Path(sys.executable).with_name("uv"))
    with tempfile.TemporaryDirectory(dir=CACHE) as unfinished:
        place = Path(unfinished) / "environment"
        for command in (
            [uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(place)],
            [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", str(place), str(lock)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"uv could not install {lock}:\n{done.stderr}")
        with suppress(OSError):  # another run was faster
            place.rename(folder)
    return folder


def _run(command: list[str | Path], environment: dict[str, str], told: str) -> str:
    done = subprocess.run(
        command, cwd=PROJECT, env=CLEAN | environment, input=told, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command}:\n{done.stderr}")
    return str(done.stdout)
