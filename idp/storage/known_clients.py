"""Client registrations that this process has read, and how it notices that they are old.

Every request needs its client, and clients change a few times a day. So a process keeps what it read, together with the
version of all registrations at that moment (docs/decisions/0016). Processes of one machine share a generation, 16 bytes
in a file that all of them map: whoever changes a registration writes others there, and the next request of each process
looks at the version again. Another machine learns of it within a second, by looking at the version that often.
"""

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from idp.entropy import random_token
from idp.model.client import Client

POLL_SECONDS = 1.0
"""How old a look at the version may be where another machine may have changed it."""

_SIZE = 16


class SharedGeneration:
    """A random value that all processes of this machine see at once; raises OSError when its file cannot be had."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size < _SIZE:
                os.ftruncate(descriptor, _SIZE)
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)

    def value(self) -> bytes:
        """What it is now."""
        return self._map[:]

    def change(self) -> None:
        """Make it another one; a reader who sees half of it sees another one, too."""
        self._map[:] = random_token(_SIZE * 3 // 4).encode()


def shared_generation(directory: Path) -> SharedGeneration | None:
    """The one of this directory; None where it cannot be written, since another user made it, or the disk is full."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return SharedGeneration(directory / "clients.generation")
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Known:
    """The registrations of one version, as they are read one by one."""

    version: int
    by_client_id: dict[str, Client] = field(default_factory=dict)
    by_resource: dict[str, Client] = field(default_factory=dict)
    generation: bytes = b""
    looked_at: float = 0.0


class KnownClients:
    """What all threads of a process know; without a shared generation every unit of work looks at the version."""

    def __init__(self, generation: SharedGeneration | None = None) -> None:
        self._generation = generation
        self._known = Known(-1)

    def certain(self) -> Known | None:
        """What is known, if nobody on this machine has changed it, and the look is fresh enough for all others."""
        known = self._known
        if self._generation is None or known.generation != self._generation.value():
            return None
        return known if monotonic() - known.looked_at < POLL_SECONDS else None

    def look(self, read_version: Callable[[], int]) -> Known:
        """What is known of the version that stands in the store now."""
        # The generation first: a change that comes between the two is seen by the next look.
        generation = b"" if self._generation is None else self._generation.value()
        looked_at, version = monotonic(), read_version()
        before = self._known if self._known.version == version else Known(version)
        self._known = replace(before, generation=generation, looked_at=looked_at)
        return self._known

    def change(self) -> None:
        """A registration was changed, and everybody can read it by now."""
        if self._generation is not None:
            self._generation.change()
