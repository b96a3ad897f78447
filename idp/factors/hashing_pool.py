"""At most so many slow hashes at once over all processes of this machine (threat N11).

A slot is a locked file: the kernel gives it back when its process dies, whatever killed it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from idp.errors import Unavailable

_POLL_SECONDS = 0.01


class HashingPool:
    """A bounded number of slots; who finds none waits its turn for a while and is then told to come back.

    Args:
        directory: a directory of this machine that all server processes share.
        slots: how many hashes may run at once.
        wait_seconds: how long to wait for one.
    """

    def __init__(self, directory: Path, *, slots: int, wait_seconds: float) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._paths = [directory / f"hashing-{number}.lock" for number in range(slots)]
        self._wait_seconds = wait_seconds

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot; raises `Unavailable` when none came free in time."""
        descriptor = self._acquire(time.monotonic() + self._wait_seconds)
        try:
            yield
        finally:
            os.close(descriptor)

    def _acquire(self, deadline: float) -> int:
        while True:
            for path in self._paths:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                else:
                    return descriptor
            if time.monotonic() >= deadline:
                raise Unavailable("Many people are signing in at this moment; try again.", detail="hashing pool full")
            time.sleep(_POLL_SECONDS)
