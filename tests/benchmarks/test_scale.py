"""What `make scale` measures and tells: the whole of it on cities of a few people, and its parts."""

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.benchmarks import generated_kept, scale, scale_search
from tests.benchmarks.generated_kept import Kept
from tests.benchmarks.scale_cpu import Microseconds, used
from tests.benchmarks.scale_import import Imported, import_table, imported
from tests.benchmarks.scale_operations import Operation, Question
from tests.benchmarks.scale_search import Waited, search_table
from tests.benchmarks.scale_slices import Measured, Plan, Size, WrongAnswer, measured

NOTHING = Microseconds(0, 0, 0)
UNSTORED = "client_credentials opaque"
"""Asks no database: the clients are known, and of the token nothing is stored."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the user that PostgreSQL runs as can get to, other than in pytest's own folder."""
    made = Path(tempfile.mkdtemp(prefix="yizheng-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize(("store", "sizes"), [("sqlite", (30, 60)), ("postgresql", (30,))])
def test_every_operation_is_measured(store: str, sizes: tuple[int, ...], folder: Path) -> None:
    """Mutation: leave one process out of the account, or leave a copy behind."""
    result = measured(store, Plan(sizes, rounds=1, seconds=0.01, kept=Kept(folder)))
    assert len(result.operations) >= 9
    for name, by_size in result.operations.items():
        for people in sizes:
            assert by_size[people].ours > 1, name
            assert (by_size[people].serving > 1) == (store == "postgresql" and name != UNSTORED), name
    assert sorted(path.name for path in folder.glob("*/*")) == sorted(f"{store}-{people}" for people in sizes)
    assert len(result.searches) == 5
    assert all(by_size[people].draws >= 20 for by_size in result.searches.values() for people in sizes)


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_an_import_and_the_sign_in_after_it_are_measured(store: str, folder: Path) -> None:
    """Mutation: the server's part of an import left out of the rate."""
    result = imported(store, 40, Plan((30,), rounds=1, seconds=0.01, kept=Kept(folder)))
    assert (result.rows, result.spent.ours > 1, result.seconds > 0) == (40, True, True)
    assert (result.spent.serving > 1) == (store == "postgresql")
    assert result.before.ours > 1
    assert result.after.ours > 1
    told = import_table(store, result).markdown()
    assert "rows/s per core" in told
    assert "sign-in afterwards / before" in told


def test_a_city_is_generated_once_and_each_run_finds_it_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: measure on what is kept. Refreshed families would refuse the first refresh token of the next run."""
    plan = Plan((30,), rounds=1, seconds=0.01, kept=Kept(folder))
    measured("sqlite", plan)
    monkeypatch.delattr(generated_kept, "_generate")
    assert measured("sqlite", plan).operations["refresh"][30].ours > 1


def test_what_another_generator_made_is_removed(folder: Path) -> None:
    old = folder / "0001-000000000000" / "sqlite-30"
    old.mkdir(parents=True)
    with Kept(folder).copy("sqlite", 30):
        assert not old.exists()


def test_a_city_that_does_not_fit_is_refused_before_anything_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10_000))
    with pytest.raises(SystemExit, match="are needed"), Kept(folder).copy("sqlite", 30):
        pass
    assert not list(folder.glob("*/*"))


def test_a_city_that_fits_but_once_is_measured_and_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: fill the disk."""
    free = iter([10**9, 10_000])
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=next(free)))
    with Kept(folder).copy("sqlite", 30) as opened:
        assert [path.name for path in folder.glob("*/*")] == [opened.folder.name]
    assert not list(folder.glob("*/*"))


@pytest.mark.parametrize("outcome", ["another", AssertionError("503")])
def test_a_wrong_answer_ends_it(outcome: object) -> None:
    def ask() -> object:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    size = Size(1, cast("Any", None), None, random.Random(1), cast("Any", None))
    with pytest.raises(WrongAnswer, match="refresh"):
        size.slice("refresh", lambda _: Question(ask, lambda answer: answer == "right"), 0)


def test_a_wrong_answer_is_told_to_whoever_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> Measured:
        raise WrongAnswer("refresh")

    monkeypatch.setattr(scale, "measured", wrong)
    assert scale.main([]) == 1


def test_asking_is_measured_and_nothing_else() -> None:
    """Mutation: count the preparation or the check in."""

    def work(_: object = None) -> bool:
        return sum(range(100_000)) > 0

    def prepared(_: object) -> Question:
        work()
        return Question(lambda: True, work)

    size = Size(100, cast("Any", None), None, random.Random(1), cast("Any", None))
    assert size.slice("nothing", prepared, 0).ours * 20 < size.slice("work", lambda _: Question(work, bool), 0).ours


def test_the_first_round_is_thrown_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: Counter[str] = Counter()

    def taken(_: Size, name: str, _operation: Operation, _seconds: float) -> Microseconds:
        rounds[name] += 1
        return Microseconds(10_000 if rounds[name] == 1 else rounds[name], 0, 0)

    monkeypatch.setattr(Size, "slice", taken)
    result = measured("sqlite", Plan((30,), rounds=2, seconds=0.01, kept=Kept(folder)))
    assert {by_size[30].ours for by_size in result.operations.values()} == {2.5}


def test_cpu_time_is_our_own() -> None:
    before = used(None)
    assert sum(range(1_000_000)) > 0
    spent = used(None).since(before)
    assert spent.ours > 1_000
    assert spent._replace(ours=0) == NOTHING


def test_the_table_tells_growth_and_who_missed_the_target() -> None:
    calm = {1_000: Microseconds(60, 40, 9), 100_000: Microseconds(61, 41, 9), 1_000_000: Microseconds(70, 60, 9)}
    steep = {**calm, 100_000: Microseconds(80, 52, 9)}
    table = scale.table_of(
        "postgresql", Measured({"calm": calm, "steep": steep}, {1_000: 1.0, 1_000_000: 9.0} | {100_000: 3.0})
    )
    assert table.rows == [
        ("calm", "100 (60 + 40)", "102 (61 + 41)", "130 (70 + 60)", "1.02x", "1.30x", "met"),
        ("steep", "100 (60 + 40)", "132 (80 + 52)", "130 (70 + 60)", "1.32x", "1.30x", "**missed**"),
    ]
    assert "1,000: 1, 100,000: 3, 1,000,000: 9" in table.notes[1]


def test_the_search_table_tells_who_waits_too_long() -> None:
    """Mutation: the median is held against the target."""
    swift, slow = {1_000: Waited(1.0, 2.5, 40), 2_000_000: Waited(2.0, 3.0, 30)}, {1_000: Waited(9.0, 200.1, 25)}
    table = search_table("postgresql", {"phone": swift, "name": slow | {2_000_000: Waited(9.0, 10.0, 25)}})
    assert table.rows == [
        ("phone", "1.0, 2.5", "2.0, 3.0", "met"),
        ("name", "9.0, 200.1", "9.0, 10.0", "**missed**"),
    ]
    assert "25 draws" in table.notes[0]
    assert "1,000: 110, 2,000,000: 100,000" in table.notes[1]


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_city_may_be_made_to_be_searched_alone(store: str, folder: Path) -> None:
    """Mutation: one that is not whole is taken for one that is."""
    result = measured(store, Plan((30,), rounds=1, seconds=0.01, kept=Kept(folder, is_whole=False)))
    assert (result.operations, len(result.searches)) == ({}, 5)
    assert [path.name for path in folder.glob("*/*")] == [f"{store}-30-to-find"]


def test_who_is_found_in_another_s_place_ends_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: whoever is found is right."""
    monkeypatch.setattr(scale_search, "COMMON_YEAR", 1991)
    with pytest.raises(WrongAnswer, match="the most common name among 30"):
        measured("sqlite", Plan((30,), rounds=1, seconds=0.01, kept=Kept(folder)))


def test_ten_million_are_added_where_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plans: list[tuple[str, Plan]] = []

    def note(store: str, plan: Plan) -> Measured:
        plans.append((store, plan))
        return Measured(
            {"refresh": {people: Microseconds(5, 0, 0) for people in plan.sizes}},
            dict.fromkeys(plan.sizes, 0.0),
            {"phone": {people: Waited(1.0, 2.0, 20) for people in plan.sizes}},
        )

    monkeypatch.setenv("SCALE", "10000000")
    monkeypatch.setattr(scale, "measured", note)
    monkeypatch.setattr(scale, "FOLDER", tmp_path)
    one = Microseconds(1, 0, 0)
    monkeypatch.setattr(scale, "imported", lambda _store, rows, _plan: Imported(rows, one, 1.0, one, one))
    assert scale.main([]) == 0
    assert [(store, list(plan.sizes)) for store, plan in plans] == [
        (store, [1_000, 100_000, 1_000_000, 10_000_000]) for store in ("sqlite", "postgresql")
    ]
    told, kept = capsys.readouterr().out, (tmp_path / "scale.md").read_text("utf-8")
    assert [line for line in told.splitlines() if line] == [line for line in kept.splitlines() if line]
