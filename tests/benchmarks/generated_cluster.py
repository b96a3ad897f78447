"""A private PostgreSQL whose data stay: made once, ended properly, and started again by a later run."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.plugins import server_processes
from tests.plugins.server_processes import free_port

DATABASE = "city"
IN_A_HURRY = ("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "shared_buffers=2GB",
              "maintenance_work_mem=1GB", "max_wal_size=2GB", "autovacuum=off")  # fmt: skip
"""While data are generated: who is interrupted begins anew."""
_A_QUARTER = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4 >> 20
IN_A_CITY = (f"shared_buffers={_A_QUARTER}MB",)
"""While it is measured: durable, a quarter of the memory as the manual advises (§20.4.1), all else as it comes."""


@dataclass(frozen=True)
class Cluster:
    """A server that runs."""

    port: int
    process: int

    @property
    def url(self) -> str:
        """The database of the city."""
        return f"postgresql://idp@127.0.0.1:{self.port}/{DATABASE}"


def make(folder: Path) -> None:
    """An empty cluster with the superuser `idp` in a new folder, which only the server's own user may read."""
    user = _user()
    folder.mkdir(parents=True, mode=0o700)
    if user is not None:
        shutil.chown(folder, user)
    options = ["-U", "idp", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", str(folder)]
    _run("initdb", *options)
    with running(folder, IN_A_HURRY) as cluster:
        address = cluster.url.replace(DATABASE, "postgres")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())


def shrink(folder: Path) -> None:
    """Throw away the journal of a cluster that was shut down in order; what was generated has left gigabytes of it."""
    _run("pg_resetwal", "-D", str(folder))


@contextmanager
def running(folder: Path, settings: Sequence[str]) -> Iterator[Cluster]:
    """The cluster of this folder, shut down in order at the end."""
    programs = server_processes._newest_postgresql()
    port = free_port()
    place = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
    command = [str(programs / "postgres"), "-D", str(folder), *(f"--{setting}" for setting in (*place, *settings))]
    with server_processes._running(command, folder, _user(), signal.SIGINT) as process:
        server_processes._wait(process, folder / "log", lambda: server_processes._answers_postgresql(programs, port))
        yield Cluster(port, process.pid)


def _run(program: str, *arguments: str) -> None:
    command = server_processes._as(_user(), None, [server_processes._newest_postgresql() / program, *arguments])
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{program} failed:\n{done.stdout}{done.stderr}"


def _user() -> str | None:
    return server_processes._unprivileged_user() if os.geteuid() == 0 else None
