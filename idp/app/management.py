"""The management port: health for the load balancer, metrics for the monitoring; never reachable from outside."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from idp.app.composition import Installation
from idp.errors import Refused, Unavailable
from idp.http.response import Response, StartResponse, json_response, send
from idp.model.master_key import MasterKeyState
from idp.services import Services
from idp.storage.migrations import current, head

Check = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Health:
    """Named checks; each gives None, or what is wrong and how to mend it."""

    checks: tuple[tuple[str, Check], ...]

    def faults(self) -> Sequence[tuple[str, str]]:
        """The checks that fail, with their words."""
        return [(name, fault) for name, check in self.checks if (fault := check()) is not None]


def health_of(installation: Installation) -> Health:
    """What must hold before traffic may come."""
    storage, services = installation.storage, installation.services
    url = installation.settings.storage.database

    def stores() -> str | None:
        try:
            storage.ping()
        except Refused:
            return "a store does not answer; look at storage.database, storage.ephemeral and at their servers"
        return None

    def migrations() -> str | None:
        try:
            is_current = current(url) == head()
        except Refused:
            return "the database cannot be read"
        return None if is_current else "the tables are not up to date; run `idp migrate`"

    def signing_key() -> str | None:
        try:
            return None if services.signer.algorithms() else "there is no active signing key; run `idp migrate`"
        except Refused:
            return (
                "the signing keys cannot be read; run `idp migrate`, or look whether secrets.keys still has their key"
            )

    checks: tuple[tuple[str, Check], ...] = (
        ("stores", stores),
        ("migrations", migrations),
        ("master_keys", lambda: _fault_of_master_keys(services)),
        ("signing_key", signing_key),
    )
    return Health(checks)


def _fault_of_master_keys(services: Services) -> str | None:
    """Whether this process has each master key under which something lies, and the same one as all others."""
    try:
        with services.begin() as unit_of_work:
            in_use = [key for key in unit_of_work.master_keys.all() if key.state is not MasterKeyState.SPENT]
    except Refused:
        return None  # told by the checks of stores and migrations
    try:
        for key in in_use:
            services.cipher.require(key.version, key.check)
    except Unavailable as lacking:
        return lacking.detail
    return None


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Probes come every few seconds; they are not worth a line each."""


def start(installation: Installation) -> WSGIServer:
    """Listen on the management port in a thread of this process; raises OSError when the port is taken."""
    health = health_of(installation)

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return send(_respond(environ.get("PATH_INFO", ""), health), start_response)

    server_settings = installation.settings.server
    server = make_server(server_settings.management_host, server_settings.management_port, answer, _Server, _Silent)
    Thread(target=server.serve_forever, daemon=True, name="management").start()
    return server


def _respond(path: str, health: Health) -> Response:
    if path == "/health/live":
        return json_response(200, {"status": "UP"})
    if path in {"/health/ready", "/health/started"}:
        faults = dict(health.faults())
        checks = [
            {"name": name, "status": "DOWN" if name in faults else "UP", "fault": faults.get(name)}
            for name, _ in health.checks
        ]
        return json_response(503 if faults else 200, {"status": "DOWN" if faults else "UP", "checks": checks})
    if path == "/metrics":
        return _metrics()
    return json_response(
        404,
        {"error": "not_found", "paths": json.dumps(["/health/live", "/health/ready", "/health/started", "/metrics"])},
    )


def _metrics() -> Response:
    """What all server processes counted; imported here, since the import must find the directory that they share."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(200, (("Content-Type", CONTENT_TYPE_LATEST),), generate_latest(registry))
