"""What warns and never locks a person out: codes of places that are unknown or were abolished."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from realnames.identifiers.citizen_id import CitizenId, complete, parse_citizen_id
from realnames.identifiers.oddity import Oddity

TODAY = date(2027, 12, 1)


def number(region: str, year: int) -> CitizenId:
    return parse_citizen_id(complete(f"{region}{year}0307001"), today=TODAY, sandbox=True)


@pytest.mark.parametrize(
    ("region", "year", "expected"),
    [
        ("420505", 1990, ()),
        ("420505", 2024, ()),
        ("510202", 1968, ()),
        ("510202", 1996, ()),
        ("510202", 1997, ()),
        ("510202", 1998, (Oddity.REGION_ABOLISHED,)),
        ("330103", 2021, ()),
        ("330103", 2022, (Oddity.REGION_ABOLISHED,)),
        ("513402", 2021, ()),
        ("659012", 2023, ()),
        ("540422", 2025, (Oddity.REGION_ABOLISHED,)),
        ("653229", 2025, ()),
        ("500157", 2026, ()),
        ("500105", 2025, ()),
        ("500105", 2027, (Oddity.REGION_ABOLISHED,)),
        ("420523", 2010, (Oddity.REGION_ABOLISHED,)),
        ("420599", 1990, (Oddity.REGION_UNKNOWN,)),
        ("429999", 1990, (Oddity.REGION_UNKNOWN,)),
        ("810000", 1990, ()),
        ("830000", 1990, ()),
        ("890101", 1990, ()),
    ],
)
def test_a_place_that_is_unknown_or_abolished_warns(region: str, year: int, expected: tuple[Oddity, ...]) -> None:
    """Mutations: it refuses; who was born while the county existed, if only for a part of that year, is warned of."""
    assert number(region, year).oddities == expected


def test_the_list_of_places_is_the_one_whose_origin_is_told() -> None:
    """By its digest in THIRD_PARTY.md."""
    root = Path(__file__).parents[3]
    digest = hashlib.sha256((root / "realnames" / "identifiers" / "regions.txt").read_bytes()).hexdigest()
    assert f"`{digest}`" in (root / "THIRD_PARTY.md").read_text("utf-8")
