"""The how-to pages do what they say: their commands run, their settings load, their nginx serves."""

import os
import re
import shlex
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
import psycopg
import pytest

from idp.accounts.import_people import Fate
from idp.accounts.imported_document import DOCUMENTS
from idp.accounts.imported_row import MEMBERS
from idp.accounts.status import Reason
from idp.cli import idp
from tests.docs import certificate
from tests.docs.pages import DOCS, ROOT, Block, blocks, rows, section, text_of
from tests.docs.programs import Answer, fetch, fetch_under_tls, running, wait_until
from tests.plugins.server_processes import free_port

PRODUCTION = "how-to/run-in-production.md"
ROTATION = "how-to/rotate-keys.md"
REGISTRATION = "how-to/register-an-app.md"
PEOPLE = "how-to/import-people.md"
SLIP = "how-to/let-a-person-back-in.md"
NAME = "login.yunjiang.example"
HOW_TO = sorted(str(path.relative_to(DOCS)) for path in DOCS.glob("how-to/*.md"))
SHELL = [(page, block) for page in HOW_TO for block in blocks(page) if block.language == "sh"]
NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/n1; proxy_temp_path {folder}/n2; fastcgi_temp_path {folder}/n3;
    uwsgi_temp_path {folder}/n4; scgi_temp_path {folder}/n5;
    {servers}
}}
"""


@dataclass
class Machine:
    """A machine of its own: folders instead of /etc, /var and /opt, and free ports."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    stores: dict[str, str] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """The text of a page with our folders, ports and stores."""
        for told, ours in {
            "/etc/yizheng": str(self.folder / "etc"),
            "/var/lib/yizheng": str(self.folder / "var"),
            "/opt/yizheng": str(ROOT),
            **self.stores,
            **{told: told.replace(told.rpartition(":")[2], str(port)) for told, port in self.ports.items()},
            "listen 443": f"listen {self.ports.get('https:443', 443)}",
        }.items():
            text = text.replace(told, ours)
        return text

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours but what the page leaves open: ports, and cheap processes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
        return {
            **kept,
            "IDP_SERVER__PORT": str(self.ports["127.0.0.1:8000"]),
            "IDP_SERVER__MANAGEMENT_PORT": str(self.ports["127.0.0.1:9000"]),
            "IDP_SERVER__WORKERS": "2",
            "IDP_SERVER__THREADS": "4",
        }

    def sh(self, script: str, **more: str) -> str:
        """What a script prints; it must succeed."""
        done = subprocess.run(
            ["sh", "-eu"], input=script, env=self.environment | more, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def run(self, page: str) -> str:
        """What the runnable blocks of a page print, one after the other, in one shell as a person has it."""
        return self.sh("\n".join(self.here(block.text) for block in blocks(page) if "runnable" in block.words))


def machine(folder: Path) -> Machine:
    (folder / "etc").mkdir()
    (folder / "var").mkdir()
    ports = {told: free_port() for told in ("127.0.0.1:8000", "127.0.0.1:9000", "https:443")}
    return Machine(folder, ports)


def commands_in(text: str) -> Iterator[list[str]]:
    """The `idp …` command lines in a text."""
    for line in text.splitlines():
        if match := re.match(r"(?:ExecStart=\S*/|\s*)idp (.+)", line):
            yield shlex.split(match[1], comments=True)


@pytest.mark.parametrize(("page", "block"), SHELL, ids=[f"{page}-{number}" for number, (page, _) in enumerate(SHELL)])
def test_a_block_is_shell(page: str, block: Block) -> None:
    done = subprocess.run(["sh", "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}: {done.stderr}"


@pytest.mark.parametrize("page", HOW_TO)
def test_a_command_exists_with_its_options(page: str) -> None:
    """Mutation: rename `--at-once` without changing the page."""
    for arguments in (found for block in blocks(page) for found in commands_in(block.text)):
        command: click.Command = idp
        while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
            name = arguments.pop(0)
            found_command = command.get_command(click.Context(command), name)
            assert found_command is not None, f"{page}: there is no command {name}"
            command = found_command
        command.make_parser(click.Context(command)).parse_args(list(arguments))


@pytest.fixture(scope="module")
def production(postgresql_port: int, redis_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The page followed to its end, over private stores."""
    ours = machine(tmp_path_factory.mktemp("production"))
    ours.stores = {
        "127.0.0.1:5432": f"127.0.0.1:{postgresql_port}",
        "127.0.0.1:6379/0": f"127.0.0.1:{redis_port}/5",
    }
    by_language = {block.language: block.text for block in blocks(PRODUCTION)}
    with psycopg.connect(f"postgresql://idp@127.0.0.1:{postgresql_port}/postgres", autocommit=True) as connection:
        for statement in filter(str.strip, by_language["sql"].split(";")):
            connection.execute(statement.encode())
    (ours.folder / "etc/idp.toml").write_text(ours.here(by_language["toml"]), "utf-8")
    said = ours.run(PRODUCTION)
    assert said.endswith(f"Ready to serve https://{NAME}.\n")
    with ExitStack() as programs:
        for number, block in enumerate(block for block in blocks(PRODUCTION) if block.language == "ini"):
            unit = ours.here(block.text)
            (command,) = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
            variables = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.+)$", unit, re.MULTILINE))
            log = ours.folder / f"unit-{number}.log"
            programs.enter_context(running(shlex.split(command), ours.environment | variables, log))
        ready = ours.here("http://127.0.0.1:9000/health/ready")
        wait_until(lambda: fetch(ready)[0] == 200, ours.folder / "unit-0.log")
        programs.enter_context(running_nginx(ours, by_language["nginx"]))
        yield ours
    with psycopg.connect(f"postgresql://idp@127.0.0.1:{postgresql_port}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE yizheng WITH (FORCE)")
        connection.execute("DROP ROLE yizheng")


def running_nginx(ours: Machine, servers: str) -> ExitStack:
    certificate.make(ours.folder / "etc/tls", NAME)
    configuration = ours.folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=ours.folder, servers=ours.here(servers)), "utf-8")
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "nginx is missing: the tests need the Debian package nginx"
    stack = ExitStack()
    log = ours.folder / "nginx.log"
    stack.enter_context(running([nginx, "-p", ours.folder, "-c", configuration], ours.environment, log))
    address = ours.here("http://127.0.0.1:8000/jwks")
    wait_until(lambda: fetch(address)[0] == 200, ours.folder / "unit-0.log")
    return stack


def under_tls(ours: Machine, path: str, name: str = NAME) -> Answer:
    return fetch_under_tls(ours.ports["https:443"], name, path, ours.folder / "etc/tls/fullchain.pem")


@pytest.mark.parametrize("row", list(rows(section(PRODUCTION, "## Health and metrics"))), ids=lambda row: row[0])
def test_health_and_metrics_answer(production: Machine, row: list[str]) -> None:
    assert fetch(production.here(row[0].strip("`")))[0] == 200


def test_nginx_serves_the_issuer(production: Machine) -> None:
    status, headers, body = under_tls(production, "/.well-known/openid-configuration")
    assert status == 200
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert f'"issuer":"https://{NAME}"'.encode() in body
    assert under_tls(production, "/help")[0] == 200


def test_a_long_address_passes(production: Machine) -> None:
    """A sign-in under way travels in its address. Mutation: leave `large_client_header_buffers` out of the page."""
    status, headers, _ = under_tls(production, f"/s/~{'A' * 20_000}")
    assert status == 400
    assert "content-security-policy" in headers  # our own page, not nginx's


def test_no_other_name_is_served(production: Machine) -> None:
    """Threat N04. Mutation: leave the second server out of the page."""
    with pytest.raises(ssl.SSLError):
        under_tls(production, "/help", "other.example")


def test_requests_are_counted(production: Machine) -> None:
    under_tls(production, "/jwks")
    line = re.compile(r'^idp_http_requests_total{code="200",method="GET",route="/jwks"} [1-9]', re.MULTILINE)
    metrics = production.here("http://127.0.0.1:9000/metrics")
    wait_until(lambda: line.search(fetch(metrics)[1].decode()) is not None, production.folder / "unit-0.log")


def installed_on(ours: Machine, settings: str = "") -> None:
    """Settings over two files, and what the production page says to do with them."""
    (ours.folder / "etc/idp.toml").write_text(
        f'issuer = "https://{NAME}"\nstate_directory = "{ours.folder}/var"\n[storage]\n'
        f'database = "sqlite:///{ours.folder}/var/idp.db"\nephemeral = "sqlite:///{ours.folder}/var/e.db"\n{settings}'
    )
    ours.run(PRODUCTION)


def test_apps_are_registered(tmp_path: Path) -> None:
    """The page from top to bottom. Mutation: let the file's placeholder be long enough for a secret."""
    ours = machine(tmp_path)
    installed_on(ours)
    (metadata,) = [block.text for block in blocks(REGISTRATION) if block.language == "json"]
    apps = tmp_path / "etc/apps.json"
    with_config = {"IDP_CONFIG": f"{tmp_path}/etc/idp.toml", "IDP_SECRETS__KEYS_FILE": f"{tmp_path}/etc/keys"}
    idp = f"{ROOT}/.venv/bin/idp"
    apps.write_text(metadata, "utf-8")
    refused = ours.sh(f"{idp} client import {apps} 2>&1 && exit 1 || exit 0", **with_config)
    assert refused.count("client_secret: 32 to 1024 random characters") == 2
    for number in range(2):
        (secret,) = [block.text for block in blocks(REGISTRATION) if block.text.startswith("head ")]
        metadata = metadata.replace("<random, 32 or more>", ours.sh(secret).strip(), 1)
        assert metadata.count("<random") == 1 - number
    apps.write_text(metadata, "utf-8")
    said = ours.run(REGISTRATION)
    assert said.count("tax: new\nlicences: new\nstatistics: new\n") == 2
    assert "3 new, 0 changed, 0 unchanged." in said
    assert "0 new, 0 changed, 3 unchanged." in said
    assert "note:" not in said
    assert said.endswith("tax is active.\n")
    assert '"status": "active"' in said
    assert not re.search(r'"client_secret"|"secret_digests"', said)


@pytest.mark.long
def test_people_are_imported(tmp_path: Path) -> None:
    """The page from top to bottom. Mutation: an example that the command refuses."""
    ours = machine(tmp_path)
    installed_on(ours)
    (people,) = [block.text for block in blocks(PEOPLE) if block.language == "jsonl"]
    (tmp_path / "var/people.jsonl").write_text(people, "utf-8")
    said = ours.run(PEOPLE)
    assert said.startswith("3 valid. Nothing was written: this was a dry run.\n3 created.\n")
    assert "139****5678" in said
    assert "欧**晓" in said
    assert said.endswith(" is active.\n")


@pytest.mark.long
def test_a_slip_is_handed_out(tmp_path: Path) -> None:
    """What is to be handed over. Mutations: the name in full; a code that is not eight digits."""
    ours = machine(tmp_path)
    installed_on(ours)
    (people,) = [block.text for block in blocks(PEOPLE) if block.language == "jsonl"]
    (tmp_path / "var/people.jsonl").write_text(people, "utf-8")
    ours.run(PEOPLE)
    whom, address, *words = ours.run(SLIP).splitlines()
    assert re.fullmatch(r"欧\*\*晓    \d{4} \d{4}    \d{4}-\d\d-\d\d \d\d:\d\d", whom)
    assert address == f"https://{NAME}/recover"
    assert "level 2 at most" in words[-1]


def test_the_page_tells_every_code_reason_and_document() -> None:
    """Mutation: a refusal that nobody can look up."""
    page = text_of(PEOPLE)
    sources = [
        ROOT / "idp/accounts" / f"{name}.py"
        for name in ("import_people", "imported_row", "imported_document", "imported_proofing")
    ]
    codes = set(re.findall(r'RowRefused\(\s*"([a-z_]+)"', "".join(source.read_text("utf-8") for source in sources)))
    assert len(codes) > 10
    for name in (*codes, *MEMBERS, *DOCUMENTS, *Reason, *Fate):
        assert f"`{name}`" in page, name


@pytest.mark.long
def test_keys_are_rotated(tmp_path: Path) -> None:
    """The page from top to bottom: list, rotate, rotate at once, a new master key, without the old one."""
    ours = machine(tmp_path)
    installed_on(ours, "[keys]\npublish_ahead = 0\n")
    said = ours.run(ROTATION)
    assert said.endswith(f"Ready to serve https://{NAME}.\n")
    listed, rotated = said[: said.index("ES256: ")], said[said.index("ES256: ") :]
    kids = re.findall(r"(\S+)$", listed, re.MULTILINE)
    assert len(kids) == 4
    assert rotated.count("signs now.") == 4
    assert [line.partition(":")[0] for line in (tmp_path / "etc/keys").read_text().splitlines()] == ["2"]
    for line in (
        "master key 2 is known here and was never used",
        "Master key 2 writes now.",
        "signing_keys.sealed_private_jwk: 6 looked at, 6 re-keyed",
        "master key 1 has no values that are needed",
    ):
        assert line in said
    left = ours.sh(
        f"{ROOT}/.venv/bin/idp keys list",
        IDP_CONFIG=str(tmp_path / "etc/idp.toml"),
        IDP_SECRETS__KEYS_FILE=str(tmp_path / "etc/keys"),
    )
    assert left.count(" active ") == left.count(" next ") == left.count(" retired ") == 2


def test_officers_are_invited(tmp_path: Path) -> None:
    """Mutation: a command of the page that prints no links."""
    ours = machine(tmp_path)
    installed_on(ours, "")
    printed = ours.run("how-to/appoint-officers.md")
    links = re.findall(rf"^(\w+) +https://{NAME}/console/invitations/\d+\.[\w-]+$", printed, re.MULTILINE)
    assert links == ["system", "security", "audit"]


@pytest.mark.long
def test_the_log_is_sealed_and_proven(tmp_path: Path) -> None:
    """The page from top to bottom. Mutation: a proof that passes without anything that was sealed."""
    ours = machine(tmp_path)
    installed_on(ours, "")
    ours.run("how-to/appoint-officers.md")
    said = ours.run("how-to/seal-the-log.md")
    assert re.search(r"^[1-9]\d* events were sealed\.$", said, re.MULTILINE), said
    assert "Proven by an anchor up to seal 1.\nPASS: everything is as it was sealed.\n" in said
    assert re.search(r"^[1-9]\d* events are in .*log\.csv\.$", said, re.MULTILINE), said
    kept = ours.run("how-to/keep-the-log.md")
    assert kept.count("Nothing is due.") == 2, kept
    assert "1  since 2026-03-01  Supervision 2026-14" in kept
    assert "Hold 1 is over." in kept
