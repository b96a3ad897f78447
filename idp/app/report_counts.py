"""How many reports of carriers said what, for the metrics."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Counter


def count_report(report: str) -> None:
    """One more report with this word, which comes from a fixed list."""
    _metric().labels(report).inc()


@cache
def _metric() -> "Counter":
    """The metric of this process; imported late, since the import must find the directory that `serve` sets."""
    from prometheus_client import Counter

    return Counter("idp_message_reports", "Reports of carriers that told something new", ["report"])
