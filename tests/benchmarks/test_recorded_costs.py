"""The record of what operations cost: what passes, what fails with which words, and what a new recording may change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.cost_ratios import Ratios
from tests.benchmarks.recorded_costs import (
    FILE,
    POSTGRESQL,
    SQLITE,
    Entry,
    Record,
    RecordRefusedError,
    Rise,
    Surroundings,
    faults,
    read,
    surroundings,
    updated,
    write,
)

HERE = Surroundings("one", "3.11.7", {"cryptography": "50.0.2"})
ELSEWHERE = Surroundings("another", "3.11.7", {"cryptography": "50.0.2"})
NEWER = Surroundings("one", "3.11.9", {"cryptography": "51.0.0"})
RECORD = Record(HERE, {SQLITE: {"jwks": Entry(0.1, "2026-11-24")}})


def judged(*runs: float, now: Surroundings = HERE) -> list[str]:
    """What is told of runs of these ratios; a run more than these would raise."""
    first, *others = ({"jwks": ratio} for ratio in runs)
    return faults(RECORD, now, SQLITE, first, iter(others).__next__)


def recorded(ratio: float, reason: str = "", old: Record = RECORD, now: Surroundings = HERE) -> Entry:
    return updated(old, now, {SQLITE: {"jwks": ratio}}, "2026-12-01", reason).stores[SQLITE]["jwks"]


@pytest.mark.parametrize(
    ("runs", "passes"),
    [
        ([0.1149], True),  # within the margin: not even measured again
        ([0.0851], True),
        ([0.1151, 0.1151, 0.1151], False),
        ([0.1151, 0.1149], True),  # noise
        ([0.1151, 0.1151, 0.1149], True),
        ([0.200, 0.200, 0.110], True),
        ([0.0849, 0.0849, 0.0849], False),
        ([0.0849, 0.0849, 0.0851], True),
        ([0.116, 0.084], True),  # once above and once below is noise too
    ],
)
def test_what_leaves_the_margin_each_time_to_the_same_side_fails(runs: list[float], passes: bool) -> None:
    """Mutation: a margin of 14 % or 16 %; judge by the first run alone, by the largest ratio, or by rises alone."""
    assert (judged(*runs) == []) is passes


def test_a_failure_says_what_to_do() -> None:
    (told,) = judged(0.13, 0.12, 0.125, now=NEWER)
    for part in (
        "SQLite, jwks: recorded 0.100 times the reference loop on 2026-11-24",
        "measured 3 times, the later ones more thoroughly: 0.130 (+30%), 0.120 (+20%), 0.125 (+25%)",
        'make costs REASON="',
        "since the record: Python 3.11.7 -> 3.11.9",
        "since the record: cryptography 50.0.2 -> 51.0.0",
    ):
        assert part in told
    assert "became cheaper: run `make costs`" in judged(0.05, 0.05, 0.05)[0]


def test_elsewhere_the_margin_is_wider_and_a_fall_is_nobodys_fault() -> None:
    """Mutation: compare processors as closely as calls."""
    assert judged(0.129, now=ELSEWHERE) == []
    assert judged(0.05, now=ELSEWHERE) == []
    assert len(judged(0.131, 0.131, 0.131, now=ELSEWHERE)) == 1
    assert len(judged(0.116, 0.116, 0.116, now=NEWER)) == 1
    assert judged(0.116, now=replace(HERE, python="3.12.0")) == []


@pytest.mark.parametrize(("measured", "word"), [({}, "no such operation"), ({"jwks": 0.1, "new": 1.0}, "not recorded")])
@pytest.mark.parametrize("now", [HERE, ELSEWHERE])
def test_record_and_operations_are_the_same(measured: Ratios, word: str, now: Surroundings) -> None:
    """Mutation: judge only what both sides know."""
    (told,) = faults(RECORD, now, SQLITE, measured, lambda: measured)
    assert word in told
    assert "make costs" in told


def test_a_store_without_a_record_fails() -> None:
    assert len(faults(RECORD, HERE, POSTGRESQL, {"jwks": 0.1}, lambda: {"jwks": 0.1})) == 1


def test_a_rise_is_recorded_with_its_reason_only() -> None:
    """Mutation: write whatever was measured."""
    with pytest.raises(RecordRefusedError, match=r"jwks: 0\.100 -> 0\.116 \(\+16%\)"):
        recorded(0.116)
    risen = recorded(0.116, "keys are now read twice")
    assert risen == Entry(0.116, "2026-12-01", (Rise("2026-12-01", 0.1, 0.116, "keys are now read twice"),))
    again = recorded(0.15, "and thrice", Record(HERE, {SQLITE: {"jwks": risen}}))
    assert [rise.reason for rise in again.rises] == ["keys are now read twice", "and thrice"]


def test_small_rises_without_a_reason_do_not_add_up() -> None:
    """Mutation: write a rise within the margin; two of 14 % would then pass as none."""
    assert recorded(0.114) == Entry(0.1, "2026-11-24")
    assert recorded(0.114, "worth it").ratio == 0.114
    assert recorded(0.104, "noise has no reason") == Entry(0.1, "2026-11-24")


def test_a_gain_is_recorded_and_noise_is_not() -> None:
    assert recorded(0.09) == Entry(0.09, "2026-12-01")
    assert recorded(0.097) == Entry(0.1, "2026-11-24")


def test_a_record_of_another_machine_is_begun_with_a_reason_only() -> None:
    with pytest.raises(RecordRefusedError, match="processor one -> another"):
        recorded(0.1, now=ELSEWHERE)
    assert recorded(0.12, "new machines", now=ELSEWHERE).rises[0].reason == "new machines"


def test_operations_come_and_go() -> None:
    measured: dict[str, Ratios] = {SQLITE: {"new": 1.0}}
    assert updated(RECORD, HERE, measured, "2026-12-01", "").stores == {SQLITE: {"new": Entry(1.0, "2026-12-01")}}


def test_each_kind_of_machine_has_a_record_of_its_own(tmp_path: Path) -> None:
    """Mutations: one takes the place of the other's; whoever has none reads the cheapest; a newer library is another machine."""
    file = tmp_path / "record.json"
    rise = Rise("2026-12-01", 0.1, 0.2, "那就这样")
    there = Record(ELSEWHERE, {SQLITE: {"jwks": Entry(0.2, "2026-12-01", (rise,))}})
    for each in (RECORD, there):
        write(each, file)
    assert (read(HERE, file), read(ELSEWHERE, file)) == (RECORD, there)
    assert read(Surroundings("a third", "3.11.7", {}), file) == replace(there, measured_on=HERE)
    newer = replace(RECORD, measured_on=NEWER)
    write(newer, file)
    assert (read(HERE, file), read(ELSEWHERE, file)) == (newer, there)


def test_the_committed_file_tells_a_reason_for_each_rise(tmp_path: Path) -> None:
    """And is laid out as `make costs` lays it out, so that a review sees what moved and nothing else."""
    machines = [Surroundings(**each["measured_on"]) for each in json.loads(FILE.read_text("utf-8"))]
    records = [read(each) for each in machines]
    for record in records:
        write(record, tmp_path / "record.json")
        assert record.stores.keys() == {SQLITE, POSTGRESQL}
        rises = [rise for entries in record.stores.values() for entry in entries.values() for rise in entry.rises]
        assert all(rise.reason.strip() and rise.after > rise.before for rise in rises)
    assert FILE.read_text("utf-8") == (tmp_path / "record.json").read_text("utf-8")
    assert [each.measured_on for each in records] == machines, "one for each kind"


def test_surroundings_name_the_processor_and_each_library() -> None:
    now = surroundings()
    assert now.processor
    assert all(now.libraries.values())
    assert {"cryptography", "OpenSSL", "SQLite", "sqlalchemy"} <= now.libraries.keys()
    assert now.changes(now) == []
