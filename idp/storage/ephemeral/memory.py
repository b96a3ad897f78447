"""The ephemeral store of one process, for tests: with several workers it would be several stores."""

import threading

from idp.clock import Clock, Instant, after
from idp.entropy import random_token


class MemoryEphemeral:
    """Implements `ports.Ephemeral`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._values: dict[str, tuple[bytes, Instant]] = {}
        self._generation = random_token(16)

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Write, replacing."""
        with self._lock:
            self._write(key, value, seconds)

    def get(self, key: str) -> bytes | None:
        """Read."""
        with self._lock:
            return self._read(key)

    def take(self, key: str) -> bytes | None:
        """Read and delete; of many takers one gets it."""
        with self._lock:
            value = self._read(key)
            self._values.pop(key, None)
            return value

    def add(self, key: str, value: bytes, seconds: int) -> bool:
        """Write only if absent."""
        with self._lock:
            is_absent = self._read(key) is None
            if is_absent:
                self._write(key, value, seconds)
            return is_absent

    def swap(self, key: str, new: bytes, seconds: int) -> bytes | None:
        """Put a value in the place of another, which it gives."""
        with self._lock:
            old = self._read(key)
            if old is not None:
                self._write(key, new, seconds)
            return old

    def incr(self, key: str, seconds: int) -> int:
        """Add one to a counter; the first call starts its life."""
        with self._lock:
            before = self._read(key)
            if before is None:
                self._write(key, b"1", seconds)
                return 1
            count = int(before) + 1
            self._values[key] = (b"%d" % count, self._values[key][1])
            return count

    def generation(self) -> str:
        """A value that changes when the store was lost."""
        return self._generation

    def close(self) -> None:
        """Forget everything."""
        self._values.clear()

    def _read(self, key: str) -> bytes | None:
        value, expires_at = self._values.get(key, (None, self._clock()))
        return value if expires_at > self._clock() else None

    def _write(self, key: str, value: bytes, seconds: int) -> None:
        self._values[key] = (value, after(self._clock(), max(seconds, 1)))
