"""The log in a file that proves itself: a head, a line for each event, a line for each seal, and an end.

The line of an event is the one that was digested, so a verifier reads no JSON to compare it. The head names the sealer's public
key; whoever verifies compares that with the one they know.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from idp.audit.seals import line_of
from idp.clock import Instant
from idp.errors import Refused
from idp.jose import Key
from idp.ports import AuditLog

FORMAT = "yizheng-audit-1"
_AT_ONCE = 500


def write(log: AuditLog, key: Key | None, issuer: str, at: Instant, file: BinaryIO) -> tuple[int, int]:
    """Events and seals, as many as there are; how many of each.

    The seals are read after the events: an event that is sealed meanwhile stands in the file, too.
    """
    head = {"format": FORMAT, "issuer": issuer, "exported_at": at, "key": None if key is None else key.public_jwk}
    _line(file, json.dumps(head).encode())
    events = 0
    for columns in log.every_event():
        _line(file, line_of(columns))
        events += 1
    seals, reached = 0, 0
    while found := log.seals_after(reached, _AT_ONCE):
        for stored in found:
            _line(file, json.dumps({"seal": stored.text}).encode())
        seals, reached = seals + len(found), found[-1].number
    _line(file, json.dumps({"end": {"events": events, "seals": seals}}).encode())
    return events, seals


@dataclass(frozen=True, slots=True)
class Export:
    """Such a file, as far as its head: nothing of it is proven."""

    path: Path
    unverified_head: Mapping[str, object]

    def events(self) -> Iterator[tuple[int, bytes]]:
        """Number and line of each event; a line that is none has the number 0."""
        with self.path.open("rb") as file:
            next(file)
            for line in file:
                if not line.startswith(b"["):
                    return
                text = line.rstrip(b"\n")
                number = text[1 : text.find(b",")]
                yield (int(number) if number.isdigit() and len(number) < 19 else 0), text

    def seals(self) -> Iterator[str]:
        """Each seal."""
        for line in self._after_events():
            told = json.loads(line)
            if "seal" in told:
                yield str(told["seal"])

    def is_complete(self) -> bool:
        """Whether its last line is the end that was written."""
        last = deque(self._after_events(), maxlen=1)
        return bool(last) and last[0].startswith(b'{"end"') and last[0].endswith(b"\n")

    def _after_events(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            next(file)
            for line in file:
                if not line.startswith(b"["):
                    yield line


def open_export(path: Path) -> Export:
    """Raises `Refused("invalid_export", …)` for what is none."""
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline(65_536))
    except OSError as error:
        raise Refused("invalid_export", f"The file cannot be read: {error.strerror}.") from None
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise Refused("invalid_export", "That is no export of the log: idp audit export --out FILE writes one.")
    return Export(path, head)


def _line(file: BinaryIO, line: bytes) -> None:
    file.write(line + b"\n")
