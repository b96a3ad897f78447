"""What a start does not load: modules, since milliseconds differ from machine to machine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.keys import rotation
from tests.idp.installed import Moment, environment, installed
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import free_port

FOR_PAGES = frozenset({"flask", "jinja2", "werkzeug", "idp.pages", "idp.web"})
FOR_A_FEW = frozenset(
    {"alembic", "argon2", "babel", "httpcore", "httpx", "passlib", "pyotp", "segno", "sqlalchemy.orm"}
)
"""What only some requests, or some commands, need."""
OTHER_STORES = frozenset({"hiredis", "psycopg", "redis"})
ONLY_IN_A_SERVER_PROCESS = frozenset({"authlib", "idp.app.application", "idp.oauth"})
OTHER_COMMANDS = frozenset({"idp.cli.client", "idp.cli.demo", "idp.cli.migrate", "idp.cli.worker", "idp.delivery"})

SERVER_PROCESS = """
from idp.app.application import application
run = application()
answered = []
answer = run(
    {"REQUEST_METHOD": "GET", "PATH_INFO": "/.well-known/openid-configuration", "HTTP_HOST": "localhost:8000"},
    lambda status, headers: answered.append(status),
)
assert answered == ["200 OK"], answered
"""
"""As one that granian starts, up to its first answer."""

PARENT = """
from click.testing import CliRunner
import idp.cli
import idp.cli.serve
from idp.app import management
idp.cli.serve._run = lambda installation: management.start(installation).server_close()
result = CliRunner().invoke(idp.cli.idp, ["serve"])
assert result.exit_code == 0, result.output
"""
"""`idp serve` with its management port, up to where it starts the server processes."""


Start = Callable[[str], frozenset[str]]
"""The modules that a fresh interpreter has loaded after this code."""


@pytest.fixture
def modules_after(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Start:
    """Over SQLite, with tables and keys."""
    services = installed(sqlite_urls, tmp_path, clock).services
    with services.begin() as unit_of_work:
        rotation.ensure(unit_of_work, services.clock())
        unit_of_work.commit()
    ports = {"IDP_SERVER__PORT": str(free_port()), "IDP_SERVER__MANAGEMENT_PORT": str(free_port())}

    def modules(code: str) -> frozenset[str]:
        done = subprocess.run(
            [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"],
            env=os.environ | environment(sqlite_urls, tmp_path, **ports),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return frozenset(json.loads(done.stdout.splitlines()[-1]))

    return modules


def test_a_server_process_loads_what_apps_ask_for(modules_after: Start) -> None:
    """Mutations: Flask at the top of `idp.app.application`, Jinja2 at the top of `idp.http.templates`, passlib of
    `idp.factors.password`.
    """
    modules = modules_after(SERVER_PROCESS)
    assert "idp.oauth.server" in modules
    assert modules & (FOR_PAGES | FOR_A_FEW | OTHER_STORES | OTHER_COMMANDS) == frozenset()


@pytest.mark.parametrize("process", [SERVER_PROCESS, PARENT], ids=["server-process", "parent"])
def test_a_start_reads_no_authorities_and_tries_no_keys(modules_after: Start, process: str) -> None:
    """Mutations: a `Fetcher` that makes its TLS context at once, an `import_private` that makes the key ready at once;
    either takes tens of milliseconds in each process.
    """
    barred = "import ssl\nfrom joserfc import jwk\nssl.create_default_context = jwk.import_key = None\n"
    modules_after(f"{barred}{process}")


def test_what_a_start_made_is_never_searched_for_garbage(modules_after: Start) -> None:
    """Mutation: `application` without `gc.freeze`; each full search then stops the process for 30-60 ms."""
    modules_after(f"{SERVER_PROCESS}\nimport gc\nassert gc.get_freeze_count() > 10 * len(gc.get_objects())")


def test_the_parent_loads_what_its_checks_ask_for(modules_after: Start) -> None:
    """Mutations: `create_app` imported at the top of `idp.app`, the commands at the top of `idp.cli`."""
    modules = modules_after(PARENT)
    assert "idp.storage.migrations" in modules
    assert modules & (FOR_PAGES | FOR_A_FEW | OTHER_STORES | ONLY_IN_A_SERVER_PROCESS | OTHER_COMMANDS) == frozenset()
