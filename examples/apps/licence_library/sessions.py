"""Who is signed in and who is on the way, kept in this process under random names."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Cupboard(Generic[Kept]):
    """Things kept under a random name for a while; the oldest make room when there are too many."""

    def __init__(self, *, seconds: int, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._things: OrderedDict[str, tuple[float, Kept]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, thing: Kept) -> str:
        """Keep a thing; its name is worth 256 bits."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            while self._things and (len(self._things) >= self._most or self._is_over(next(iter(self._things)))):
                self._things.popitem(last=False)
            self._things[name] = (time.monotonic(), thing)
        return name

    def look(self, name: str) -> Kept | None:
        """The thing under a name, unless its time is over."""
        with self._lock:
            return None if name not in self._things or self._is_over(name) else self._things[name][1]

    def take(self, name: str) -> Kept | None:
        """The thing under a name, which is free from then on: only one of two takers gets it."""
        with self._lock:
            is_there = name in self._things and not self._is_over(name)
            kept = self._things.pop(name, None)
        return kept[1] if kept and is_there else None

    def discard(self, is_meant: Callable[[Kept], bool]) -> None:
        """Throw away all things of this kind."""
        with self._lock:
            for name in [name for name, (_, thing) in self._things.items() if is_meant(thing)]:
                del self._things[name]

    def _is_over(self, name: str) -> bool:
        return time.monotonic() - self._things[name][0] > self._seconds
