"""The newest part of the log is proven while it grows: whatever was done to it is named, and nothing else is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest

from idp.audit.recent import check
from idp.audit.seals import BEGINNING, Seal, digest_of, leaf_of, line_of, ranges_of, write
from idp.audit.verify import Fault
from idp.clock import Instant
from idp.jose import Key
from idp.ports import StoredSeal
from tests.idp.audit.test_verify import KEY, OTHER_KEY

SEALS = 6


@dataclass
class Shown:
    """The log as whoever may change everything shows it: two events a seal, then a number that was rolled back."""

    seals: list[StoredSeal]
    rows: dict[int, list[object]]

    def last_seal(self) -> StoredSeal | None:
        return self.seals[-1] if self.seals else None

    def seals_after(self, number: int, limit: int) -> Sequence[StoredSeal]:
        return [each for each in self.seals if each.number > number][:limit]

    def seals_reaching(self, event_id: int) -> Sequence[StoredSeal]:
        return [each for each in self.seals if each.last_event > event_id]

    def events_after(self, event_id: int, limit: int) -> Sequence[Sequence[object]]:
        return [self.rows[each] for each in sorted(self.rows) if each > event_id][:limit]


def row(event_id: int) -> list[object]:
    return [event_id, "audit", "session.signed_in", 1_790_000_000, "ok"]


@pytest.fixture
def log() -> Shown:
    shown, previous = Shown([], {}), BEGINNING
    for number in range(1, SEALS + 1):
        ids = [3 * number - 2, 3 * number - 1]
        shown.rows |= {each: row(each) for each in ids}
        seal = Seal(
            number=number,
            previous=previous,
            settled=3 * number - 3,  # what came late is settled by the next one
            ranges=ranges_of(ids),
            leaves=b"".join(leaf_of(line_of(row(each))) for each in ids),
            sealed_at=Instant(1_790_000_000 + number),
        )
        text = write(seal, KEY)
        shown.seals.append(StoredSeal(number=number, text=text, last_event=ids[-1], sealed_at=seal.sealed_at))
        previous = digest_of(text)
    shown.rows[99] = row(99)
    return shown


def faults(
    log: Shown, most: int = 3, anchors: Mapping[int, str] | None = None, key: Key = KEY
) -> list[tuple[Fault, str]]:
    return [(each.fault, each.record) for each in check(log, key, most, anchors).report.problems]


@pytest.mark.parametrize("most", [1, 3, 5, 6, 50])
def test_what_was_not_touched_is_whole(log: Shown, most: int) -> None:
    """Mutations: it begins at the wrong seal; what those before hold is taken for added; what is new is a fault."""
    looked_at = min(most, SEALS)
    found = check(log, KEY, most, {2: digest_of(log.seals[1].text), 6: digest_of(log.seals[5].text)})
    assert found.report.problems == []
    assert (found.first, found.report.seals, found.report.events) == (7 - looked_at, looked_at, 2 * looked_at)
    assert (found.report.unsealed, found.report.anchored) == (1, 6)


def test_without_a_seal_nothing_is_proven(log: Shown) -> None:
    """Mutations: an anchor of seals that somebody took away is passed over."""
    empty = Shown([], log.rows)
    assert check(empty, KEY).first == 0
    assert faults(empty, anchors={6: "f" * 64}) == [(Fault.TRUNCATED, "seal 1")]


def test_what_an_anchor_proves_was_compared(log: Shown) -> None:
    """Mutation: an anchor that is older than what is looked at counts, whatever it says."""
    first = digest_of(log.seals[0].text)
    assert check(log, KEY, 2, {1: first}).report.anchored == 1
    assert faults(log, 2, {1: "f" * 64}) == [(Fault.FORGED, "seal 1")]
    assert check(log, KEY, 2, {1: "f" * 64}).report.anchored is None
    assert faults(log, 2, {4: "f" * 64}) == [(Fault.FORGED, "seal 4")]


def altered(log: Shown) -> None:
    log.rows[14][4] = "denied"


def taken(log: Shown) -> None:
    del log.rows[14]


def added(log: Shown) -> None:
    log.rows[12] = row(12)


def moved(log: Shown) -> None:
    log.rows[14], log.rows[13] = [14, *log.rows[13][1:3], 7, "ok"], log.rows[13]


@pytest.mark.parametrize(
    ("do", "named"),
    [
        (altered, (Fault.ALTERED, "event 14")),
        (taken, (Fault.MISSING, "event 14")),
        (added, (Fault.ADDED, "event 12")),
        (moved, (Fault.ALTERED, "event 14")),
    ],
)
@pytest.mark.parametrize("most", [2, 6])
def test_an_event_is_named(log: Shown, most: int, do: Callable[[Shown], None], named: tuple[Fault, str]) -> None:
    """Mutations: leaves are not compared; what is gone is not missed; what nobody sealed is passed over."""
    do(log)
    assert faults(log, most) == [named]


def test_a_seal_is_named(log: Shown) -> None:
    """Mutations: any key will do; seals need not follow each other; an anchor is not looked at."""
    assert faults(log, key=OTHER_KEY) == [(Fault.FORGED, "seal 3")], "the one before those that are looked at"
    assert faults(log, 6, key=OTHER_KEY)[0] == (Fault.FORGED, "seal 1")
    assert faults(log, anchors={6: "f" * 64})[0] == (Fault.FORGED, "seal 6")
    assert (Fault.TRUNCATED, "seal 7") in faults(log, anchors={9: "f" * 64})
    del log.seals[4]
    assert faults(log)[0] == (Fault.UNLINKED, "seal 5")
