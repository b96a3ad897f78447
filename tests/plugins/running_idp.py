"""A real identity provider for tests: `idp serve` with two processes, a worker, the sandbox carrier and the sandbox authority.

`idp_server` runs over both pairs of stores in turn; `idp_sqlite` over SQLite only, for tests that are not about stores.
Both have the demo's people and apps. A test that needs a virgin person calls `new_person`.
"""

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.server_processes import free_port

if TYPE_CHECKING:
    from idp.app import Installation
    from tests.plugins.certificate_office import CertificateOffice
    from tests.plugins.private_servers import StorageUrls

ROOT = Path(__file__).resolve().parents[2]
_numbers = count(1)
REPORT_TOKEN = "report-token-of-a-test-run-0123456789"
CODES_PER_ADDRESS = 150
"""More than by default: all people of all tests ask for their codes from one address."""
FAILURES_PER_ADDRESS = 100_000
"""For the same reason; what happens beyond the limit is told where an installation has its own."""
MASTER_KEY = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    phone: str
    citizen_id: str
    password: str
    name: str
    account_id: int


@dataclass
class RunningIdp:
    """Two server processes, a worker, the carrier's program, and the settings they run with."""

    issuer: str
    config: Path
    management: str
    carrier: str
    carrier_token: str
    log: Path
    face_authority: str = ""
    """The sandbox authority's program: faces, and every register."""
    reader_bridge: str = ""
    """Where the bridge of the sandbox authority's card reader listens."""
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    """Where the server processes listen; behind a front several `idp serve` with one process each."""
    bridge: str = ""
    """Where the card bridge would listen; a test that wants one starts it (`tests/examples/card_program.py`)."""
    authority: Path | None = None
    """The certificate of who vouches for the front's; None: there is no TLS."""
    office: "CertificateOffice | None" = None
    """Who gives apps certificates that are believed; behind a front alone."""
    other_logs: tuple[Path, ...] = ()
    """What the front and the stores write beside `log`."""
    receivers: list[int] = field(default_factory=lambda: [free_port() for _ in range(8)])
    """Ports of 127.0.0.1 that the server may call: there apps hear of logouts and publish their keys."""

    @cached_property
    def installation(self) -> "Installation":
        """The same installation, opened in the test's own process."""
        from idp.app import install, load_settings

        return install(load_settings(self.config, {}))

    @property
    def cards(self) -> Path:
        """The folder of the card office, whose cards this installation knows."""
        return self.config.parent / "cards"

    def client(self, client_id: str) -> dict[str, Any]:
        """The metadata of a demo app."""
        city = tomllib.loads((ROOT / "examples" / "city.toml").read_text("utf-8"))
        return next(client for client in city["clients"] if client["client_id"] == client_id)

    def register(self, metadata: Mapping[str, Any]) -> None:
        """Make a client known, or put this registration in the place of its present one."""
        from idp.oauth.client_metadata import client_of

        services = self.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client_of(metadata), services.clock())
            unit_of_work.commit()

    def new_person(self, *, proofing: int = 2, password: str = "a pass phrase of a test") -> Person:
        """A person nobody has met: own phone, own citizen number of province 89."""
        from idp.model.account import Identifier, IdentifierKind, NewAccount
        from idp.model.credential import CredentialKind
        from idp.model.policy import Proofing
        from realnames.identifiers.citizen_id import complete

        number = next(_numbers) + (os.getpid() % 9000) * 1000
        phone = f"139{number % 10**8:08}"
        citizen_id = complete(f"8901011980{1 + number % 12:02}{1 + number // 12 % 28:02}{1 + number // 336 % 998:03}")
        services = self.installation.services
        now = services.clock()
        hashed = services.passwords.hash(password)  # before the transaction, which must not grow old
        with services.begin() as unit_of_work:
            account = unit_of_work.accounts.create(
                NewAccount(
                    name="测试人",
                    identifiers=(
                        Identifier(IdentifierKind.CITIZEN_ID, citizen_id),
                        Identifier(IdentifierKind.PHONE, f"+86{phone}"),
                    ),
                    proofing=Proofing(proofing),
                    proofed_at=now,
                    is_sandbox=True,
                    created_at=now,
                )
            )
            unit_of_work.credentials.put(account.id, CredentialKind.PASSWORD, hashed, now)
            unit_of_work.commit()
        return Person(phone, citizen_id, password, "测试人", account.id)

    def new_phone(self) -> str:
        """One that nobody has."""
        return f"138{(next(_numbers) + (os.getpid() % 9000) * 1000) % 10**8:08}"

    def new_slip(self, person: Person) -> str:
        """What a window hands to the person, as `idp person slip` prints it."""
        from tests.idp.installed import new_slip

        with self.installation.services.begin() as unit_of_work:
            account = unit_of_work.accounts.get(person.account_id)
        assert account is not None
        return new_slip(self.installation, account)

    def messages_to(self, phone: str) -> list[dict[str, Any]]:
        """What the carrier received for this phone."""
        request = urllib.request.Request(
            f"{self.carrier}/messages?to=%2B86{phone}", headers={"Authorization": f"Bearer {self.carrier_token}"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())["messages"]
            return found

    def carrier_misbehaves(self, fault: str) -> None:
        """From now on, until told otherwise (`none`)."""
        fields = {"Authorization": f"Bearer {self.carrier_token}", "Content-Type": "application/json"}
        body = json.dumps({"fault": fault, "seconds": 0}).encode()
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.carrier}/faults", body, fields), timeout=5
        ) as answer:
            assert answer.status == 200

    def face_authority_misbehaves(self, fault: str, register: str | None = None) -> None:
        """The same of the sandbox authority: of one of its registers (`population`, `company`, …), or of all."""
        self.tell_authority("/faults", {"fault": fault, "register": register, "seconds": 0})

    def tell_authority(self, path: str, order: Mapping[str, Any]) -> None:
        """What whoever demonstrates may order of it: `/people`, `/companies/<code>/representative`, `/faults`."""
        fields = {"Authorization": f"Bearer {self.carrier_token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.face_authority}{path}", json.dumps(order).encode(), fields)
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.status == 200

    def logs(self) -> str:
        """Everything the server processes and the worker have printed so far."""
        return self.log.read_text("utf-8", "replace")


@contextmanager
def running_idp(
    urls: "StorageUrls", directory: Path, *, front: int | None = None, **changes: str
) -> Iterator[RunningIdp]:
    """Start everything over these stores.

    Args:
        front: the port of a TLS front that somebody else puts before two servers; None: one server, without TLS.
        changes: lines of TOML to put before the sections.
    """
    from examples.citizen_card.office import open_office
    from idp.cli import demo_city, demo_sources

    ports = (free_port(),) if front is None else (free_port(), free_port())
    management, carrier_port, authority_port = free_port(), free_port(), free_port()
    running = RunningIdp(
        issuer=f"http://localhost:{ports[0]}" if front is None else f"https://localhost:{front}",
        ports=ports,
        config=directory / "idp.toml",
        management=f"http://127.0.0.1:{management}",
        carrier=f"http://127.0.0.1:{carrier_port}",
        carrier_token="carrier-token-of-a-test-run-0123456789",
        bridge=f"http://127.0.0.1:{free_port()}",
        face_authority=f"http://127.0.0.1:{authority_port}",
        reader_bridge=f"http://127.0.0.1:{free_port()}",
        log=directory / "idp.log",
    )
    open_office(running.cards, (), demo_city.CARD_PIN)
    running.config.write_text(_settings(running, urls, directory, changes), "utf-8")
    demo_sources.know_registers(running.config, directory, running.issuer, running.reader_bridge)
    city = demo_city.read(ROOT / "examples" / "city.toml")
    demo_city.settle(city, running.config)
    idp = [sys.executable, "-m", "idp", "--config", str(running.config)]
    commands = {
        "carrier": [
            *(sys.executable, str(ROOT / "examples/carrier/carrier.py"), "--port", str(carrier_port)),
            *("--keep", "20000"),  # a test under load asks for what came minutes ago
            *("--reports-to", f"http://127.0.0.1:{ports[0]}/carriers/sms_http/reports"),
        ],
        "authority": [
            *(sys.executable, str(ROOT / "examples/authority/authority.py"), "--port", str(authority_port)),
            *("--return-to", running.issuer, "--reader", str(demo_sources.reader_of(directory))),
            *("--bridge-port", running.reader_bridge.rpartition(":")[2]),
        ],
        "serve": [*idp, "serve"],
        "worker": [*idp, "worker"],
        **{f"serve-{port}": [*idp, "serve"] for port in ports[1:]},
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    environment |= {
        "CARRIER_TOKEN": running.carrier_token,
        "CARRIER_REPORT_TOKEN": REPORT_TOKEN,
        "AUTHORITY_TOKEN": running.carrier_token,
        "PYTHONUNBUFFERED": "1",
    }
    places = {
        f"serve-{port}": {"IDP_SERVER__PORT": str(port), "IDP_SERVER__MANAGEMENT_PORT": str(free_port())}
        for port in ports[1:]
    }
    with running.log.open("ab") as log:
        try:
            for name, command in commands.items():
                own = environment | places.get(name, {})
                running.processes[name] = subprocess.Popen(
                    command, cwd=ROOT, env=own, stdout=log, stderr=log, start_new_session=True
                )
            _wait_until_ready(running)
            yield running
        finally:
            for process in running.processes.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
            for process in running.processes.values():
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)


def _settings(running: RunningIdp, urls: "StorageUrls", directory: Path, changes: dict[str, str]) -> str:
    from examples.citizen_card.office import PIN_POLICY

    origins = [running.carrier, running.face_authority, *(f"http://127.0.0.1:{port}" for port in running.receivers)]
    return "\n".join(
        [
            f'issuer = "{running.issuer}"',
            f'state_directory = "{directory}"',
            changes.get("profiles", 'profiles = ["gov-high", "gov-standard", "legacy"]'),
            "[server]",
            f"port = {running.ports[0]}",
            f"workers = {2 // len(running.ports)}",
            f"management_port = {running.management.rpartition(':')[2]}",
            *([changes["server"]] if "server" in changes else []),
            "[storage]",
            f'database = "{urls.database}"',
            f'ephemeral = "{urls.ephemeral}"',
            "[secrets]",
            f'keys = "{MASTER_KEY}"',
            "[sandbox]",
            "enabled = true",
            "[messaging]",
            'sms = "sandbox_carrier"',
            'voice = "sandbox_voice"',
            "[messages]",
            f"per_address_hour = {CODES_PER_ADDRESS}",
            "[addresses]",
            f"failures_per_hour = {FAILURES_PER_ADDRESS}",
            "[sandbox_carrier]",
            f'url = "{running.carrier}"',
            f'token = "{running.carrier_token}"',
            f'report_token = "{REPORT_TOKEN}"',
            "[sandbox_voice]",
            f'url = "{running.carrier}"',
            f'token = "{running.carrier_token}"',
            "[sources]",
            'face = "sandbox_authority"',
            "[sandbox_authority]",
            f'url = "{running.face_authority}"',
            f'token = "{running.carrier_token}"',
            f'client = "{running.issuer}"',
            'issuer = "urn:yizheng:sandbox:authority"',
            'name = "沙箱实人核验中心"',
            "[fetch]",
            f"allowed_origins = {json.dumps(origins)}",
            "[citizen_cards]",
            f'anchors = "{running.cards / "issuer.pem"}"',
            f'lost_list = "{running.cards / "lost.txt"}"',
            f'pin_policy_oid = "{PIN_POLICY}"',
            f'bridge = "{running.bridge}"',
            *([changes["sections"]] if "sections" in changes else []),
        ]
    )


def _wait_until_ready(running: RunningIdp) -> None:
    deadline = time.monotonic() + 60
    servers = [f"http://127.0.0.1:{port}/jwks" for port in running.ports]
    for address in (
        f"{running.management}/health/ready",
        *servers,
        f"{running.carrier}/",
        f"{running.face_authority}/",
    ):
        while True:
            assert all(process.poll() is None for process in running.processes.values()), running.logs()[-3000:]
            with suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    break
            assert time.monotonic() < deadline, f"{address} does not answer\n{running.logs()[-3000:]}"
            time.sleep(0.05)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def idp_server(request: pytest.FixtureRequest) -> RunningIdp:
    """The identity provider over SQLite, then over PostgreSQL and Redis; one of each for the whole run."""
    running: RunningIdp = request.getfixturevalue(f"idp_{request.param}")
    return running


@pytest.fixture(scope="session")
def idp_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIdp]:
    """The identity provider over two SQLite files."""
    from tests.plugins.private_servers import StorageUrls

    directory = tmp_path_factory.mktemp("idp-sqlite")
    urls = StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")
    with running_idp(urls, directory) as running:
        yield running


@pytest.fixture(scope="session")
def idp_postgresql(
    postgresql_port: int, redis_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningIdp]:
    """The identity provider over PostgreSQL and Redis."""
    import psycopg

    from tests.plugins.private_servers import StorageUrls

    name = f"running_{next(_numbers)}"
    with psycopg.connect(f"postgresql://idp@127.0.0.1:{postgresql_port}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    urls = StorageUrls(f"postgresql://idp@127.0.0.1:{postgresql_port}/{name}", f"redis://127.0.0.1:{redis_port}/7")
    with running_idp(urls, tmp_path_factory.mktemp("idp-postgresql")) as running:
        yield running
