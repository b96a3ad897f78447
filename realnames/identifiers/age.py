"""Whether somebody has reached an age, as the Civil Code counts years (Art. 201 f., 1259)."""

from datetime import date


def has_reached(years: int, born: date, today: date) -> bool:
    """Whether that birthday has come, which itself counts.

    Args:
        born, today: days of the Gregorian calendar in China.
    """
    return today >= birthday(born, born.year + years)


def birthday(born: date, year: int) -> date:
    """In that year; of who was born on 29 February, on 1 March where there is none."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
