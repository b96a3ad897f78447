"""How many messages may leave: per destination, device, address, and in all (threats K08, N12).

Windows are those of the clock in China: the hour, and the day. So it is known without storing it when a budget is whole
again, and each counter ends by itself. What the asker has used up is looked at first: a flood that is refused for its
own sake uses up nobody else's budget. A store that cannot answer refuses (`Unavailable`): without counting, one stranger
could ring every phone of the city.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from idp.clock import Instant, after
from idp.http.networks import network_of
from idp.services import Services

RESEND_SECONDS = 60
"""Between two messages to one destination, whoever asks."""
HOUR, DAY = 3600, 86_400
_CHINA = 8 * HOUR
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a message: the digest of the browser's cookie, and the address of the client.

    Attributes:
        known_device: a browser on which the person signed in before asks with a budget of its own, by this number, where
            strangers have used up that of the destination or the address.
    """

    device: str
    address: str
    known_device: int | None = None


@dataclass(frozen=True, slots=True)
class _Budget:
    """So many within a window of so many seconds, for one key."""

    name: str
    key: str
    limit: int
    seconds: int


def spend(services: Services, destination: str, asker: Asker, now: Instant) -> Instant | None:
    """Take one message to this canonical destination out of every budget; None, or the moment from which one is left.

    What was typed stands for the destination where nobody has one, so that an unknown name costs and counts the same.
    """
    to = services.cipher.index("message_budget", destination).hex()
    for budget in _of_asker(services, asker):
        if until := _take(services, budget, now):
            return until
    if until := _begin_pause(services, to, now):
        return until
    whose = to
    if asker.known_device is not None:
        whose = services.cipher.index("message_budget", f"{destination} {asker.known_device}").hex()
    for budget in _of_destination(services, whose):
        if until := _take(services, budget, now):
            services.ephemeral.take(f"message_pause:{to}")  # nothing leaves: who asks next is told this moment, too
            return until
    return None


def _of_asker(services: Services, asker: Asker) -> Iterator[_Budget]:
    limits, cipher = services.settings.messages, services.cipher
    address = cipher.index("message_budget", f"address:{network_of(asker.address)}").hex()
    device = cipher.index("message_budget", f"device:{asker.device}").hex()
    if asker.known_device is None:
        yield _Budget("address_hour", address, limits.per_address_hour, HOUR)
    yield _Budget("device_day", device, limits.per_device_day, DAY)


def _of_destination(services: Services, to: str) -> Iterator[_Budget]:
    limits = services.settings.messages
    yield _Budget("destination_hour", to, limits.per_destination_hour, HOUR)
    yield _Budget("destination_day", to, limits.per_destination_day, DAY)
    yield _Budget("day", "all", limits.per_day, DAY)


def _take(services: Services, budget: _Budget, now: Instant) -> Instant | None:
    window = (now + _CHINA) // budget.seconds
    key = f"messages:{budget.name}:{budget.key}:{window}"
    if services.ephemeral.incr(key, budget.seconds) <= budget.limit:
        return None
    tell = _log.error if budget.name == "day" else _log.info  # nobody gets a code any more: somebody must look
    tell("messages.budget_used_up", budget=budget.name)
    return Instant((window + 1) * budget.seconds - _CHINA)


def _begin_pause(services: Services, to: str, now: Instant) -> Instant | None:
    """Of many who ask at once one begins the pause; to the others its end is told."""
    key, until = f"message_pause:{to}", after(now, RESEND_SECONDS)
    if services.ephemeral.add(key, str(until).encode(), RESEND_SECONDS):
        return None
    begun = int(services.ephemeral.get(key) or 0)
    if begun > now:
        return Instant(begun)
    services.ephemeral.put(key, str(until).encode(), RESEND_SECONDS)  # the store's clock is a little behind ours
    return None
