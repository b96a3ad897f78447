"""The two example apps as programs of their own, registered anew for the free ports they listen on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.plugins.running_idp import ROOT, RunningIdp


@dataclass(frozen=True)
class DepartmentApp:
    """A running app: `name` as the person reads it, `base_url` as the browser opens it."""

    client_id: str
    name: str
    base_url: str


@contextmanager
def department_app(idp: RunningIdp, client_id: str, log: Path, host: str = "localhost") -> Iterator[DepartmentApp]:
    """The demo's app with this client_id, on `host` and a port that the server may call, until the end of the block."""
    port = idp.receivers.pop()
    base_url = f"http://{host}:{port}"
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
    idp.receivers.append(port)


def _registered(idp: RunningIdp, client_id: str, base_url: str) -> DepartmentApp:
    from idp.oauth.client_metadata import client_of

    metadata = {
        **idp.client(client_id),
        "client_id": f"{client_id}-{base_url.rpartition(':')[2]}",
        "redirect_uris": [f"{base_url}/callback"],
        "post_logout_redirect_uris": [f"{base_url}/signed-out"],
        # By a name that people do not use, as a server inside a network would.
        "backchannel_logout_uri": f"http://127.0.0.1:{base_url.rpartition(':')[2]}/backchannel-logout",
        "client_uri": f"{base_url}/",
        "initiate_login_uri": f"{base_url}/login",
    }
    services = idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(metadata, is_sandbox=True), services.clock())
        unit_of_work.commit()
    return DepartmentApp(str(metadata["client_id"]), str(metadata["client_name"]), base_url)
