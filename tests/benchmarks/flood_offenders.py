"""Many at once who post passwords as fast as they are answered; one JSON line counts what they were told.

`python -m tests.benchmarks.flood_offenders`; the order comes as JSON on standard input: issuer, seconds, at_once, and the
prepared requests in hexadecimal. They have machines of their own: here they take only the CPU that nobody else wants.
"""

import json
import os
import selectors
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle

from tests.benchmarks.flood_http import Line, Reply, reply_in

_PAGES = {200: "told on the page", 303: "sent on"}


@dataclass
class Offender:
    """One connection and what it has heard of the present answer."""

    line: Line
    heard: bytes = b""
    sent_at: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)


def outcome_of(reply: Reply) -> str:
    """What kind of answer this is; whatever nobody expects begins with "unexpected"."""
    if reply.status in {429, 503}:
        seconds = reply.headers.get("retry-after", "")
        return str(reply.status) if seconds.isdigit() and int(seconds) > 0 else f"unexpected: {reply.status} alone"
    if reply.status == 303 and reply.headers.get("location", "").startswith("/authorize/"):
        return "signed in"
    return _PAGES.get(reply.status, f"unexpected: {reply.status}")


def flood(issuer: str, requests: list[bytes], *, at_once: int, seconds: float) -> dict[str, int]:
    """How often each kind of answer came."""
    outcomes: Counter[str] = Counter()
    ammunition = cycle(requests)
    with selectors.DefaultSelector() as waiting:
        for _ in range(at_once):
            offender = Offender(Line(issuer))
            offender.line.socket.sendall(next(ammunition))
            waiting.register(offender.line.socket, selectors.EVENT_READ, offender)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in waiting.select(0.2):
                offender = key.data
                offender.heard += offender.line.socket.recv(65_536)
                if (reply := reply_in(offender.heard)) is not None:
                    outcomes[outcome_of(reply)] += 1
                    offender.heard = b""
                    offender.line.socket.sendall(next(ammunition))
    return dict(outcomes)


if __name__ == "__main__":
    order = json.loads(sys.stdin.read())
    os.nice(19)
    shots = [bytes.fromhex(shot) for shot in order["requests"]]
    print(json.dumps(flood(order["issuer"], shots, at_once=order["at_once"], seconds=order["seconds"])))
