"""What may come of a try at a proof, whatever it was that was tried."""

from dataclasses import dataclass

from idp.accounts.guesses import FREE_TRIES, blocked_until_all
from idp.clock import Instant
from idp.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Wrong:
    """The proof did not match; so many tries are left before a pause."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class Paused:
    """Too many tries, or too many codes: again from this moment.

    Attributes:
        is_of_network: whether it is for what others got wrong where the person is, and no other way helps there.
    """

    until: Instant
    is_of_network: bool = False


@dataclass(frozen=True, slots=True)
class Expired:
    """The code ran out; a new one is needed."""


def after_a_wrong_one(unit_of_work: UnitOfWork, now: Instant, *subjects: bytes) -> Wrong | Paused:
    """What the person is told, by the strictest of the counters that the try was counted on."""
    if paused := blocked_until_all(unit_of_work, subjects, now):
        return Paused(paused)
    counted = [unit_of_work.guesses.get(subject) for subject in subjects]
    return Wrong(max(0, FREE_TRIES - max(each.failures if each else 0 for each in counted)))
