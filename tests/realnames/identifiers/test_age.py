from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realnames.identifiers.age import age_on, birthday

DAYS = st.dates(date(1800, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 12, 1), date(2026, 11, 30), 17),
        (date(2008, 12, 1), date(2026, 12, 1), 18),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2012, 2, 29), date(2028, 2, 28), 15),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(1900, 1, 1), date(2026, 12, 31), 126),
        (date(2026, 5, 5), date(2026, 5, 5), 0),
        (date(2026, 5, 6), date(2026, 5, 5), -1),
    ],
)
def test_a_year_is_full_on_the_birthday(born: date, day: date, age: int) -> None:
    """Mutations: days divided by 365; a year more on 28 February; the day after the birthday."""
    assert age_on(born, day) == age


@pytest.mark.parametrize(
    ("born", "year", "day"),
    [
        (date(2008, 2, 29), 2026, date(2026, 3, 1)),
        (date(2008, 2, 29), 2028, date(2028, 2, 29)),
        (date(2010, 2, 28), 2028, date(2028, 2, 28)),
        (date(2008, 12, 31), 2026, date(2026, 12, 31)),
    ],
)
def test_the_birthday_of_a_year(born: date, year: int, day: date) -> None:
    """Mutation: on 28 February where there is no 29th, which is a day too early (Civil Code Art. 201 f.)."""
    assert birthday(born, year) == day


@given(DAYS, DAYS)
def test_nobody_grows_younger_or_two_years_older_in_a_day(born: date, day: date) -> None:
    assert age_on(born, day + timedelta(days=1)) - age_on(born, day) in (0, 1)
