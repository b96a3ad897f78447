"""Whether a carrier takes messages at the moment: noted by the worker, looked at by pages before people wait in vain.

It is the same for everybody: what became of one person's message would tell a stranger who has an account (threat G01).
"""

from contextlib import suppress

from idp.errors import Unavailable
from idp.model.message import Medium
from idp.ports import DeliveryResult, Ephemeral

SECONDS = 120
"""A carrier that failed counts as down so long, unless it takes a message before; the third try comes before that."""


class CarrierHealth:
    """Of all carriers, in the ephemeral store: when it is lost, or down, they count as well."""

    def __init__(self, ephemeral: Ephemeral) -> None:
        self._ephemeral = ephemeral

    def note(self, medium: Medium, result: DeliveryResult) -> None:
        """What a carrier answered; a message that is refused for good says nothing about its carrier."""
        with suppress(Unavailable):
            if result.is_accepted:
                self._ephemeral.take(_key(medium))
            elif result.may_retry:
                self._ephemeral.put(_key(medium), result.reason.encode(), SECONDS)

    def is_down(self, medium: Medium) -> bool:
        """Whether the last message of this kind could not be handed over, a short while ago."""
        with suppress(Unavailable):
            return self._ephemeral.get(_key(medium)) is not None
        return False


def _key(medium: Medium) -> str:
    return f"carrier_is_down:{medium}"
