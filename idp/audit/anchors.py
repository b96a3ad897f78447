"""Where the digest of each seal is kept, out of reach of whoever could change the log: one line of JSON for each, added and never changed.

The file belongs on another machine, or on a medium that is written once; whatever reads it needs nothing but the file.
"""

import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from idp.clock import Instant
from idp.errors import Refused


class Anchors:
    """A file that lines are added to; each is on the disk before the next event is sealed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.newest = max(read(path), default=0) if path.exists() else 0

    def add(self, number: int, digest: str, at: Instant) -> None:
        """One more; a number that is there already is passed over."""
        if number <= self.newest:
            return
        line = json.dumps({"seal": number, "digest": digest, "sealed_at": at}) + "\n"
        with open(self._path, "ab+", buffering=0, opener=_private) as file:
            if file.tell() and not _ends_a_line(file):
                line = f"\n{line}"  # whoever wrote before was killed in the middle of a line
            file.write(line.encode())
            os.fsync(file.fileno())
        self.newest = number


def read(path: Path) -> Mapping[int, str]:
    """The digest of each seal by its number; raises `Refused("invalid_anchor", …)` for a file without one.

    Half a line, which a crash left, is passed over: its seal is anchored again by the next line.
    """
    return read_lines(path.read_text("utf-8", "replace").splitlines())


def read_lines(lines: Sequence[str]) -> Mapping[int, str]:
    """The same out of its lines; raises `Refused("invalid_anchor", …)`."""
    digests: dict[int, str] = {}
    for line in lines:
        try:
            told = json.loads(line)
            digests[int(told["seal"])] = str(told["digest"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            continue
    if lines and not digests:
        raise Refused("invalid_anchor", "There is no anchor in it.")
    return digests


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _ends_a_line(file: io.FileIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
