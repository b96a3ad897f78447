"""What sealing the log costs beside the sign-ins that are sealed, and how long it takes to prove a million events.

The sign-in is the cheapest there is: an app gets a code for somebody who is signed in, and exchanges it. One with a password
costs a hundred times as much, and the sealer the same.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from idp.audit import anchors, sealing_key
from tests.benchmarks import ours
from tests.benchmarks.generated_log import generate
from tests.benchmarks.loads import MACHINES, load_of
from tests.benchmarks.processes import CLEAN, Launch, cpu_seconds
from tests.benchmarks.report import Table
from tests.benchmarks.servers import Place, Server
from tests.benchmarks.wrk import send
from tests.plugins.running_idp import ROOT
from tests.plugins.server_processes import free_port

LEAST_SIGN_INS = 10_000
EVENTS = 1_000_000
MOST_SHARE = 0.03
MOST_SECONDS = 60.0
CPUS = "0,1"
_QUIET_SECONDS = 5.0
"""After which a sealer that looks every two seconds has sealed all."""


@dataclass(frozen=True)
class Spent:
    """CPU seconds while so many signed in, and until all of it was sealed."""

    sign_ins: int
    server: float
    stores: float
    sealer: float

    @property
    def share(self) -> float:
        """The sealer's, of what the sign-ins took."""
        return self.sealer / (self.server + self.stores)


@dataclass(frozen=True)
class Proof:
    """How long `idp audit verify` took for so many events."""

    events: int
    seconds: float
    told: str


def run(quick: bool, say: Callable[[str], None]) -> list[Table]:
    """Both tables; raises `RuntimeError` for a wrong answer, or a log that is not proven."""
    least, events = (2_000, 100_000) if quick else (LEAST_SIGN_INS, EVENTS)
    with tempfile.TemporaryDirectory(prefix="yizheng-sealing-") as folder:
        spent = sealed(Path(folder), least)
    say(f"{spent.sign_ins} sign-ins were sealed")
    with tempfile.TemporaryDirectory(prefix="yizheng-proof-") as folder:
        proof = proven(Path(folder), events)
    return [_table_of_sealing(spent), _table_of_proof(proof)]


def sealed(folder: Path, least: int) -> Spent:
    """Let at least so many sign in while the sealer runs."""
    with ours.OnPostgresql().running(Place(CPUS, 2, folder)) as server:
        file = folder / "anchors.jsonl"
        with _sealer(folder, file).at(free_port()) as sealer:
            _until_it_rests(file)
            before = (server.cpu_seconds(), server.store_seconds(), cpu_seconds(sealer.pid))
            sign_ins = _sign_ins(server, least)
            _until_it_rests(file)
            after = (server.cpu_seconds(), server.store_seconds(), cpu_seconds(sealer.pid))
    return Spent(sign_ins, *(later - earlier for later, earlier in zip(after, before, strict=True)))


def proven(folder: Path, events: int) -> Proof:
    """Prove a log of so many events on one core, as whoever holds export, anchors and key does."""
    key = sealing_key.make(folder / "seal.jwk")
    made = generate(folder, events, key)
    command = (sys.executable, "-m", "idp", "audit", "verify", str(made.export), "--anchor", str(made.anchors))
    began = time.monotonic()
    done = subprocess.run(
        ("taskset", "--cpu-list", "0", *command), cwd=ROOT, env=CLEAN, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode or f"{events} events" not in done.stdout:
        raise RuntimeError(f"the log was not proven:\n{done.stdout}{done.stderr}")
    return Proof(events, seconds, done.stdout)


def _sealer(folder: Path, file: Path) -> Launch:
    key = folder / "seal.jwk"
    sealing_key.make(key)
    command = (sys.executable, "-m", "idp", "--config", str(folder / "idp.toml"), "audit", "seal")
    environment = {"IDP_AUDIT__KEY_FILE": str(key), "IDP_AUDIT__ANCHORS": str(file)}
    return Launch(command, ROOT, CPUS, folder / "sealer.log", environment)


def _sign_ins(server: Server, least: int) -> int:
    done = 0
    while done < least:
        load = load_of("code", server, MACHINES)
        assert load is not None
        answered = send(load, server.origin, 5.0, CPUS)
        if not answered.is_good:
            raise RuntimeError(f"a sign-in was answered wrongly: {answered.first_bad or 'lost'}")
        done += answered.good
    return done


def _until_it_rests(file: Path) -> None:
    """Until no anchor has come for a while, and there is one."""
    newest, since = 0, time.monotonic()
    while not newest or time.monotonic() - since < _QUIET_SECONDS:
        found = max(anchors.read(file), default=0) if file.exists() else 0
        if found != newest:
            newest, since = found, time.monotonic()
        time.sleep(0.2)


def _table_of_sealing(spent: Spent) -> Table:
    each = [f"{seconds / spent.sign_ins * 1e6:.0f}" for seconds in (spent.server, spent.stores, spent.sealer)]
    reached = "yes" if spent.share < MOST_SHARE else "no"
    return Table(
        "Sealing the log",
        ("sign-ins", "server CPU µs", "stores' CPU µs", "sealer CPU µs", "sealer's share", "asked", "reached"),
        [(str(spent.sign_ins), *each, f"{spent.share:.1%}", f"< {MOST_SHARE:.0%}", reached)],
        [
            "For each sign-in: a silent round trip (`code`), two workers on PostgreSQL and Redis, the sealer beside them.",
            "The sealer is measured until the last event is sealed, with its looks when there is nothing to seal.",
        ],
    )


def _table_of_proof(proof: Proof) -> Table:
    reached = "yes" if proof.seconds <= MOST_SECONDS else "no"
    return Table(
        "Proving the log",
        ("events", "seconds", "asked", "reached"),
        [(str(proof.events), f"{proof.seconds:.1f}", f"≤ {MOST_SECONDS:.0f}", reached)],
        ["`idp audit verify` with anchors, from its start to its end, on one core."],
    )
