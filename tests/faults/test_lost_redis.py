"""Threats O04 and O09: Redis is emptied, or replaced by an empty one, under load; nothing that was over comes back.

What is lost is "try again": a sign-in half done begins anew. A code in flight is not lost, since it carries what it stands
for. Mutation: remember used codes in Redis alone, without the UNIQUE origin of their family; keep what codes stand for there.
"""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import redis

from tests.faults.ledger import Ledger
from tests.faults.line import Line, Traffic
from tests.faults.load import load, settle
from tests.faults.machines import Machines
from tests.faults.receivers import listening
from tests.faults.report import Report
from tests.faults.walks.refresh import REVOCATION
from tests.faults.walks.sign_out import SIGN_OUT
from tests.faults.walks.silent_sign_in import CODE, Code, is_alive
from tests.faults.walks.world import World
from tests.faults.watched_relay import WatchedRelay
from tests.plugins.server_processes import redis_server

TIMES = 5
WALKERS = 64
REPLAYS = 8
"""Threads that offer what was used before."""


EMPTIED, REPLACED = "FLUSHALL", "replaced by an empty one"


def test_an_emptied_redis_revives_nothing(
    machines_behind_relay: Machines, redis_relay: WatchedRelay, report: Report
) -> None:
    machines = machines_behind_relay
    with redis_server() as other, listening(machines.idp.receivers[0]) as receivers:
        world = World(machines.idp, machines.doors, Traffic(), Ledger(), receivers)
        settle(world)
        begun = time.monotonic()
        with load(world, WALKERS):
            ports = [redis_relay.target, other]
            in_flight = [lose_redis(world, redis_relay, ports, what) for what in (EMPTIED, REPLACED) * TIMES]
        seconds = time.monotonic() - begun
        verdict = world.ledger.verdict(machines.doors)
        empty(redis_relay.target)
        revived = offer_again(world)
    stores = "PostgreSQL + Redis that is lost"
    report.note_run(stores, Counter({EMPTIED: TIMES, REPLACED: TIMES}), world.traffic, in_flight, seconds)
    report.note_verdict(stores, verdict)
    assert verdict.broken == []
    assert revived == []
    assert world.traffic.faults == []
    assert {CODE, SIGN_OUT, REVOCATION} <= set(+verdict.acknowledged)


def lose_redis(world: World, relay: WatchedRelay, ports: list[int], what: str) -> int:
    """Now emptied where it is, now replaced by one that knows nothing; how many requests were in flight."""
    time.sleep(random.uniform(1, 4))
    in_flight = world.traffic.in_flight
    if what == EMPTIED:
        empty(relay.target)
    else:
        ports.reverse()
        empty(ports[0])
        relay.lead_to(ports[0])
    return in_flight


def empty(port: int) -> None:
    with closing(redis.Redis(port=port)) as connection:
        connection.flushall()


def offer_again(world: World) -> list[str]:
    """Every code that brought tokens, once more, when no cache remembers it: what is still alive afterwards."""
    used = [code for code in world.ledger.of_kind(Code) if code.tokens]
    assert len(used) > 100

    def offer(codes: list[Code]) -> list[str]:
        with closing(Line(world.doors, world.traffic)) as line:
            again = [code.value for code in codes if code.redeem_until_answered(line).status == 200]
            return again + [token for code in codes for token in code.tokens if is_alive(line, token)]

    with ThreadPoolExecutor(REPLAYS) as threads:
        return [
            each for found in threads.map(offer, [used[first::REPLAYS] for first in range(REPLAYS)]) for each in found
        ]
