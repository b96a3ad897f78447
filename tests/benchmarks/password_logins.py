"""Password logins against the bare Argon2id rate: how much of a login is the hash that it cannot do without."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from statistics import median

from argon2.low_level import Type, hash_secret, verify_secret

from tests.benchmarks.flood_city import PASSWORD, Place
from tests.benchmarks.flood_http import Line
from tests.benchmarks.flood_visitors import sign_in
from tests.benchmarks.report import Table

AT_ONCE = 4
"""People who sign in at the same time: enough that a hash is always waiting for its turn."""
SERVER, VISITORS = frozenset({0}), frozenset({1})
TARGET_SHARE, TARGET_RATE = 0.85, 22


@dataclass(frozen=True)
class Round:
    """One round of each, one after the other on the same core: what a second brings, and what each costs in CPU."""

    hashes_per_second: float
    hash_seconds: float
    logins_per_second: float
    login_seconds: float

    @property
    def share(self) -> float:
        """How much of a login's CPU is the hash."""
        return self.hash_seconds / self.login_seconds


def measure(place: Place, rounds: int, seconds: float) -> list[Round]:
    """Bare hashes and whole logins in turn, server and bare hashes on one core, visitors on the other."""
    everywhere = frozenset(os.sched_getaffinity(0))
    place.pin(SERVER)
    try:
        warm_up, *counted = [_round(place, seconds) for _ in range(rounds + 1)]
        assert warm_up.logins_per_second > 0
        return counted
    finally:
        place.pin(everywhere)
        os.sched_setaffinity(0, everywhere)


def table(figures: dict[str, list[Round]]) -> Table:
    """Medians over the rounds, for each pair of stores."""
    rows = []
    for stores, rounds in figures.items():
        values = [
            median(getattr(each, name) for each in rounds)
            for name in ("hashes_per_second", "logins_per_second", "hash_seconds", "login_seconds", "share")
        ]
        bare, logins, hash_seconds, login_seconds, share = values
        rows.append(
            (
                stores,
                f"{bare:.1f}",
                f"{logins:.1f}",
                f"{logins / bare:.2f}x",
                f"{hash_seconds * 1e6:.0f}",
                f"{login_seconds * 1e6:.0f}",
                f"{share:.1%}",
            )
        )
    return Table(
        "Password logins on one core against bare Argon2id (m=19 MiB, t=2, p=1)",
        ("stores", "bare hashes/s", "logins/s", "logins to bare", "hash CPU µs", "login CPU µs", "hash's share"),
        rows,
        [
            "A login is the whole way over HTTP: the app's request, the name, the password, the code; six requests.",
            f"Targets: the hash is at least {TARGET_SHARE:.0%} of the login's CPU; at least {TARGET_RATE} logins/s.",
            "CPU of the server's processes only; a database or Redis runs beside them.",
        ],
    )


def _round(place: Place, seconds: float) -> Round:
    os.sched_setaffinity(0, SERVER)
    hashes, hash_seconds = _bare(seconds)
    os.sched_setaffinity(0, VISITORS)
    before = place.cpu_seconds()
    logins, passed = _logins(place, seconds * 2)
    return Round(hashes, hash_seconds, logins / passed, (place.cpu_seconds() - before) / logins)


def _bare(seconds: float) -> tuple[float, float]:
    """Verifications in a row: how many a second, and the CPU of one."""
    phc = hash_secret(PASSWORD.encode(), os.urandom(16), 2, 19_456, 1, 32, Type.ID)
    begun, cpu, done = time.perf_counter(), time.thread_time(), 0
    while time.perf_counter() - begun < seconds:
        assert verify_secret(phc, PASSWORD.encode(), Type.ID)
        done += 1
    return done / (time.perf_counter() - begun), (time.thread_time() - cpu) / done


def _logins(place: Place, seconds: float) -> tuple[int, float]:
    begun = time.perf_counter()

    def visitor(number: int) -> int:
        done = 0
        phones = cycle(place.phones[number::AT_ONCE])
        with Line(place.idp.issuer) as line:
            while time.perf_counter() - begun < seconds:
                assert sign_in(line, next(phones), PASSWORD)
                done += 1
        return done

    with ThreadPoolExecutor(AT_ONCE) as threads:
        done = sum(threads.map(visitor, range(AT_ONCE)))
    return done, time.perf_counter() - begun
