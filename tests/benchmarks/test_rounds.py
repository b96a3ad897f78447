"""The arithmetic of a measurement, without any load: order, warm-up, medians, ratios, and what one bad answer does."""

from dataclasses import replace

import pytest

from tests.benchmarks.rounds import FULL, QUICK, Figures, Key, Measure, Pace, Row, Spent, interleaved, row_of, times
from tests.benchmarks.wrk import Answered

ANSWERED = Answered(good=1000, bad=0, lost=0, seconds=2.0, p50_ms=1.5, p99_ms=9.0, first_bad="", busy=0.5)
SPENT = Spent(server=0.25, stores=0.05)
ASKED = ("code", "ours")


def window(good: int) -> tuple[Answered, Spent]:
    return replace(ANSWERED, good=good), SPENT


def figures_of(row: Row) -> Figures:
    assert row.figures is not None, row.fault
    return row.figures


def test_each_repetition_visits_everybody_before_the_next_begins() -> None:
    """Mutation: one server after the other, so that a noisy minute strikes one alone."""
    visits: list[tuple[Key, float]] = []

    def of(key: Key) -> Measure:
        def measure(seconds: float) -> tuple[Answered, Spent]:
            visits.append((key, seconds))
            return window(1000)

        return measure

    keys = [("jwks", "ours"), ("jwks", "peer"), ("code", "ours"), ("code", "peer")]
    interleaved({key: of(key) for key in keys}, Pace(window=2.0, warm_up=0.5, repetitions=3))
    assert visits == [*((key, 0.5) for key in keys), *((key, 2.0) for key in keys * 3)]


def test_what_a_server_does_not_have_is_asked_once_and_has_no_row() -> None:
    asked: list[float] = []
    assert interleaved({ASKED: asked.append}, QUICK) == {}
    assert asked == [QUICK.warm_up]


def test_the_warm_up_is_thrown_away_and_the_median_counts() -> None:
    """Mutation: the mean, or the first window among the others."""
    row = row_of([window(9_999_999), window(1000), window(3000), window(1400)])
    assert figures_of(row).rate == 700.0


@pytest.mark.parametrize("pace", [QUICK, FULL])
def test_medians_are_of_three_at_least(pace: Pace) -> None:
    assert pace.repetitions >= 3


def test_time_is_told_for_each_good_answer() -> None:
    found = figures_of(row_of([window(1), window(1000)]))
    assert (found.cpu_us, found.stores_us) == (250.0, 50.0)
    assert (found.p50_ms, found.p99_ms, found.load_busy) == (1.5, 9.0, 0.5)


@pytest.mark.parametrize("wrong", [replace(ANSWERED, bad=1, first_bad="500 oops"), replace(ANSWERED, lost=1)])
@pytest.mark.parametrize("position", [0, 2])
def test_one_bad_answer_takes_all_figures(wrong: Answered, position: int) -> None:
    """Also in the warm-up. Mutation: count only the good ones."""
    windows = [window(1000) for _ in range(4)]
    windows[position] = (wrong, SPENT)
    row = row_of(windows)
    assert row.figures is None
    assert "1 of 4001" in row.fault
    assert (wrong.first_bad or "lost") in row.fault


def test_silence_is_no_figure() -> None:
    row = row_of([window(0), window(1000), window(0)])
    assert row.figures is None
    assert row.fault


def test_a_ratio_is_told_with_two_digits() -> None:
    assert times(1520.0, 1000.0) == "1.52x"
    assert times(1.0, 3.0) == "0.33x"
