"""What a run counted, as the tables that `docs/reliability.md` keeps."""

import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.faults.ledger import Fault, Verdict
from tests.faults.line import Traffic
from tests.plugins.running_idp import ROOT


@dataclass
class Report:
    """Rows, in the order in which the tests came by."""

    runs: list[tuple[object, ...]] = field(default_factory=list)
    promises: list[tuple[object, ...]] = field(default_factory=list)
    faults: list[tuple[object, ...]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.runs or self.promises or self.faults)

    def note_run(self, stores: str, done: Counter[str], traffic: Traffic, in_flight: list[int], seconds: float) -> None:
        """One run of the load, what was done to it, and how many requests were in flight at each of these moments."""
        words = ", ".join(f"{times} × {what}" for what, times in done.most_common())
        middle = sorted(in_flight)[len(in_flight) // 2]
        self.runs.append(
            (stores, words, f"{min(in_flight)} / {middle}", traffic.answered, traffic.lost, f"{seconds:.0f} s")
        )

    def note_verdict(self, stores: str, verdict: Verdict) -> None:
        """What came of everything that was acknowledged in it."""
        for kind, count in sorted(verdict.acknowledged.items()):
            if count:
                faults = (verdict.count(kind, fault) for fault in (Fault.LOST, Fault.TWICE))
                self.promises.append((stores, kind, count, verdict.tried_again[kind], *faults))

    def note_fault_point(self, where: str, times: int, outcome: str) -> None:
        """A chosen moment at which a process died, how often, and what came of it."""
        self.faults.append((where, times, outcome))

    def lines(self) -> Iterable[str]:
        """Everything, as Markdown."""
        yield f"Commit {_commit()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."
        yield from _table(
            ("stores", "done to it", "in flight then, least / median", "answered", "answers lost", "time"), self.runs
        )
        yield from _table(("stores", "acknowledged", "how many", "tried again", "lost", "used twice"), self.promises)
        yield from _table(("killed there", "times", "outcome"), self.faults)


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> Iterable[str]:
    if rows:
        yield ""
        for row in (head, ("---",) * len(head), *rows):
            yield f"| {' | '.join(map(str, row))} |"


def _commit() -> str:
    command = ["git", "-c", "safe.directory=*", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
