"""Whether the log is what was sealed: each seal follows the one before it, and each event is there, unchanged, and once.

Needs no database, no network and no secret: the lines of the events, the seals, the public key, and an anchor that was kept
where nobody who could change the log could change it. Without an anchor nobody can say that the newest seals are not cut off.

What left after its time is no fault where a seal says so, and where it was old enough by then; whoever takes something away
without such a seal is told of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.audit.retention import DAY, LEAST_DAYS
from idp.audit.seals import BEGINNING, Seal, digest_of, leaf_of, read
from idp.clock import Instant
from idp.jose import Key

MOST_PROBLEMS = 100
"""Told in one report; the first is what matters."""


class Fault(StrEnum):
    """What is wrong with a record."""

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    """Nobody sealed it, although everything of its time was sealed."""
    DOUBLED = "doubled"
    OUT_OF_ORDER = "out_of_order"
    FORGED = "forged"
    """The seal was not signed by this key."""
    UNLINKED = "unlinked"
    """The seal does not follow the one before it."""
    TRUNCATED = "truncated"
    """An anchor names a later seal than there is."""
    REMOVED_TOO_EARLY = "removed_too_early"
    """A seal says that the events of this one were removed, which the law lets nobody do so soon."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One record that is not as it was sealed; `record` is `event 12` or `seal 3`."""

    fault: Fault
    record: str


@dataclass(slots=True)
class Report:
    """What was found; `problems` in the order of the log."""

    events: int = 0
    seals: int = 0
    unsealed: int = 0
    """Events that are newer than the last seal."""
    anchored: int | None = None
    """Up to this seal an anchor proves that nothing was cut off; None: there was no anchor."""
    removed: int = 0
    """The events of the seals up to this one were removed after their time; 0: none were."""
    removed_at: Instant | None = None
    """When the newest of them were."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.problems

    def tell(self, fault: Fault, record: str) -> None:
        """Add a problem, as long as there are few."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(fault, record))


def verify(
    events: Iterable[tuple[int, bytes]],
    seals: Iterable[str],
    keys: Iterable[Key],
    anchors: Mapping[int, str] | None = None,
) -> Report:
    """Compare them.

    Args:
        events: number and line of each, in the order of the log.
        seals: as they were signed, in their order.
        keys: public keys of the sealer.
        anchors: the digest of a seal by its number.
    """
    report = Report()
    leaves = _leaves(events, report)
    chain = _compare(leaves, seals, list(keys), anchors or {}, report)
    for event_id in leaves:
        if event_id not in chain.covered:
            if event_id <= chain.settled:
                report.tell(Fault.ADDED, f"event {event_id}")
            else:
                report.unsealed += 1
    _look_at_the_end(anchors, report)
    return report


def _leaves(events: Iterable[tuple[int, bytes]], report: Report) -> dict[int, bytes]:
    leaves: dict[int, bytes] = {}
    last = 0
    for event_id, line in events:
        report.events += 1
        if event_id in leaves:
            report.tell(Fault.DOUBLED, f"event {event_id}")
        elif event_id < last:
            report.tell(Fault.OUT_OF_ORDER, f"event {event_id}")
        leaves[event_id] = leaf_of(line)
        last = max(last, event_id)
    return leaves


@dataclass(slots=True)
class _Chain:
    """What the seals say, as far as they follow each other.

    Attributes:
        covered: the numbers of all events that they name.
        latest: for each seal, when the newest of those up to it was sealed: a clock may have been put back.
        problems: with the number of the seal that tells of each.
    """

    report: Report
    covered: set[int] = field(default_factory=set)
    settled: int = 0
    latest: list[Instant] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)

    def add(self, seal: Seal, leaves: Mapping[int, bytes]) -> None:
        """The next one, which follows."""
        self.latest.append(max([seal.sealed_at, *self.latest[-1:]]))
        if seal.removed:
            self._remove(seal)
        for event_id, leaf in seal.events:
            if event_id in self.covered:
                self._tell(seal, Fault.UNLINKED, f"seal {seal.number}")
            self.covered.add(event_id)
            found = leaves.get(event_id)
            if found is None:
                self._tell(seal, Fault.MISSING, f"event {event_id}")
            elif found != leaf:
                self._tell(seal, Fault.ALTERED, f"event {event_id}")
        self.settled = seal.settled

    def tell(self) -> None:
        """All problems but what was removed after its time."""
        for number, problem in self.problems:
            if problem.fault is not Fault.MISSING or number > self.report.removed:
                self.report.tell(problem.fault, problem.record)

    def _remove(self, seal: Seal) -> None:
        if seal.removed >= seal.number:
            self._tell(seal, Fault.UNLINKED, f"seal {seal.number}")
        elif self.latest[seal.removed - 1] > seal.sealed_at - LEAST_DAYS * DAY:
            self._tell(seal, Fault.REMOVED_TOO_EARLY, f"seal {seal.removed}")
        elif seal.removed > self.report.removed:
            self.report.removed, self.report.removed_at = seal.removed, seal.sealed_at

    def _tell(self, seal: Seal, fault: Fault, record: str) -> None:
        self.problems.append((seal.number, Problem(fault, record)))


def _compare(
    leaves: Mapping[int, bytes], seals: Iterable[str], keys: list[Key], anchors: Mapping[int, str], report: Report
) -> _Chain:
    chain, previous = _Chain(report), BEGINNING
    for number, unverified in enumerate(seals, start=1):
        report.seals = number
        seal, digest = read(unverified, keys), digest_of(unverified)
        if seal is None or anchors.get(number, digest) != digest:
            chain.problems.append((number, Problem(Fault.FORGED, f"seal {number}")))
            break
        if (seal.number, seal.previous) != (number, previous):
            chain.problems.append((number, Problem(Fault.UNLINKED, f"seal {number}")))
            break
        chain.add(seal, leaves)
        previous = digest
    chain.tell()
    return chain


def _look_at_the_end(anchors: Mapping[int, str] | None, report: Report) -> None:
    if not anchors:
        return
    newest = max(anchors)
    if newest > report.seals:
        report.tell(Fault.TRUNCATED, f"seal {report.seals + 1}")
    report.anchored = min(newest, report.seals)
