"""At most so many slow hashes at once over all processes of this machine, and few who wait for one (threat N11).

A slot is a locked file: the kernel gives it back when its process dies, whatever killed it. Hashes run in threads of
their own, one for each slot, behind whoever else wants the CPU: a hash leaves its 19 MiB in one place instead of in every
thread of the server, and the threads that serve go on serving (decision 0014).
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from idp.errors import Unavailable

T = TypeVar("T")
_NICENESS = 10
"""As `nice` by default."""


class HashingPool:
    """A bounded number of slots and of places; who finds none is told to come back.

    Args:
        directory: a directory of this machine that all server processes share.
        slots: how many hashes may run at once.
        places: how many of this process's callers may wait or hash at once.
        wait_seconds: how long each of them waits at most.
    """

    def __init__(self, directory: Path, *, slots: int, places: int, wait_seconds: float) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._paths = [directory / f"hashing-{number}.lock" for number in range(slots)]
        self._places = threading.Semaphore(places)
        self._wait_seconds = wait_seconds
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._starting = threading.Lock()
        self._is_started = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Keep one of the places; raises `Unavailable` at once when all are taken."""
        if not self._places.acquire(blocking=False):
            raise _busy("hashing pool: no place")
        try:
            yield
        finally:
            self._places.release()

    def run(self, work: Callable[[], T]) -> T:
        """What the work returns or raises, once it had a slot; `Unavailable` when none came free in time."""
        self._start()
        result: Future[T] = Future()
        self._jobs.put((result, work))
        try:
            return result.result(self._wait_seconds)
        except TimeoutError:
            if result.cancel():
                raise _busy("hashing pool: no slot in time") from None
            return result.result()

    def _start(self) -> None:
        with self._starting:
            if not self._is_started:
                self._is_started = True
                for path in self._paths:
                    threading.Thread(target=self._serve, args=(path,), name=path.stem, daemon=True).start()

    def _serve(self, own: Path) -> None:
        _step_back(threading.get_native_id())
        while True:
            self._serve_next(own)

    def _serve_next(self, own: Path) -> None:
        """In a function of its own: nothing here remembers a password while it waits for the next one."""
        result, work = self._jobs.get()
        try:
            descriptor = self._slot(own)
        except OSError as failure:
            if result.set_running_or_notify_cancel():
                result.set_exception(failure)
            return
        try:
            _do(result, work)
        finally:
            os.close(descriptor)

    def _slot(self, own: Path) -> int:
        """Any slot that is free now, else the own one as soon as it is; the kernel wakes who waits for it."""
        for path in self._paths:
            descriptor = _opened(path)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                return descriptor
        descriptor = _opened(own)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor


def _step_back(thread: int) -> None:
    """Let everybody else have the CPU first, at once; where the system knows no such policy, nearly so."""
    try:
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, thread, _NICENESS)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _do(result: Future[T], work: Callable[[], T]) -> None:
    if not result.set_running_or_notify_cancel():
        return  # its caller gave up
    try:
        result.set_result(work())
    except BaseException as failure:  # noqa: BLE001 - it is the caller's
        result.set_exception(failure)


def _busy(detail: str) -> Unavailable:
    return Unavailable("Many people are signing in at this moment; try again.", detail=detail)
