"""What those who work here did, as the log has it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from idp.clock import Instant


class Done(NamedTuple):
    """How often somebody did something within an hour; `hour` is the moment at which it began."""

    account_id: int
    action: str
    hour: Instant
    times: int


class Revealed(NamedTuple):
    """How often somebody saw something of a person in clear; `data` is what the log says of it."""

    account_id: int
    data: dict[str, object]
    times: int


class Conduct(Protocol):
    """Reads the log by who did it."""

    def done_since(self, since: Instant) -> Sequence[Done]:
        """Everything that was done by somebody since then, counted by hour."""

    def revealed_since(self, since: Instant) -> Sequence[Revealed]:
        """What was seen in clear since then, counted by what, why and how."""

    def people_since(self, since: Instant) -> Sequence[tuple[int, int]]:
        """How many different people each looked at since then, by their account."""
