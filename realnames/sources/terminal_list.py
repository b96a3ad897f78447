"""The operator's list of terminals that read identity cards: a JSON file with the public keys of each, by its name.

It is read again whenever it changes, so that a terminal that was stolen is out of use at once. A list that cannot be read
any more leaves the last good one in force, and that is told in the log at each reading.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import structlog

from idp.clock import Instant
from idp.jose import ForeignKey, read_foreign_keys

_NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_log = structlog.get_logger()

_Stamp = tuple[int, int, int]
_Terminals = Mapping[str, Sequence[ForeignKey]]


class TerminalList:
    """What of the file is in force; may be shared by threads."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` or `ValueError` when the first list cannot be read."""
        self._path = path
        self._lock = Lock()
        self._stamp = _stamp_of(path)
        self._terminals = _read(path)

    def __len__(self) -> int:
        return len(self._now())

    def __contains__(self, terminal: str) -> bool:
        return terminal in self._now()

    def named(self, kid: str) -> Sequence[ForeignKey]:
        """The keys of the terminal with this name."""
        return self._now().get(kid, ())

    @property
    def listed_at(self) -> Instant:
        """When the list that is in force was written."""
        return Instant(self._stamp[0] // 1_000_000_000)

    def _now(self) -> _Terminals:
        with self._lock:
            try:
                stamp = _stamp_of(self._path)  # before the content: what is written meanwhile is read next time
                if stamp != self._stamp:
                    self._terminals, self._stamp = _read(self._path), stamp
            except (OSError, ValueError) as error:
                _log.error("card_terminals.unreadable", error=type(error).__name__, kept=len(self._terminals))
            return self._terminals


def _stamp_of(path: Path) -> _Stamp:
    found = os.stat(path)  # noqa: PTH116 - one call, without building another path
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> _Terminals:
    """The terminals; raises `ValueError` when one has no name, no key that verifies here, or stands there twice."""
    try:
        listed = json.loads(path.read_text("utf-8"))["terminals"]
        named = [(each["terminal"], read_foreign_keys(each)) for each in listed]
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("no list of terminals") from None
    is_right = all(isinstance(name, str) and _NAME.fullmatch(name) and keys for name, keys in named)
    if not is_right or len(dict(named)) != len(named):
        raise ValueError("a terminal without a name or key of its own")
    return dict(named)
