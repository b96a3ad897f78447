"""A steady caller of /token and /jwks: so many a second of each, whatever else happens; one JSON line tells how long.

`python -m tests.benchmarks.flood_probe ISSUER SECONDS`. Each question has its moment beforehand, and its time counts from
that moment: a server that stalls is charged with those who would have come meanwhile (coordinated omission).
"""

import json
import sys
import threading
import time

from tests.benchmarks.flood_http import Line, get, post
from tests.benchmarks.operations import basic

PER_SECOND = 50
SLEEPER = "nobody (one who only sleeps)"
LINES = 8
"""Callers of each endpoint, taking turns: a slow answer does not keep the next question back."""


def questions() -> dict[str, bytes]:
    """The two that must not feel a flood of logins."""
    secret = f"Authorization: {basic('opaque')['HTTP_AUTHORIZATION']}"
    return {"token": post("/token", {"grant_type": "client_credentials"}, secret), "jwks": get("/jwks")}


def probe(issuer: str, seconds: float) -> dict[str, list[float]]:
    """Milliseconds of every question, by endpoint; anything but 200 is a failure."""
    told: dict[str, list[float]] = {name: [] for name in (*questions(), SLEEPER)}
    faults: list[str] = []
    begun = time.perf_counter() + 0.1

    def call(name: str, request: bytes, first: int) -> None:
        with Line(issuer) as line:
            for number in range(first, int(seconds * PER_SECOND), LINES):
                due = begun + number / PER_SECOND
                time.sleep(max(0.0, due - time.perf_counter()))
                reply = line.ask(request)
                told[name].append((time.perf_counter() - due) * 1000)
                if reply.status != 200:
                    faults.append(f"{name}: {reply.status}")

    def sleep_only() -> None:
        """What the machine itself adds: one who wakes at the same moments, and asks nothing of anybody."""
        for number in range(int(seconds * PER_SECOND)):
            due = begun + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            told[SLEEPER].append((time.perf_counter() - due) * 1000)

    threads = [
        threading.Thread(target=call, args=(name, request, first))
        for name, request in questions().items()
        for first in range(LINES)
    ]
    threads.append(threading.Thread(target=sleep_only))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = int(seconds * PER_SECOND)
    if faults or any(len(times) != expected for times in told.values()):
        raise SystemExit(f"the probe was not answered: {faults[:3]}")
    return told


if __name__ == "__main__":
    print(json.dumps(probe(sys.argv[1], float(sys.argv[2]))))
