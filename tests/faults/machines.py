"""The machines of one installation and their delivery worker: killed without a word, and started again as systemd does."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.faults.line import Doors
from tests.plugins.running_idp import ROOT, RunningIdp
from tests.plugins.server_processes import free_port

POLL_SECONDS = 0.05
WEIGHTS = {"server process": 8, "its parent": 1, "delivery worker": 4}


@dataclass(frozen=True)
class Victim:
    """One process of ours."""

    role: str
    pid: int


@dataclass
class Machines:
    """What runs, and who watches over it."""

    idp: RunningIdp
    ports: tuple[int, ...]
    environments: dict[str, dict[str, str]]
    kills: Counter[str] = field(default_factory=Counter)
    restarts: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, idp: RunningIdp) -> Self:
        """What was started with it."""
        names = [name for name in ("serve", "worker") if name in idp.processes]
        return cls(idp, (int(idp.issuer.rpartition(":")[2]),), {name: _environment() for name in names})

    def add(self) -> None:
        """Another machine with the same settings but for its ports."""
        port, management = free_port(), free_port()
        name = f"serve-{len(self.ports) + 1}"
        own = {"IDP_SERVER__PORT": str(port), "IDP_SERVER__MANAGEMENT_PORT": str(management)}
        self.environments[name] = _environment() | own
        self.ports += (port,)
        self.start(name)

    @property
    def stores(self) -> str:
        """How the report names them."""
        is_sqlite = self.idp.installation.settings.storage.database.startswith("sqlite")
        return "SQLite + SQLite" if is_sqlite else "PostgreSQL + Redis"

    @property
    def doors(self) -> Doors:
        return Doors(self.idp.issuer, self.ports)

    def start(self, name: str) -> None:
        """As the first time; whatever is left of the one before is gone."""
        role = "worker" if name == "worker" else "serve"
        with self.idp.log.open("ab") as log:
            self.idp.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "idp", "--config", str(self.idp.config), role],
                cwd=ROOT,
                env=self.environments[name],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, victim: Victim) -> None:
        with suppress(ProcessLookupError):
            os.kill(victim.pid, signal.SIGKILL)
            self.kills[victim.role] += 1

    def any_victim(self) -> Victim | None:
        """A process at random, but a server process most of the time."""
        with self._lock:
            found: dict[str, list[int]] = {role: [] for role in WEIGHTS}
            for name in self.environments:
                process = self.idp.processes[name]
                if process.poll() is not None:
                    continue
                found["delivery worker" if name == "worker" else "its parent"].append(process.pid)
                found["server process"] += [] if name == "worker" else server_processes(process.pid)
        roles = [role for role, pids in found.items() if pids]
        if not roles:
            return None
        (role,) = random.choices(roles, [WEIGHTS[role] for role in roles])
        return Victim(role, random.choice(found[role]))

    def kill_whole(self, name: str) -> None:
        """All processes of one machine at the same moment; returns when the supervisor has noticed."""
        seen, deadline = self.restarts[name], time.monotonic() + 30
        os.killpg(self.idp.processes[name].pid, signal.SIGKILL)
        while self.restarts[name] == seen:
            assert time.monotonic() < deadline
            time.sleep(POLL_SECONDS)

    def wait_until_whole(self) -> None:
        """Everything runs and both machines answer."""
        for port in self.ports:
            deadline = time.monotonic() + 60
            while True:
                with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/jwks", timeout=5) as answer:
                    if answer.status == 200:
                        break
                assert time.monotonic() < deadline, self.idp.logs()[-3000:]
                time.sleep(0.1)

    def watch(self) -> None:
        """Start again whatever died, with all that was left of it: systemd ends the whole control group."""
        while not self._stop.wait(POLL_SECONDS):
            for name in self.environments:
                with self._lock:
                    process = self.idp.processes[name]
                    if process.poll() is None:
                        continue
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    self.restarts[name] += 1
                    self.start(name)

    def stop_watching(self) -> None:
        self._stop.set()


def server_processes(parent: int) -> list[int]:
    """The processes that answer requests, among the children of an `idp serve`."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                command = (status.parent / "cmdline").read_bytes()
                found += [int(status.parent.name)] if b"spawn_main" in command else []
    return found


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}


@contextmanager
def watched(machines: Machines) -> Iterator[Machines]:
    """With a supervisor, once all of them answer."""
    watcher = threading.Thread(target=machines.watch, name="supervisor")
    watcher.start()
    try:
        machines.wait_until_whole()
        yield machines
    finally:
        machines.stop_watching()
        watcher.join()
