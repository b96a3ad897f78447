"""After an upgrade: people who were there before come to be found by name and birth year, while everything else goes on."""

from time import monotonic, sleep

from idp.clock import Instant
from idp.services import Services

EVERY_SECONDS = 10
TURN_SECONDS = 5
"""Of one turn, so that whatever else falls due is not kept waiting: some hundred thousand people an hour and more."""
_AT_ONCE = 200
"""Names in one transaction: on SQLite every other writer waits for it."""


def catch_up(services: Services, _now: Instant) -> bool:
    """Index names that have none, as far as a turn goes; whether nothing is left. Raises `Unavailable`.

    It rests after each step for as long as that took. It may be killed anywhere, and run in several workers at once.
    """
    reached: int | None = 0
    until = monotonic() + TURN_SECONDS
    while reached is not None and monotonic() < until:
        begun_at = monotonic()
        with services.begin() as unit_of_work:
            reached = unit_of_work.namesakes.catch_up(after=reached, limit=_AT_ONCE)
            unit_of_work.commit()
        if reached is not None:
            sleep(monotonic() - begun_at)
    return reached is None
