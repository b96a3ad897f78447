"""The two example apps as programs of their own, registered anew for the free ports they listen on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.running_idp import ROOT, RunningIdp
from tests.plugins.server_processes import free_port


@dataclass(frozen=True)
class DepartmentApp:
    """A running app: `name` as the person reads it, `base_url` as the browser opens it."""

    client_id: str
    name: str
    base_url: str


@contextmanager
def department_app(idp: RunningIdp, client_id: str, log: Path, host: str = "localhost") -> Iterator[DepartmentApp]:
    """The demo's app with this client_id, on `host` and a free port, until the end of the block."""
    base_url = f"http://{host}:{free_port()}"
    app = _registered(idp, client_id, base_url)
    metadata = idp.client(client_id)
    # What an app may ask for is what it was registered for; the licence library has it built in.
    scope = ["--scope", metadata["scope"]] if client_id == "housing-fund" else []
    address = ["--host", host, "--port", base_url.rpartition(":")[2], "--base-url", base_url]
    module = f"examples.apps.{client_id.replace('-', '_')}"
    command = [sys.executable, "-m", module, "--issuer", idp.issuer, "--client-id", app.client_id, *scope, *address]
    environment = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "CLIENT_SECRET": metadata["client_secret"]}
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            assert process.stdout
            assert process.stdout.readline(), log.read_text("utf-8")  # it says where it is once it listens
            yield app
        finally:
            process.terminate()


def _registered(idp: RunningIdp, client_id: str, base_url: str) -> DepartmentApp:
    from idp.oauth.client_metadata import client_of

    metadata = {
        **idp.client(client_id),
        "client_id": f"{client_id}-{base_url.rpartition(':')[2]}",
        "redirect_uris": [f"{base_url}/callback"],
        "post_logout_redirect_uris": [f"{base_url}/signed-out"],
        "client_uri": f"{base_url}/",
        "initiate_login_uri": f"{base_url}/login",
    }
    services = idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(metadata, is_sandbox=True), services.clock())
        unit_of_work.commit()
    return DepartmentApp(str(metadata["client_id"]), str(metadata["client_name"]), base_url)
