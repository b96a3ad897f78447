"""When somebody has reached an age (Civil Code Art. 201 f., 1259)."""

from datetime import date

import pytest

from realnames.identifiers.age import birthday, has_reached

LEAP = date(2008, 2, 29)


@pytest.mark.parametrize(
    ("years", "born", "today", "is_reached"),
    [
        (18, date(1990, 3, 7), date(2008, 3, 6), False),
        (18, date(1990, 3, 7), date(2008, 3, 7), True),
        (14, LEAP, date(2022, 2, 28), False),
        (14, LEAP, date(2022, 3, 1), True),
        (16, LEAP, date(2024, 2, 28), False),
        (16, LEAP, date(2024, 2, 29), True),
        (80, date(1999, 12, 31), date(2079, 12, 30), False),
        (0, date(2026, 1, 1), date(2026, 1, 1), True),
    ],
)
def test_an_age_is_reached_on_the_birthday(years: int, born: date, today: date, is_reached: bool) -> None:
    """Mutations: years counted by calendar years; 28 February for who was born on the 29th; a failure in common years."""
    assert has_reached(years, born, today) is is_reached


def test_the_birthday_of_a_leap_day() -> None:
    assert [birthday(LEAP, year) for year in (2023, 2024)] == [date(2023, 3, 1), date(2024, 2, 29)]
