"""A person is compared with what an authority knows of them: what they consent to before, and how often it may go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.accounts.tries import Paused
from idp.clock import Instant, after
from idp.model.credential import Guesses

TRIES = 3
"""Mismatches of one way before it must be another for a while; then one more, and one at a time."""
PAUSE_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person has just consented to.

    Attributes:
        purpose: what the authority tells the person that it is for.
        consent: which text stood on the page, as the log keeps it.
    """

    purpose: str
    language: str
    return_url: str
    consent: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Begun:
    """The authority's page for this person."""

    url: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """It cannot be begun: 'not_offered', 'limit' (begun too often today) or 'down'."""

    why: str


def pause_after(counted: Guesses | None, now: Instant) -> Paused | None:
    """The pause after so many mismatches; None: there is none."""
    if counted is None or counted.failures < TRIES:
        return None
    until = after(counted.last_at, PAUSE_SECONDS)
    return Paused(until) if now < until else None
