"""What works once and is remembered by the ephemeral store alone: client assertions, and proofs like them.

A store that was emptied or replaced has forgotten what was used. It tells so by another generation, and then only what
nobody can have used before that moment is taken.
"""

import hashlib

from idp.clock import Clock, Instant, after
from idp.errors import Unavailable
from idp.ports import Ephemeral

LEEWAY = 60
"""Seconds by which the clock of whoever signs may differ from ours."""

_YEARS = 10 * 365 * 86_400
_FIRST_START = b" or before"


class UsedOnce:
    """Remembers uses over all processes; one of it per process, which looks at the store before it serves."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._generation = ""
        self._since = Instant(0)

    def watch(self) -> None:
        """Look which store this is, so that another one is noticed later; raises `Unavailable`."""
        self._complete_since()

    def claim(self, owner: str, name: str, *, not_before: Instant, expires_at: Instant) -> bool:
        """Use it; False when it was used before.

        Args:
            owner: its kind and whose it is; two owners may use the same name.
            name: what tells it from others of this owner, of any length.
            not_before: the earliest moment at which it can have been accepted here.
            expires_at: the moment from which it is refused anyway; it is remembered beyond that by the clocks' leeway.

        Raises:
            Unavailable: the store was lost after `not_before`: whether it was used nobody knows.
        """
        key = f"used:{owner}:{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"
        seconds = expires_at + LEEWAY - self._clock()
        if not self._ephemeral.add(key, b"", seconds):
            return False
        # Asked after the use was written: a store that is lost from now on loses nothing that was refused.
        since = self._complete_since()
        if not_before < since:
            raise Unavailable(
                "The service cannot answer at this moment. Please try again shortly, with a new proof.",
                retry_after=since - not_before,
                detail="the ephemeral store was lost; what was signed before is refused",
            )
        return True

    def _complete_since(self) -> Instant:
        """From when on the store knows every use.

        Whoever first meets a generation writes down when. A process that knew another one has seen the loss and says so
        to all; one that has just started cannot tell a loss from a first start, and gives clocks their leeway.
        """
        generation = self._ephemeral.generation()
        if generation != self._generation:
            key, now = f"generation_since:{generation}", b"%d" % self._clock()
            self._ephemeral.add(key, now if self._generation else now + _FIRST_START, _YEARS)
            told = self._ephemeral.get(key) or now
            since = told.removesuffix(_FIRST_START)
            if self._generation and told != since:
                self._ephemeral.put(key, since, _YEARS)
                told = since
            leeway = LEEWAY if told != since else 0
            self._generation, self._since = generation, after(Instant(int(since)), -leeway)
        return self._since
