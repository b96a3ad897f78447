"""How old somebody is, counted as the law of the People's Republic counts it."""

from datetime import date


def age_on(birth_date: date, day: date) -> int:
    """Full years of age (周岁) on this day, from the birthday on; negative before the birth.

    Who was born on 29 February has their birthday on 1 March where there is none (Civil Code Art. 201 f.). Minors are below 18
    (Civil Code Art. 17), children for whose data a guardian consents below 14 (PIPL Art. 31).
    """
    return day.year - birth_date.year - (day < birthday(birth_date, day.year))


def birthday(birth_date: date, year: int) -> date:
    """That of this year, on which a year of age is full."""
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
