"""Time: whole seconds, UTC for machines, one time zone for people."""

import time
from datetime import UTC, date, datetime

from idp.clock import Instant, after, as_datetime, date_in_china, system_clock


def test_the_system_clock_counts_whole_seconds() -> None:
    before = int(time.time())
    now = system_clock()
    assert isinstance(now, int)
    assert before <= now <= time.time()


def test_moments_move_and_show() -> None:
    assert after(Instant(100), 60) == 160
    assert after(Instant(100), -60) == 40
    assert as_datetime(Instant(0)) == datetime(1970, 1, 1, tzinfo=UTC)


def test_the_day_changes_at_midnight_in_china() -> None:
    """Mutation: the machine's time zone, or UTC."""
    last_second = Instant(1_704_038_399)  # 2023-12-31T15:59:59Z
    assert date_in_china(last_second) == date(2023, 12, 31)
    assert date_in_china(after(last_second, 1)) == date(2024, 1, 1)
