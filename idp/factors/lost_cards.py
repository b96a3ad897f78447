"""The list of lost citizen cards: a file of the card office with one serial number a line, `#` begins a remark.

It is read again whenever it changes. A list that cannot be read any more leaves the last good one in force and is told
in the log at each card, since a card that was reported meanwhile still works.
"""

import os
import re
from pathlib import Path
from threading import Lock

import structlog

from idp.clock import Instant

_SERIAL = re.compile(r"[0-9A-F]{8,32}", re.ASCII)
_log = structlog.get_logger()

_Stamp = tuple[int, int, int]


def read_serial(written: str) -> str | None:
    """The serial number of a chip: eight to thirty-two hexadecimal digits, in either case; None: it is none."""
    serial = written.upper()
    return serial if _SERIAL.fullmatch(serial) else None


class LostCards:
    """What of the file is in force."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` or `ValueError` when the first list cannot be read."""
        self._path = path
        self._lock = Lock()
        self._stamp = _stamp_of(path)
        self._serials = _read(path)

    def __contains__(self, serial: str) -> bool:
        return serial in self._now()

    def __len__(self) -> int:
        return len(self._now())

    def serials(self) -> frozenset[str]:
        """All of them."""
        return self._now()

    @property
    def listed_at(self) -> Instant:
        """When the list that is in force was written."""
        return Instant(self._stamp[0] // 1_000_000_000)

    def _now(self) -> frozenset[str]:
        with self._lock:
            try:
                stamp = _stamp_of(self._path)  # before the content: what is written meanwhile is read next time
                if stamp != self._stamp:
                    self._serials, self._stamp = _read(self._path), stamp
            except (OSError, ValueError) as error:
                _log.error("lost_cards.unreadable", error=type(error).__name__, kept=len(self._serials))
            return self._serials


def _stamp_of(path: Path) -> _Stamp:
    found = os.stat(path)  # noqa: PTH116 - one call, without building another path
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> frozenset[str]:
    serials = set()
    for line in path.read_text("utf-8").splitlines():
        written = line.partition("#")[0].strip()
        serial = read_serial(written)
        if written and serial is None:
            raise ValueError("a line is no serial number")
        serials |= {serial} if serial else set()
    return frozenset(serials)
