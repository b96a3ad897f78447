"""How many proofs failed from one address, over all people and doors: whoever tries one guess at each of many people waits.

Many people share an address, behind their carrier's door or in a hall. So it takes many failures before anybody waits, the
waits are short at first and a quarter of an hour at most, and a browser that knows the person never waits for them.

A failure is counted when it has happened, so tries that are under way at the same moment slip through: as many as the
servers have threads. What one person's tries may be is counted before the check (`idp.accounts.guesses`).
"""

import structlog

from idp.clock import Instant, after
from idp.http.networks import network_of
from idp.services import Services

HOUR = 3600
LONGEST = 900
"""Seconds; that somebody else's guesses cost whoever shares the address."""
_FIRST = 5
_log = structlog.get_logger()


def paused_until(services: Services, address: str, now: Instant) -> Instant | None:
    """The moment from which a try from there is allowed; None: now."""
    told = services.ephemeral.get(f"address_pause:{_digest(services, address)}") if address else None
    until = Instant(int(told or 0))
    return until if now < until else None


def note_failure(services: Services, address: str, now: Instant) -> None:
    """Count one within the hour; beyond the limit each makes the next wait twice as long."""
    if not address:
        return
    digest = _digest(services, address)
    failures = services.ephemeral.incr(f"address_failures:{digest}", HOUR)
    seconds = delay_after(failures, services.settings.addresses.failures_per_hour)
    if seconds:
        services.ephemeral.put(f"address_pause:{digest}", str(after(now, seconds)).encode(), seconds)
        _log.info("addresses.paused", failures=failures, seconds=seconds)


def delay_after(failures: int, limit: int) -> int:
    """Seconds to wait after so many failures within an hour."""
    beyond = min(failures - limit, 20)
    return 0 if beyond < 0 else min(_FIRST << beyond, LONGEST)


def _digest(services: Services, address: str) -> str:
    return services.cipher.index("address_failures", network_of(address)).hex()
