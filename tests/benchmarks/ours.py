"""Yizheng as a city runs it: `idp serve` and `idp worker` with the product's defaults; metrics, JSON log and audit are on."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.processes import CLEAN, Launch
from tests.benchmarks.servers import PEOPLE, REDIRECT_URI, SCOPE, Client, Place, Server, Surface, postgresql, redis
from tests.benchmarks.waiting import until_it_answers
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import MASTER_KEY, ROOT, RunningIdp
from tests.plugins.server_processes import free_port
from tests.specs.form_browser import FormBrowser

COMPILED = (ROOT / "idp", ROOT / "connectors", ROOT / "realnames", Path(sys.prefix) / "lib")
SECRET = "secret-of-a-client-of-the-bench-0123456789"
GRANTS = {
    "opaque": ["client_credentials"],
    "es256": ["client_credentials"],
    "code": ["authorization_code"],
    "code_jwt": ["authorization_code"],
    "refresh": ["authorization_code", "refresh_token"],
}


@dataclass(frozen=True)
class OnSqlite:
    """Over two SQLite files."""

    name: str = "ours-sqlite"

    @contextmanager
    def running(self, place: Place) -> Iterator[Server]:
        """The server, its worker, and people who are signed in."""
        urls = StorageUrls(f"sqlite:///{place.folder / 'idp.db'}", f"sqlite:///{place.folder / 'ephemeral.db'}")
        with _running(self.name, urls, place) as server:
            yield server


@dataclass(frozen=True)
class OnPostgresql:
    """Over PostgreSQL and Redis."""

    name: str = "ours-postgresql-redis"

    @contextmanager
    def running(self, place: Place) -> Iterator[Server]:
        """The server, its worker, both stores, and people who are signed in."""
        with postgresql() as (database, database_process), redis() as (cache, cache_process):
            urls = StorageUrls(f"postgresql://idp@127.0.0.1:{database}/postgres", f"redis://127.0.0.1:{cache}/0")
            with _running(self.name, urls, place) as server:
                yield replace(server, stores=(database_process, cache_process))


def compile_code() -> None:
    """All that a server imports, as a package of the product would ship it."""
    _run(sys.executable, "-m", "compileall", "-q", *map(str, COMPILED))


@contextmanager
def _running(name: str, urls: StorageUrls, place: Place) -> Iterator[Server]:
    port, log = free_port(), place.folder / "log"
    config = place.folder / "idp.toml"
    config.write_text(_settings(f"http://localhost:{port}", urls, place), "utf-8")
    idp = (sys.executable, "-m", "idp", "--config", str(config))
    _run(*idp, "migrate")
    clients = place.folder / "clients.json"
    clients.write_text(json.dumps([_metadata(kind) for kind in GRANTS]), "utf-8")
    _run(*idp, "client", "import", str(clients))
    ports = {"IDP_SERVER__PORT": "{port}", "IDP_SERVER__MANAGEMENT_PORT": "{other_port}"}
    serve = Launch((*idp, "serve"), ROOT, place.cpus, log, ports)
    with ExitStack() as processes:
        process = processes.enter_context(serve.at(port))
        worker = processes.enter_context(replace(serve, command=(*idp, "worker")).at(port))
        until_it_answers(process, port, Surface().discovery, log)
        yield Server(
            name=name,
            port=port,
            surface=Surface(),
            launch=serve,
            process=process.pid,
            companions=(worker.pid,),
            clients={kind: Client(_client_id(kind), SECRET) for kind in GRANTS},
            sessions=tuple(_signed_in(f"http://localhost:{port}", config, log)),
        )


def _signed_in(issuer: str, config: Path, log: Path) -> Iterator[str]:
    """People who came with their password; what each one's browser sends from then on."""
    here = RunningIdp(issuer=issuer, config=config, management="", carrier="", carrier_token="", log=log)
    for _ in range(PEOPLE):
        person = here.new_person()
        with FormBrowser(issuer) as browser:
            client_id, address = _client_id("code"), REDIRECT_URI
            query = f"response_type=code&client_id={client_id}&redirect_uri={address}&scope=openid"
            challenge = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
            browser.go_through(f"/authorize?{query}&{challenge}&nonce=n", person)
            yield "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.http.cookies.jar)


def _metadata(kind: str) -> dict[str, object]:
    signs_in = "authorization_code" in GRANTS[kind]
    told: dict[str, object] = {
        "client_id": _client_id(kind),
        "client_name": f"量一量 {kind}",
        "client_secret": SECRET,
        "grant_types": GRANTS[kind],
        "redirect_uris": [REDIRECT_URI] if signs_in else [],
        "scope": SCOPE if signs_in else "",
        "id_token_signed_response_alg": "ES256",
        "access_token_format": "jwt" if kind in {"es256", "code_jwt"} else "opaque",
        "asks_consent": False,
    }
    return told


def _client_id(kind: str) -> str:
    return f"bench-{kind.replace('_', '-')}"


def _settings(issuer: str, urls: StorageUrls, place: Place) -> str:
    return "\n".join(
        [
            f'issuer = "{issuer}"',
            f'state_directory = "{place.folder}"',
            "[server]",
            f"workers = {place.workers}",
            "[storage]",
            f'database = "{urls.database}"',
            f'ephemeral = "{urls.ephemeral}"',
            "[secrets]",
            f'keys = "{MASTER_KEY}"',
        ]
    )


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, env=CLEAN, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
