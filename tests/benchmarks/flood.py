"""A flood of logins: what /token and /jwks feel of it, what the offenders are told, and how much memory it takes.

`python -m tests.benchmarks.flood [--quick]` prints the tables; `make bench` calls `run` at its end.
"""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median, quantiles

from tests.benchmarks import password_logins
from tests.benchmarks.flood_city import PASSWORD, STORES, Place, place
from tests.benchmarks.flood_http import Line
from tests.benchmarks.flood_visitors import at_password
from tests.benchmarks.report import Table
from tests.plugins.running_idp import ROOT

AT_ONCE = 64
PAUSES = {"a crowd": 0.05, "without a pause": 0.0}
"""Seconds between an answer and the next post of each of them: a crowd posts some 20 times as often as can be hashed; who
never pauses fills the machine with whatever it answers, and shares it with us."""
PEOPLE = 200
TARGET = 2.0
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Flood:
    """One flood: the probe's times before, during and after it, the answers, and the memory in megabytes."""

    before: Times
    during: Times
    after: Times
    outcomes: dict[str, int]
    seconds: float
    memory: tuple[float, float, float]

    def ratio(self, endpoint: str) -> float:
        """The p99 during the flood over the one before."""
        return p99(self.during[endpoint]) / p99(self.before[endpoint])


def p99(times: list[float]) -> float:
    """The time that one in a hundred exceeds."""
    return quantiles(times, n=100, method="inclusive")[98]


def ammunition(where: Place) -> list[bytes]:
    """Posts of passwords from the page that asks for them: wrong ones, those of people nobody knows, right ones."""
    with Line(where.idp.issuer) as line:
        shots = []
        for number, phone in enumerate(where.phones):
            shots.append(at_password(line, phone).send(password=PASSWORD if number % 2 else "not their password"))
            if number % 2:
                shots.append(at_password(line, f"135{number:08}").send(password="whose is it"))
    return shots


def flooded(where: Place, shots: list[bytes], seconds: float, pause: float) -> Flood:
    """Probe, probe under the flood, probe again."""
    memory = [where.megabytes()]
    before = _probed(where, seconds)
    order = {
        "issuer": where.idp.issuer,
        "seconds": seconds + 2,
        "at_once": AT_ONCE,
        "pause": pause,
        "requests": [shot.hex() for shot in shots],
    }
    with ThreadPoolExecutor(1) as beside:
        offenders = beside.submit(_program, "flood_offenders", json.dumps(order))
        time.sleep(1.5)
        during = _probed(where, seconds)
        memory.append(where.megabytes())
        outcomes: dict[str, int] = json.loads(offenders.result())
    time.sleep(1)
    memory.append(where.megabytes())
    after = _probed(where, seconds)
    return Flood(before, during, after, outcomes, seconds + 2, (memory[0], memory[1], memory[2]))


def run(quick: bool) -> list[Table]:
    """All tables; an answer that nobody may get under a flood is an error."""
    seconds, rounds = (3.0, 3) if quick else (10.0, 5)
    floods: dict[str, list[Flood]] = {}
    logins: dict[str, list[password_logins.Round]] = {}
    for stores in STORES:
        with place(stores, PEOPLE) as where:
            logins[stores] = password_logins.measure(where, rounds, seconds / 4)
            shots = ammunition(where)
            kinds = {"a crowd": PAUSES["a crowd"]} if quick else PAUSES
            for kind, pause in kinds.items():
                floods[f"{stores}, {kind}"] = [flooded(where, shots, seconds, pause) for _ in range(3)]
    unexpected = {name for each in floods.values() for one in each for name in one.outcomes if "unexpected" in name}
    if unexpected:
        raise RuntimeError(f"a flood was told what it must not be told: {', '.join(sorted(unexpected))}")
    return [password_logins.table(logins), felt(floods), told(floods)]


def felt(floods: dict[str, list[Flood]]) -> Table:
    """What the others felt: medians over the floods."""
    rows = []
    for stores, each in floods.items():
        for endpoint in each[0].before:
            times = [
                f"{median(how(getattr(flood, when)[endpoint]) for flood in each):.1f}"
                for when in ("before", "during", "after")
                for how in (median, p99)
            ]
            ratios = sorted(flood.ratio(endpoint) for flood in each)
            told_ratios = f"{median(ratios):.2f}x ({ratios[0]:.2f}-{ratios[-1]:.2f})"
            rows.append((stores, endpoint, *times, told_ratios))
    columns = (
        "stores, flood",
        "endpoint",
        "before p50 ms",
        "p99",
        "during p50",
        "p99",
        "after p50",
        "p99",
        "p99 during/before",
    )
    return Table(
        f"What others feel while {AT_ONCE} at once post passwords",
        columns,
        rows,
        [
            f"Target: at most {TARGET:.1f}x under a crowd: each pauses for {PAUSES['a crowd'] * 1000:.0f} ms after an answer.",
            "Server, database, offenders and probe share the machine's cores.",
            "How late one is who only sleeps is the machine's own share, and a question takes five such waits.",
        ],
    )


def told(floods: dict[str, list[Flood]]) -> Table:
    """What the offenders were told, a second, and the memory of the server."""
    kinds = sorted({kind for each in floods.values() for flood in each for kind in flood.outcomes})
    rows = []
    for stores, each in floods.items():
        seconds = sum(flood.seconds for flood in each)
        answers = [f"{sum(flood.outcomes.get(kind, 0) for flood in each) / seconds:.1f}" for kind in kinds]
        first, last = each[0].memory[0], each[-1].memory[2]
        rows.append((stores, *answers, f"{first:.0f}", f"{max(flood.memory[1] for flood in each):.0f}", f"{last:.0f}"))
    columns = ("stores, flood", *(f"{kind} /s" for kind in kinds), "memory before MB", "most during", "after")
    return Table("What the offenders are told, and what it costs in memory", columns, rows)


def _probed(where: Place, seconds: float) -> Times:
    times: Times = json.loads(_program("flood_probe", "", where.idp.issuer, str(seconds)))
    return times


def _program(module: str, order: str, *arguments: str) -> str:
    """What a program beside us prints: its work must not wait for ours."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=order, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


if __name__ == "__main__":
    for each in run("--quick" in sys.argv):
        print(each.markdown())
