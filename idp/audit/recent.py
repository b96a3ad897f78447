"""Whether the newest part of the log is what was sealed, while it grows: for the auditor at the console, within a second or two.

The whole is proven offline, by `idp audit verify`. What the seal before the first one that is looked at says of earlier ones is
taken from its signature.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from idp.audit.seals import BEGINNING, Seal, digest_of, leaf_of, line_of, read
from idp.audit.verify import Fault, Report
from idp.jose import Key
from idp.ports import StoredSeal

MOST_SEALS = 50
MOST_ANCHORS = 20
MOST_UNSEALED = 5000
"""So many events without a seal are counted; more is told as so many."""
_AT_ONCE = 5000


class Source(Protocol):
    """As much of `ports.AuditLog` as this reads."""

    def last_seal(self) -> StoredSeal | None:
        """The newest seal."""

    def seals_after(self, number: int, limit: int) -> Sequence[StoredSeal]:
        """So many seals behind this one, in their order."""

    def seals_reaching(self, event_id: int) -> Sequence[StoredSeal]:
        """Those with an event behind this number, in their order."""

    def events_after(self, event_id: int, limit: int) -> Sequence[Sequence[object]]:
        """So many events behind this number, ascending."""


@dataclass(slots=True)
class Recent:
    """What was found of the seals from `first` on; `first` is 0 where there is no seal."""

    first: int = 0
    report: Report = field(default_factory=Report)


def check(log: Source, key: Key, most_seals: int = MOST_SEALS, anchors: Mapping[int, str] | None = None) -> Recent:
    """Compare the newest seals with each other, with their events, and with the anchors that somebody kept."""
    newest = log.last_seal()
    found = Recent(0 if newest is None else max(1, newest.number - most_seals + 1))
    _compare_anchors(log, 0 if newest is None else newest.number, anchors or {}, found.report)
    if newest is None:
        return found
    base = _base(log, found.first - 1, key)
    if base is None:
        found.report.tell(Fault.FORGED, f"seal {found.first - 1}")
        return found
    seals = _chain(log, base, key, found.report)
    _compare(log, base, seals, found.report)
    return found


def _compare_anchors(log: Source, newest: int, anchors: Mapping[int, str], report: Report) -> None:
    """The newest of them, each with the seal that it names; only what was compared is told as proven."""
    if anchors and max(anchors) > newest:
        report.tell(Fault.TRUNCATED, f"seal {newest + 1}")
    for number in sorted(each for each in anchors if 0 < each <= newest)[-MOST_ANCHORS:]:
        stored = log.seals_after(number - 1, 1)
        if not stored or stored[0].number != number or digest_of(stored[0].text) != anchors[number]:
            report.tell(Fault.FORGED, f"seal {number}")
            return
        report.anchored = number


@dataclass(frozen=True, slots=True)
class _Base:
    """The seal before the first one that is looked at."""

    number: int
    digest: str
    settled: int
    covered: frozenset[int]
    """Numbers behind `settled` that it, or one before it, holds already."""


def _base(log: Source, number: int, key: Key) -> _Base | None:
    if number == 0:
        return _Base(0, BEGINNING, 0, frozenset())
    stored = log.seals_after(number - 1, 1)
    seal = read(stored[0].text, [key]) if stored and stored[0].number == number else None
    if seal is None:
        return None
    before = [each for each in log.seals_reaching(seal.settled) if each.number <= number]
    known = [found for each in before if (found := read(each.text, [key])) is not None]
    covered = frozenset(event for each in known for event in each.event_ids if event > seal.settled)
    return _Base(number, digest_of(stored[0].text), seal.settled, covered)


def _chain(log: Source, base: _Base, key: Key, report: Report) -> list[Seal]:
    """Those that follow each other from there on."""
    seals: list[Seal] = []
    number, previous = base.number, base.digest
    for stored in log.seals_after(base.number, MOST_SEALS):
        number += 1
        seal, digest = read(stored.text, [key]), digest_of(stored.text)
        if seal is None:
            report.tell(Fault.FORGED, f"seal {number}")
            break
        if (seal.number, seal.previous) != (number, previous):
            report.tell(Fault.UNLINKED, f"seal {number}")
            break
        seals.append(seal)
        previous = digest
    report.seals = len(seals)
    return seals


def _compare(log: Source, base: _Base, seals: list[Seal], report: Report) -> None:
    report.removed = max((each.removed for each in seals), default=0)
    kept = [each for each in seals if each.number > report.removed]
    expected = {event_id: leaf for each in kept for event_id, leaf in each.events}
    gone = {event_id for each in seals if each.number <= report.removed for event_id in each.event_ids}
    settled = seals[-1].settled if seals else base.settled
    last = max([settled, *expected])
    for event_id, line in _lines(log, min([base.settled, *(event - 1 for event in expected)])):
        if event_id > last and report.unsealed >= MOST_UNSEALED:
            break  # while nobody seals they are ever more, and a request waits for this
        leaf = expected.pop(event_id, None)
        report.events += leaf is not None
        if leaf is not None and leaf != leaf_of(line):
            report.tell(Fault.ALTERED, f"event {event_id}")
        elif leaf is None and event_id > base.settled and event_id not in base.covered and event_id not in gone:
            if event_id <= settled:
                report.tell(Fault.ADDED, f"event {event_id}")
            else:
                report.unsealed += 1
    for event_id in sorted(expected):
        report.tell(Fault.MISSING, f"event {event_id}")


def _lines(log: Source, behind: int) -> Iterator[tuple[int, bytes]]:
    while rows := log.events_after(behind, _AT_ONCE):
        for row in rows:
            behind = int(str(row[0]))
            yield behind, line_of(row)
