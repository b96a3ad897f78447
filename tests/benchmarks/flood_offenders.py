"""Many at once who post passwords; one JSON line counts what they were told.

`python -m tests.benchmarks.flood_offenders`; the order comes as JSON on standard input: issuer, seconds, at_once, how long
each pauses after an answer, and the prepared requests in hexadecimal. They have machines of their own: here they take only
the CPU that nobody else wants.
"""

import heapq
import json
import os
import selectors
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import cycle

from tests.benchmarks.flood_http import Line, Reply, reply_in

_PAGES = {200: "told on the page", 303: "sent on"}


@dataclass(eq=False)
class Offender:
    """One connection and what it has heard of the present answer."""

    line: Line
    heard: bytes = b""


def outcome_of(reply: Reply) -> str:
    """What kind of answer this is; whatever nobody expects begins with "unexpected"."""
    if reply.status in {429, 503}:
        seconds = reply.headers.get("retry-after", "")
        return str(reply.status) if seconds.isdigit() and int(seconds) > 0 else f"unexpected: {reply.status} alone"
    if reply.status == 303 and reply.headers.get("location", "").startswith("/authorize/"):
        return "signed in"
    return _PAGES.get(reply.status, f"unexpected: {reply.status}")


def flood(issuer: str, requests: list[bytes], *, at_once: int, seconds: float, pause: float) -> dict[str, int]:
    """How often each kind of answer came."""
    outcomes: Counter[str] = Counter()
    ammunition = cycle(requests)
    begun = time.monotonic()
    with selectors.DefaultSelector() as waiting:
        offenders = [Offender(Line(issuer)) for _ in range(at_once)]
        for offender in offenders:
            waiting.register(offender.line.socket, selectors.EVENT_READ, offender)
        # Their first posts come one after the other, so that those who pause do not all come at the same moment.
        due = [(begun + pause * number / at_once, number) for number in range(at_once)]
        while (now := time.monotonic()) < begun + seconds:
            while due and due[0][0] <= now:
                offenders[heapq.heappop(due)[1]].line.socket.sendall(next(ammunition))
            for key, _ in waiting.select(max(0.0, due[0][0] - now) if due else 0.2):
                offender = key.data
                offender.heard += offender.line.socket.recv(65_536)
                if (reply := reply_in(offender.heard)) is not None:
                    outcomes[outcome_of(reply)] += 1
                    offender.heard = b""
                    heapq.heappush(due, (time.monotonic() + pause, offenders.index(offender)))
    return dict(outcomes)


if __name__ == "__main__":
    order = json.loads(sys.stdin.read())
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    shots = [bytes.fromhex(shot) for shot in order["requests"]]
    wishes = {name: order[name] for name in ("at_once", "seconds", "pause")}
    print(json.dumps(flood(order["issuer"], shots, **wishes)))
