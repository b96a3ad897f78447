"""The files of `idp person import`: the rows that come in, and the report that says of each what became of it."""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from io import SEEK_END
from pathlib import Path
from typing import IO, Any

import click

from idp.accounts.import_people import RowOutcome
from idp.accounts.imported_row import LONGEST_LINE
from idp.ports import Cipher

OTHER_FILE = "That report is about another file; name another one for this."

_BOM = b"\xef\xbb\xbf"
_BEGINNING = b'{"line": '
_MARK_BYTES = 6
_TAIL_BYTES = 4096
"""Longer than any line that we write."""


class UnusableFileError(click.ClickException):
    """A file that cannot be read, or must not be written over."""

    exit_code = 2


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """The file, or for `-` standard input; raises `UnusableFileError` whenever it cannot be read."""
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as lines:
            yield lines
    except OSError as error:
        raise UnusableFileError(f"{file} cannot be read: {error.strerror}.") from None


def lines_of(lines: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Each line with its number, from 1; blank ones are left out, and None stands for one that is too long."""
    number = 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        rest = line
        while rest and not rest.endswith(b"\n"):  # of one that is too long; the last one may end without
            rest = lines.readline(LONGEST_LINE + 1)
        stripped = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
        if stripped:
            yield number, stripped if len(line) <= LONGEST_LINE else None


class Report:
    """Where it is written what became of each row, one line of JSON each, so that the next run knows where to go on.

    Attributes:
        last_line: the last line of the file that it tells of; 0: none yet.
    """

    def __init__(self, opened: IO[bytes], cipher: Cipher, *, is_dry_run: bool) -> None:
        self._opened = opened
        self._cipher = cipher
        self._is_dry_run = is_dry_run
        last = _last_told(opened)
        if last is not None and bool(last.get("dry_run")) and not is_dry_run:
            raise UnusableFileError("That is the report of a dry run; name another file, or delete it.")
        if last is not None and is_dry_run and not last.get("dry_run"):
            raise UnusableFileError("That is the report of a real import; name another file for the dry run.")
        if is_dry_run:
            opened.seek(0)
            opened.truncate()
            last = None
        self.last_line: int = 0 if last is None else last["line"]
        self._last_mark = None if last is None else last["row"]

    def refuse_other_file(self, line: bytes | None) -> None:
        """Stop where the line that was told of last is another one now: its rows would be skipped, unwritten."""
        if self._mark(line) != self._last_mark:
            raise UnusableFileError(OTHER_FILE)

    def write(self, told: Sequence[tuple[int, bytes | None, RowOutcome]]) -> None:
        """Append what became of these rows, durably."""
        for number, line, outcome in told:
            members = {"line": number, "outcome": outcome.fate.value}
            members |= {name: value for name in ("uid", "code", "reason", "odd") if (value := getattr(outcome, name))}
            members |= {"dry_run": True} if self._is_dry_run else {"row": self._mark(line)}
            self._opened.write(json.dumps(members).encode() + b"\n")
        self._opened.flush()
        os.fsync(self._opened.fileno())

    def _mark(self, line: bytes | None) -> str:
        """By a key of ours, so that it says nothing about the row to anybody else."""
        return self._cipher.tag("row of an import", line or b"")[:_MARK_BYTES].hex()


@contextmanager
def report_at(path: Path, cipher: Cipher, *, is_dry_run: bool) -> Iterator[Report]:
    """The report at this path, for one run at a time; made where there is none."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Report(opened, cipher, is_dry_run=is_dry_run)
    except BlockingIOError:
        raise UnusableFileError(f"Another import is writing {path}.") from None
    except OSError as error:
        raise UnusableFileError(f"{path} cannot be written: {error.strerror}.") from None


def _last_told(opened: IO[bytes]) -> dict[str, Any] | None:
    """The last whole line; half a line, left by a run that was killed, is cut off."""
    size = opened.seek(0, SEEK_END)
    opened.seek(max(0, size - _TAIL_BYTES))
    whole, _, torn = opened.read().rpartition(b"\n")
    if not whole and torn and not torn.startswith(_BEGINNING):
        raise _no_report()
    last = _told_in(whole.rpartition(b"\n")[2]) if whole else None
    opened.truncate(size - len(torn))
    opened.seek(0, SEEK_END)
    return last


def _told_in(line: bytes) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(line)
        is_report = isinstance(told["line"], int) and ("row" in told or told["dry_run"])
    except (ValueError, TypeError, KeyError):
        is_report = False
    if not is_report:
        raise _no_report()
    return told


def _no_report() -> UnusableFileError:
    return UnusableFileError("That file is no report of an import; name another one.")
