"""How much happens in each minute: counted from the log by the worker, so that no sign-in waits for a counter."""

from idp.clock import Instant
from idp.ports import AuditLog, BeginUnitOfWork

EVERY_SECONDS = 10
MOST = 20_000
"""Events that are counted in one transaction."""


class Tally:
    """Belongs to one thread; several workers count each event once.

    Args:
        log: says up to which number no event is on its way any more.
    """

    def __init__(self, log: AuditLog, begin: BeginUnitOfWork) -> None:
        self._log = log
        self._begin = begin

    def run(self, now: Instant) -> None:
        """Count what is new; raises `Unavailable`, with nothing counted twice."""
        del now
        settled, is_more = self._log.settled(), True
        while is_more:
            with self._begin() as unit_of_work:
                is_more = unit_of_work.event_tally.count_up_to(settled, MOST)
                unit_of_work.commit()
