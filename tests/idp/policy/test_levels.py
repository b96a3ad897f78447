"""The level table, its spelling as acr, and the ceilings of channels."""

from itertools import product

import pytest

from idp.model.policy import Authentication, Level, Proofing
from idp.policy.levels import acr_of, level_of, reached
from idp.settings import Policy

TABLE = Policy().levels
PREFIX = Policy().acr_prefix

# What MISSION's table says for every proofing (row P0 to P4) and authentication (column NONE, A1, A2, A3).
EXPECTED = {
    Proofing.P0: (0, 1, 1, 1),
    Proofing.P1: (0, 2, 2, 2),
    Proofing.P2: (0, 3, 3, 3),
    Proofing.P3: (0, 3, 4, 4),
    Proofing.P4: (0, 3, 4, 5),
}


def test_the_table_is_that_of_the_mission_under_every_ceiling() -> None:
    """Mutations: `or` instead of `and` between the two needs; the ceiling left out."""
    for proofing, authentication, ceiling in product(Proofing, Authentication, Level):
        expected = min(EXPECTED[proofing][authentication], ceiling)
        assert reached(TABLE, proofing, authentication, ceiling) == expected


def test_another_province_may_have_another_table() -> None:
    table = {1: (0, 1), 2: (0, 2), 3: (0, 3), 4: (4, 1), 5: (4, 3)}
    assert reached(table, Proofing.P0, Authentication.A3, Level.FIVE) is Level.THREE
    assert reached(table, Proofing.P4, Authentication.A1, Level.FIVE) is Level.FOUR


def test_levels_are_spelled_as_acr_and_read_back() -> None:
    assert acr_of(Level.NONE, PREFIX) == "0"
    for level in Level:
        assert level_of(acr_of(level, PREFIX), PREFIX) is (level or None)


@pytest.mark.parametrize(
    "acr",
    ["", "0", "3", f"{PREFIX}0", f"{PREFIX}6", f"{PREFIX}３", f"{PREFIX}3 ", f"{PREFIX}33", PREFIX, "urn:other:3"],
)
def test_an_acr_that_is_not_ours_names_no_level(acr: str) -> None:
    assert level_of(acr, PREFIX) is None
