"""How unusual a sign-in is, from what is known offline, with the reasons in words of a closed list.

In shadow: it is written down with the sign-in, and nobody is asked for more or refused by it. What is not known scores
nothing, so that nobody is suspected for what we lack.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant
from idp.model.policy import Method

NIGHT = range(5)
"""Hours of the clock in China, from midnight, in which few people sign in."""
FAR_KILOMETRES = 100
"""Nearer than that two places may be one: files tell where a carrier's door is, not where its people are."""
FAST_KILOMETRES_PER_HOUR = 1000
"""Faster than that nobody travels who goes from door to door, by air neither."""
MANY = 10
"""Sign-ins within an hour; more than that are hardly one person's."""
_CHINA = 8 * 3600


class Reason(StrEnum):
    """Why; the codes are stable, since alarms are built on them (docs/reference/risk.md)."""

    NEW_DEVICE = "new_device"
    NEW_NETWORK = "new_network"
    NEW_PLACE = "new_place"
    TOO_FAR_TOO_FAST = "too_far_too_fast"
    MANY_SIGN_INS = "many_sign_ins"
    NIGHT = "night"
    PASSWORD_ALONE = "password_alone"
    LISTED_NETWORK = "listed_network"


SCORES = {
    Reason.NEW_DEVICE: 15,
    Reason.NEW_NETWORK: 5,
    Reason.NEW_PLACE: 10,
    Reason.TOO_FAR_TOO_FAST: 20,
    Reason.MANY_SIGN_INS: 10,
    Reason.NIGHT: 5,
    Reason.PASSWORD_ALONE: 5,
    Reason.LISTED_NETWORK: 30,
}
"""A hundred at most, together."""


@dataclass(frozen=True, slots=True)
class Travel:
    """From where the person signed in last to here; by the clocks of two machines it may take less than no time."""

    kilometres: float
    seconds: int

    @property
    def is_too_fast(self) -> bool:
        """Whether nobody can have made it."""
        is_far = self.kilometres > FAR_KILOMETRES
        return is_far and self.kilometres * 3600 > FAST_KILOMETRES_PER_HOUR * max(0, self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a sign-in; None: not known.

    Attributes:
        is_known_device: whether the person signed in on this browser before; None where nobody can know, as of a new account.
        is_known_network, is_known_place: whether they signed in from there before; None where nothing is remembered of
            where they were, or nobody knows where this is.
        travel: None, too, where the last time is too long ago to be remembered.
        sign_ins: of this person within the hour, this one among them.
        is_listed: whether it comes from a network that the operator has listed; None without a list or an address.
    """

    at: Instant | None = None
    method: Method | None = None
    is_known_device: bool | None = None
    is_known_network: bool | None = None
    is_known_place: bool | None = None
    travel: Travel | None = None
    sign_ins: int | None = None
    is_listed: bool | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """The reasons, in the order of the list, and the sum of what they score."""

    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """Zero to a hundred."""
        return sum(SCORES[reason] for reason in self.reasons)


NOTHING_UNUSUAL = Risk(())


def assess(circumstances: Circumstances) -> Risk:
    """The same circumstances always have the same reasons."""
    return Risk((*_of_where(circumstances), *_of_how(circumstances)))


def _of_where(circumstances: Circumstances) -> Iterator[Reason]:
    if circumstances.is_known_device is False:
        yield Reason.NEW_DEVICE
    if circumstances.is_known_network is False:
        yield Reason.NEW_NETWORK
    if circumstances.is_known_place is False:
        yield Reason.NEW_PLACE
    if circumstances.travel is not None and circumstances.travel.is_too_fast:
        yield Reason.TOO_FAR_TOO_FAST


def _of_how(circumstances: Circumstances) -> Iterator[Reason]:
    if circumstances.sign_ins is not None and circumstances.sign_ins > MANY:
        yield Reason.MANY_SIGN_INS
    if circumstances.at is not None and (circumstances.at + _CHINA) // 3600 % 24 in NIGHT:
        yield Reason.NIGHT
    if circumstances.method is Method.PASSWORD:
        yield Reason.PASSWORD_ALONE
    if circumstances.is_listed:
        yield Reason.LISTED_NETWORK
