"""Threat O08: processes die at random under load; what was acknowledged stays, what is used once is used once.

Each of these turned it red, in a scratch copy and with 24 kills: an answer without its commit; a redemption without its
UNIQUE origin; a replay that revokes nothing; a sign-out that only forgets the cookie; a
random successor.
"""

import random
import time

from tests.faults.ledger import Ledger
from tests.faults.line import Traffic
from tests.faults.load import load, settle
from tests.faults.machines import Machines
from tests.faults.receivers import listening
from tests.faults.report import Report
from tests.faults.walks.consent import CONSENT
from tests.faults.walks.machine_token import MACHINE_TOKEN
from tests.faults.walks.message_code import MESSAGE
from tests.faults.walks.refresh import FAMILY, REUSE, REVOCATION, SUCCESSOR
from tests.faults.walks.sign_out import HEARD, SESSION, SIGN_OUT
from tests.faults.walks.silent_sign_in import CODE, TOKEN
from tests.faults.walks.world import World

KILLS = 110
IN_FLIGHT = 50
KINDS = {CODE, TOKEN, SESSION, SIGN_OUT, HEARD, CONSENT, MESSAGE, FAMILY, SUCCESSOR, REVOCATION, REUSE, MACHINE_TOKEN}


def kill_at_random(machines: Machines, traffic: Traffic, kills: int) -> list[int]:
    """How many requests were in flight at each kill."""
    in_flight: list[int] = []
    while len(in_flight) < kills:
        time.sleep(random.uniform(0.2, 2.0))
        wait_for_traffic(machines, traffic)
        victim, busy = machines.any_victim(), traffic.in_flight
        if victim is not None and busy >= IN_FLIGHT:  # while the victim was looked for, many may have been answered
            in_flight.append(busy)
            machines.kill(victim)
    return in_flight


def wait_for_traffic(machines: Machines, traffic: Traffic) -> None:
    """Until some are answered again and enough wait."""
    answered, deadline = traffic.answered, time.monotonic() + 90
    while traffic.in_flight < IN_FLIGHT or traffic.answered < answered + 20:
        assert time.monotonic() < deadline, f"{traffic.in_flight} in flight, {machines.idp.logs()[-3000:]}"
        time.sleep(0.002)


def test_nothing_acknowledged_is_lost_and_nothing_is_used_twice(machines: Machines, report: Report) -> None:
    with listening(machines.idp.receivers[0]) as receivers:
        world = World(machines.idp, machines.doors, Traffic(), Ledger(), receivers)
        settle(world)
        begun = time.monotonic()
        with load(world):
            in_flight = kill_at_random(machines, world.traffic, KILLS)
        seconds = time.monotonic() - begun
        machines.wait_until_whole()
        verdict = world.ledger.verdict(machines.doors)
    report.note_run(machines.stores, machines.kills, world.traffic, in_flight, seconds)
    report.note_verdict(machines.stores, verdict)
    assert verdict.broken == []
    assert world.traffic.faults == []
    assert not world.strange
    assert machines.kills.total() == KILLS
    assert set(+verdict.acknowledged) == KINDS
