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
_CHINA = 8 * 3600


class Reason(StrEnum):
    """Why; the codes are stable, since alarms are built on them (docs/reference/risk.md)."""

    NEW_DEVICE = "new_device"
    NIGHT = "night"
    PASSWORD_ALONE = "password_alone"
    LISTED_NETWORK = "listed_network"


SCORES = {Reason.NEW_DEVICE: 30, Reason.NIGHT: 10, Reason.PASSWORD_ALONE: 10, Reason.LISTED_NETWORK: 50}
"""A hundred at most, together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a sign-in; None: not known.

    Attributes:
        is_known_device: whether the person signed in on this browser before; None where nobody can know, as of a new account.
        is_listed: whether it comes from a network that the operator has listed; None without a list or an address.
    """

    at: Instant | None = None
    method: Method | None = None
    is_known_device: bool | None = None
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
    return Risk(tuple(_reasons(circumstances)))


def _reasons(circumstances: Circumstances) -> Iterator[Reason]:
    if circumstances.is_known_device is False:
        yield Reason.NEW_DEVICE
    if circumstances.at is not None and (circumstances.at + _CHINA) // 3600 % 24 in NIGHT:
        yield Reason.NIGHT
    if circumstances.method is Method.PASSWORD:
        yield Reason.PASSWORD_ALONE
    if circumstances.is_listed:
        yield Reason.LISTED_NETWORK
