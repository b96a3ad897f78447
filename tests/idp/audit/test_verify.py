"""Whatever is done to one record of a sealed log is named (threat M11): altered, taken out, put in, exchanged, cut off."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.audit.seals import BEGINNING, Seal, digest_of, leaf_of, line_of, ranges_of, read, write
from idp.audit.verify import Fault, verify
from idp.clock import Instant
from idp.jose import Key, generate, import_private, thumbprint

NOW = Instant(1_800_000_000)


def new_key() -> Key:
    private_jwk = generate("ES256")
    return import_private(thumbprint(private_jwk), "ES256", private_jwk)


KEY, OTHER_KEY = new_key(), new_key()


class Log(NamedTuple):
    events: list[tuple[int, bytes]]
    seals: list[str]

    @property
    def anchors(self) -> dict[int, str]:
        return {number: digest_of(seal) for number, seal in enumerate(self.seals, start=1)}

    def problem(self, **changes: object) -> tuple[Fault, str] | None:
        """The first one."""
        told = {"anchors": self.anchors, **self._asdict(), **changes}
        report = verify(told["events"], told["seals"], [KEY], told["anchors"])
        return (report.problems[0].fault, report.problems[0].record) if report.problems else None


def log_of(batches: list[list[int]]) -> Log:
    """Events of these numbers, sealed batch by batch."""
    events = {
        number: line_of([number, "audit", "session.signed_in", NOW, f"outcome of {number}"])
        for batch in batches
        for number in batch
    }
    seals: list[str] = []
    previous, settled, seen = BEGINNING, 0, set[int]()
    for number, batch in enumerate(batches, start=1):
        seen.update(batch)
        rest = [each for each in events if each not in seen]
        settled = max(settled, min([*rest, max(seen) + 1]) - 1)
        leaves = b"".join(leaf_of(events[each]) for each in sorted(batch))
        seal = Seal(
            number=number,
            previous=previous,
            settled=settled,
            ranges=ranges_of(sorted(batch)),
            leaves=leaves,
            sealed_at=NOW,
        )
        seals.append(write(seal, KEY))
        previous = digest_of(seals[-1])
    return Log(sorted(events.items()), seals)


LOG = log_of([[1, 2, 3], [4, 6], [5, 8, 9], [10]])
"""7 was rolled back; 5 was committed after 6 was sealed."""


@st.composite
def logs(draw: st.DrawFn) -> Log:
    numbers = draw(st.lists(st.integers(1, 60), min_size=2, max_size=25, unique=True))
    cuts = sorted(draw(st.sets(st.integers(1, len(numbers) - 1), max_size=4)))
    borders = [0, *cuts, len(numbers)]
    return log_of([numbers[a:b] for a, b in pairwise(borders)])


@settings(max_examples=60, deadline=None)
@given(logs(), st.data())
def test_whatever_is_done_to_one_event_is_named(log: Log, data: st.DataObject) -> None:
    """Mutations: a leaf is not compared; what nobody sealed is taken for new; a number twice is passed over."""
    assert log.problem() is None
    place = data.draw(st.integers(0, len(log.events) - 1))
    number, line = log.events[place]
    before, behind = log.events[:place], log.events[place + 1 :]
    assert log.problem(events=[*before, (number, line + b" "), *behind]) == (Fault.ALTERED, f"event {number}")
    assert log.problem(events=[*before, *behind]) == (Fault.MISSING, f"event {number}")
    assert log.problem(events=[*before, (number, line), (number, line), *behind]) == (Fault.DOUBLED, f"event {number}")
    if behind:
        swapped = [*before, behind[0], (number, line), *behind[1:]]
        assert log.problem(events=swapped) == (Fault.OUT_OF_ORDER, f"event {number}")
    gaps = set(range(1, log.events[-1][0])) - {each for each, _ in log.events}
    for added in sorted(gaps)[:1]:
        put_in = sorted([*log.events, (added, b"forged")])
        assert log.problem(events=put_in) == (Fault.ADDED, f"event {added}")


@settings(max_examples=30, deadline=None)
@given(logs(), st.data())
def test_whatever_is_done_to_one_seal_is_named(log: Log, data: st.DataObject) -> None:
    """Mutations: the chain is not followed; the signature is not looked at; the end may be cut off."""
    place = data.draw(st.integers(0, len(log.seals) - 1))
    before, seal, behind = log.seals[:place], log.seals[place], log.seals[place + 1 :]
    told = read(seal, [KEY])
    assert told is not None
    assert log.problem(seals=[*before, *behind]) is not None
    assert log.problem(seals=[*before, write(told, OTHER_KEY), *behind]) == (Fault.FORGED, f"seal {place + 1}")
    resealed = write(replace(told, sealed_at=Instant(NOW + 1)), KEY)
    assert log.problem(seals=[*before, resealed, *behind]) == (Fault.FORGED, f"seal {place + 1}"), (
        "the anchor knows better"
    )
    if behind:
        assert log.problem(seals=[*before, resealed, *behind], anchors=None) == (Fault.UNLINKED, f"seal {place + 2}")


def test_a_tail_that_is_cut_off_is_proven_by_an_anchor_alone() -> None:
    """Mutation: without an anchor the tail is said to be whole."""
    cut = Log([each for each in LOG.events if each[0] < 10], LOG.seals[:-1])
    with_anchor = verify(cut.events, cut.seals, [KEY], LOG.anchors)
    assert [(each.fault, each.record) for each in with_anchor.problems] == [(Fault.TRUNCATED, "seal 4")]
    without = verify(cut.events, cut.seals, [KEY])
    assert (without.is_whole, without.anchored) == (True, None)
    whole = verify(LOG.events, LOG.seals, [KEY], LOG.anchors)
    assert (whole.is_whole, whole.anchored, whole.events, whole.seals, whole.unsealed) == (True, 4, 9, 4, 0)


def test_what_is_newer_than_the_last_seal_is_counted() -> None:
    report = verify([*LOG.events, (11, b"new"), (12, b"newer")], LOG.seals, [KEY], LOG.anchors)
    assert (report.is_whole, report.unsealed) == (True, 2)


def removal_of(log: Log, removed: int, *, after_days: int, key: Key = KEY) -> Log:
    """What is left once the events of the oldest seals went, and a seal says so."""
    gone = {number for seal in log.seals[:removed] for number in _told(seal).event_ids}
    last = _told(log.seals[-1])
    said = replace(
        last,
        number=last.number + 1,
        previous=digest_of(log.seals[-1]),
        ranges=(),
        leaves=b"",
        sealed_at=Instant(NOW + after_days * 86_400),
        removed=removed,
    )
    return Log([each for each in log.events if each[0] not in gone], [*log.seals, write(said, key)])


def _told(seal: str) -> Seal:
    told = read(seal, [KEY])
    assert told is not None
    return told


@settings(max_examples=40, deadline=None)
@given(logs(), st.data())
def test_what_a_seal_says_is_removed_may_be_missing_and_nothing_else(log: Log, data: st.DataObject) -> None:
    """Mutations: everything before the newest removed is excused; a removal by another key is believed."""
    removed = data.draw(st.integers(1, len(log.seals)))
    left = removal_of(log, removed, after_days=183)
    assert left.problem() is None
    report = verify(left.events, left.seals, [KEY])
    assert (report.removed, report.removed_at) == (removed, NOW + 183 * 86_400)
    if left.events:
        number, line = data.draw(st.sampled_from(left.events))
        others = [each for each in left.events if each[0] != number]
        assert left.problem(events=others) == (Fault.MISSING, f"event {number}")
        assert left.problem(events=sorted([*others, (number, line + b" ")])) == (Fault.ALTERED, f"event {number}")
    forged = removal_of(log, removed, after_days=183, key=OTHER_KEY)
    report = verify(forged.events, forged.seals, [KEY])
    assert (report.problems[0].fault, report.removed) == (Fault.MISSING, 0)
    assert report.problems[-1].fault is Fault.FORGED


def test_what_was_removed_before_the_law_lets_it_go_is_named() -> None:
    """Mutation: whoever holds the key may say anything."""
    early = removal_of(LOG, 2, after_days=182)
    report = verify(early.events, early.seals, [KEY])
    assert [(each.fault, each.record) for each in report.problems] == [
        *((Fault.MISSING, f"event {number}") for number in (1, 2, 3, 4, 6)),
        (Fault.REMOVED_TOO_EARLY, "seal 2"),
    ]
    itself = removal_of(LOG, 5, after_days=300)
    problem = verify(itself.events, itself.seals, [KEY]).problems[-1]
    assert (problem.fault, problem.record) == (Fault.UNLINKED, "seal 5")


@pytest.mark.parametrize("seal", ["", "a.b.c", "x" * 100, LOG.seals[0][:-2], LOG.seals[0].replace(".", "..", 1)])
def test_what_is_no_seal_is_forged(seal: str) -> None:
    assert LOG.problem(seals=[seal, *LOG.seals[1:]]) == (Fault.FORGED, "seal 1")


def test_a_seal_with_too_few_digests_is_none() -> None:
    """Mutation: the last events of a seal are covered by nothing."""
    seal = read(LOG.seals[0], [KEY])
    assert seal is not None
    assert read(write(replace(seal, leaves=seal.leaves[:-16]), KEY), [KEY]) is None
    assert list(seal.event_ids) == [1, 2, 3]


@pytest.mark.parametrize(
    "typed", ["a\r\nb", "\x1b[2J", "\x9b2J", "\u202ea", "\u2028", '"],[', "=cmd|' /C calc'!A1", "\ud7ff"]
)
def test_nothing_typed_makes_a_line_or_moves_the_cursor(typed: str) -> None:
    """Threat M10: one record for an event. Red when characters beyond ASCII, or control characters, stay as they are."""
    line = line_of([1, "audit", "session.signed_in", NOW, typed]).decode()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)[-1] == typed
