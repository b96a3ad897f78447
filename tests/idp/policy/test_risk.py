"""How unusual a sign-in is: explained by codes, the same every time, and nothing for what is not known."""

from itertools import product
from pathlib import Path

import pytest

from idp.clock import Instant
from idp.model.policy import Method
from idp.policy.risk import SCORES, Circumstances, Reason, Risk, assess

MIDNIGHT = Instant(20_716 * 86_400 - 8 * 3600)
"""In China."""
NOON = Instant(MIDNIGHT + 12 * 3600)


def test_what_is_not_known_scores_nothing() -> None:
    """Mutation: `not known` for `known to be new`, which locks people out for missing data once it decides."""
    assert assess(Circumstances()) == Risk(())
    assert assess(Circumstances(at=NOON, method=Method.MESSAGE_CODE, is_known_device=True, is_listed=False)).score == 0


@pytest.mark.parametrize(
    ("circumstances", "reason"),
    [
        (Circumstances(is_known_device=False), Reason.NEW_DEVICE),
        (Circumstances(at=MIDNIGHT), Reason.NIGHT),
        (Circumstances(at=Instant(MIDNIGHT + 5 * 3600 - 1)), Reason.NIGHT),
        (Circumstances(method=Method.PASSWORD), Reason.PASSWORD_ALONE),
        (Circumstances(is_listed=True), Reason.LISTED_NETWORK),
    ],
)
def test_each_reason_has_its_score(circumstances: Circumstances, reason: Reason) -> None:
    """Mutations: the hour in UTC; a reason without a score."""
    assert assess(circumstances) == Risk((reason,))
    assert assess(circumstances).score == SCORES[reason] > 0


@pytest.mark.parametrize("at", [MIDNIGHT - 1, MIDNIGHT + 5 * 3600])
def test_the_night_ends(at: int) -> None:
    assert assess(Circumstances(at=Instant(at))) == Risk(())


def test_reasons_add_up_to_a_hundred_at_most() -> None:
    scores = {
        assess(Circumstances(at=at, method=method, is_known_device=known, is_listed=listed)).score
        for at, method, known, listed in product(
            (None, MIDNIGHT), (None, Method.PASSWORD), (None, True, False), (None, True, False)
        )
    }
    assert max(scores) == sum(SCORES.values()) <= 100
    assert SCORES.keys() == set(Reason)


def test_every_reason_stands_in_the_reference_with_its_score() -> None:
    """Mutation: a code that an operator cannot look up."""
    page = (Path(__file__).parents[3] / "docs" / "reference" / "risk.md").read_text("utf-8")
    rows = [tuple(cell.strip(" `") for cell in line.split("|")[1:3]) for line in page.splitlines() if "| `" in line]
    assert rows == [(reason.value, str(SCORES[reason])) for reason in Reason]
