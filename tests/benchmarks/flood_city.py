"""Where logins are measured: a real server over each pair of stores, many people with real hashes, and what it eats."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from idp.model.account import Identifier, IdentifierKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from idp.oauth.client_metadata import client_of
from tests.benchmarks.operations import CLIENTS
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import RunningIdp, running_idp
from tests.plugins.server_processes import postgresql_server, redis_server

STORES = ("SQLite", "PostgreSQL + Redis")
PASSWORD = "a pass phrase of a measurement"
_TICKS = os.sysconf("SC_CLK_TCK")
_HASHES = 8


@dataclass(frozen=True)
class Place:
    """A running server, and the phones of people who can sign in there by `PASSWORD`."""

    stores: str
    idp: RunningIdp
    phones: Sequence[str]

    @property
    def processes(self) -> frozenset[int]:
        """The processes of `idp serve`, whoever started them."""
        parents = {int(path.parent.name): _parent(path) for path in Path("/proc").glob("[0-9]*/stat")}
        family: frozenset[int] = frozenset({self.idp.processes["serve"].pid})
        while larger := frozenset(pid for pid, parent in parents.items() if parent in family) - family:
            family |= larger
        return family

    def cpu_seconds(self) -> float:
        """CPU that the server's processes have used so far."""
        return sum(sum(map(int, _stat(Path(f"/proc/{pid}/stat"))[11:13])) for pid in self.processes) / _TICKS

    def megabytes(self) -> float:
        """Proportional set size of the server's processes together."""
        kilobytes = 0
        for pid in self.processes:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kilobytes / 1024

    def pin(self, cores: frozenset[int]) -> None:
        """Let the server's threads run on these cores only; those that they start later, too."""
        for pid in self.processes:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), cores)


@contextmanager
def place(stores: str, people: int) -> Iterator[Place]:
    """`idp serve` with two workers and the product's defaults over these stores."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="yizheng-flood-")))
        urls = _sqlite(directory) if stores == "SQLite" else _postgresql(stack)
        idp = stack.enter_context(running_idp(urls, directory))
        try:
            yield Place(stores, idp, _settle(idp, people))
        finally:
            idp.installation.storage.close()


def _sqlite(directory: Path) -> StorageUrls:
    return StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")


def _postgresql(stack: ExitStack) -> StorageUrls:
    port, redis = stack.enter_context(postgresql_server()), stack.enter_context(redis_server())
    with psycopg.connect(f"postgresql://idp@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE flood")
    return StorageUrls(f"postgresql://idp@127.0.0.1:{port}/flood", f"redis://127.0.0.1:{redis}/0")


def _settle(idp: RunningIdp, people: int) -> Sequence[str]:
    """The clients that measure, and people; a few hashes serve for all of them, since each takes its time."""
    services = idp.installation.services
    now = services.clock()
    hashes = [services.passwords.hash(PASSWORD) for _ in range(_HASHES)]
    phones = [f"136{number:08}" for number in range(people)]
    person = NewAccount(
        name="测试人", identifiers=(), proofing=Proofing.P2, proofed_at=now, is_sandbox=True, created_at=now
    )
    with services.begin() as unit_of_work:
        for client in CLIENTS:
            unit_of_work.clients.save(client_of(client), now)
        for number, phone in enumerate(phones):
            known = (Identifier(IdentifierKind.PHONE, f"+86{phone}"),)
            account = unit_of_work.accounts.create(replace(person, identifiers=known))
            unit_of_work.credentials.put(account.id, CredentialKind.PASSWORD, hashes[number % _HASHES], now)
        unit_of_work.commit()
    return phones


def _parent(stat: Path) -> int:
    try:
        return int(_stat(stat)[1])
    except OSError:  # it ended meanwhile
        return 0


def _stat(path: Path) -> list[str]:
    """The fields behind the program's name, which may hold anything: state, parent, …"""
    return path.read_text().rpartition(") ")[2].split()
