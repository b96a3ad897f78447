"""The one place that reads the time; everything else is handed a clock."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as time_of_day
from typing import NewType

Instant = NewType("Instant", int)
"""Whole seconds since 1970-01-01T00:00:00Z, as in RFC 7519 NumericDate."""

Clock = Callable[[], Instant]

CITY_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""All of China keeps UTC+8, without summer time since 1992; so no time-zone database has to be installed."""


def system_clock() -> Instant:
    """The wall clock of this machine, in whole seconds."""
    return Instant(int(time.time()))


def after(moment: Instant, seconds: int) -> Instant:
    """The moment that lies so many seconds later (or earlier, when negative)."""
    return Instant(moment + seconds)


def as_datetime(moment: Instant) -> datetime:
    """The moment as an aware UTC datetime, for people and for certificates."""
    return datetime.fromtimestamp(moment, tz=UTC)


def in_china(moment: Instant) -> datetime:
    """The moment on the city's clocks."""
    return datetime.fromtimestamp(moment, tz=CITY_TIME)


def midnight_in_china(day: date) -> Instant:
    """The moment in which a day begins in the city."""
    return Instant(int(datetime.combine(day, time_of_day(), CITY_TIME).timestamp()))


def date_in_china(moment: Instant) -> date:
    """The calendar day in the city: birth dates and days of the year are read in China's one time zone."""
    return in_china(moment).date()
