"""How unusual a sign-in is: explained by codes, the same every time, and nothing for what is not known."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clock import Instant
from idp.model.policy import Method
from idp.policy.risk import MANY, SCORES, Circumstances, Reason, Risk, Travel, assess

MIDNIGHT = Instant(20_716 * 86_400 - 8 * 3600)
"""In China."""
NOON = Instant(MIDNIGHT + 12 * 3600)
USUAL = Circumstances(
    at=NOON,
    method=Method.MESSAGE_CODE,
    is_known_device=True,
    is_known_network=True,
    is_known_place=True,
    travel=Travel(0, 60),
    sign_ins=1,
    is_listed=False,
)
UNUSUAL = Circumstances(
    at=MIDNIGHT,
    method=Method.PASSWORD,
    is_known_device=False,
    is_known_network=False,
    is_known_place=False,
    travel=Travel(5000, 60),
    sign_ins=MANY + 1,
    is_listed=True,
)
KNOWN = ("at", "method", "is_known_device", "is_known_network", "is_known_place", "travel", "sign_ins", "is_listed")

maybe = st.none() | st.booleans()
some = st.builds(
    Circumstances,
    at=st.none() | st.integers(0, 2**40).map(Instant),
    method=st.none() | st.sampled_from(Method),
    is_known_device=maybe,
    is_known_network=maybe,
    is_known_place=maybe,
    travel=st.none() | st.builds(Travel, st.floats(0, 20_100), st.integers(-400, 86_400)),
    sign_ins=st.none() | st.integers(0, 100),
    is_listed=maybe,
)


def test_what_is_not_known_scores_nothing() -> None:
    """Mutation: `not known` for `known to be new`, which locks people out for missing data once it decides."""
    assert assess(Circumstances()) == Risk(())
    assert assess(USUAL).score == 0


@pytest.mark.parametrize(
    ("circumstances", "reason"),
    [
        (Circumstances(is_known_device=False), Reason.NEW_DEVICE),
        (Circumstances(is_known_network=False), Reason.NEW_NETWORK),
        (Circumstances(is_known_place=False), Reason.NEW_PLACE),
        (Circumstances(travel=Travel(1001, 3600)), Reason.TOO_FAR_TOO_FAST),
        (Circumstances(travel=Travel(101, 363)), Reason.TOO_FAR_TOO_FAST),
        (Circumstances(travel=Travel(101, 0)), Reason.TOO_FAR_TOO_FAST),
        (Circumstances(travel=Travel(101, -400)), Reason.TOO_FAR_TOO_FAST),
        (Circumstances(sign_ins=MANY + 1), Reason.MANY_SIGN_INS),
        (Circumstances(at=MIDNIGHT), Reason.NIGHT),
        (Circumstances(at=Instant(MIDNIGHT + 5 * 3600 - 1)), Reason.NIGHT),
        (Circumstances(method=Method.PASSWORD), Reason.PASSWORD_ALONE),
        (Circumstances(is_listed=True), Reason.LISTED_NETWORK),
    ],
)
def test_each_reason_has_its_score(circumstances: Circumstances, reason: Reason) -> None:
    """Mutations: the hour in UTC; a reason without a score; seconds for hours; a division by no time at all."""
    assert assess(circumstances) == Risk((reason,))
    assert assess(circumstances).score == SCORES[reason] > 0


@pytest.mark.parametrize(
    "travel",
    [Travel(1000, 3600), Travel(100, 0), Travel(99.9, -300), Travel(101, 364), Travel(20_015, 80_000), Travel(0, 0)],
)
def test_who_can_have_made_it_is_not_too_fast(travel: Travel) -> None:
    """Mutations: no least distance, with which the next town's door of the same carrier is unusual."""
    assert assess(Circumstances(travel=travel)) == Risk(())


@pytest.mark.parametrize("at", [MIDNIGHT - 1, MIDNIGHT + 5 * 3600])
def test_the_night_ends(at: int) -> None:
    assert assess(Circumstances(at=Instant(at))) == Risk(())


def test_many_is_more_than_ten() -> None:
    assert assess(Circumstances(sign_ins=MANY)) == Risk(())


def test_reasons_add_up_to_a_hundred_at_most() -> None:
    assert assess(UNUSUAL) == Risk(tuple(Reason))
    assert assess(UNUSUAL).score == sum(SCORES.values()) == 100
    assert SCORES.keys() == set(Reason)


@given(some, st.sets(st.sampled_from(KNOWN)))
def test_missing_data_adds_no_reason(circumstances: Circumstances, missing: set[str]) -> None:
    """Mutation: `not circumstances.is_known_device`."""
    assert tuple(field.name for field in fields(Circumstances)) == KNOWN
    less = assess(replace(circumstances, **dict.fromkeys(missing, None)))
    assert set(less.reasons) <= set(assess(circumstances).reasons)


@given(some)
def test_a_score_is_from_nothing_to_a_hundred_and_each_reason_stands_once_in_order(
    circumstances: Circumstances,
) -> None:
    risk = assess(circumstances)
    assert 0 <= risk.score <= 100
    assert list(risk.reasons) == [reason for reason in Reason if reason in risk.reasons]
    assert assess(circumstances) == risk


@given(some, st.sampled_from(KNOWN))
def test_a_circumstance_that_is_more_unusual_never_scores_less(circumstances: Circumstances, one: str) -> None:
    """Mutation: reasons that exclude each other, or a score that is taken off for another."""
    usual = replace(circumstances, **{one: getattr(USUAL, one)})
    unusual = replace(circumstances, **{one: getattr(UNUSUAL, one)})
    assert assess(usual).score <= assess(circumstances).score <= assess(unusual).score


@given(st.floats(0, 20_100), st.floats(0, 20_100), st.integers(-400, 86_400), st.integers(-400, 86_400))
def test_farther_in_less_time_is_never_less_unusual(one: float, other: float, soon: int, late: int) -> None:
    """Mutation: kilometres and seconds exchanged."""
    slow, fast = Travel(min(one, other), max(soon, late)), Travel(max(one, other), min(soon, late))
    assert not (slow.is_too_fast and not fast.is_too_fast)


def test_every_reason_stands_in_the_reference_with_its_score() -> None:
    """Mutation: a code that an operator cannot look up."""
    page = (Path(__file__).parents[3] / "docs" / "reference" / "risk.md").read_text("utf-8")
    rows = [tuple(cell.strip(" `") for cell in line.split("|")[1:3]) for line in page.splitlines() if "| `" in line]
    assert rows == [(reason.value, str(SCORES[reason])) for reason in Reason]
