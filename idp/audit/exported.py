"""The log in a file that proves itself: a head, a line for each event, a line for each seal, and an end that is signed.

The line of an event is the one that was digested, so a verifier reads no JSON to compare it. The head names the sealer's public
key; whoever verifies compares that with the one they know. The end holds a compact JWS (RFC 7515) by the same key over the
SHA-256 of everything before it: head and unsealed events, which no seal covers, are as they were exported.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from idp.audit.seals import line_of
from idp.clock import Instant
from idp.errors import Refused
from idp.jose import Key, sign, verify
from idp.ports import StoredSeal

FORMAT = "yizheng-audit-1"
TYPE = "yizheng-audit-export"
_END = b'{"end"'
_AT_ONCE = 500


class Source(Protocol):
    """As much of `ports.AuditLog` as an export reads."""

    def every_event(self) -> Iterator[Sequence[object]]:
        """All of them, ascending."""

    def seals_after(self, number: int, limit: int) -> Sequence[StoredSeal]:
        """So many seals behind this one, in their order."""


def write(log: Source, key: Key | None, issuer: str, at: Instant, file: BinaryIO) -> tuple[int, int]:
    """Events and seals, as many as there are; how many of each.

    The seals are read after the events: an event that is sealed meanwhile stands in the file, too.
    """
    head = {"format": FORMAT, "issuer": issuer, "exported_at": at, "key": None if key is None else key.public_jwk}
    lines = _Lines(file)
    lines.add(json.dumps(head).encode())
    events = 0
    for columns in log.every_event():
        lines.add(line_of(columns))
        events += 1
    seals, reached = 0, 0
    while found := log.seals_after(reached, _AT_ONCE):
        for stored in found:
            lines.add(json.dumps({"seal": stored.text}).encode())
        seals, reached = seals + len(found), found[-1].number
    told = {"events": events, "seals": seals, "sha256": lines.digest.hexdigest()}
    lines.add(json.dumps({"end": {**told, "signature": None if key is None else sign(told, key, TYPE)}}).encode())
    return events, seals


class Ending(StrEnum):
    """How a file ends."""

    SIGNED = "signed"
    """By the key, and everything before is as it was signed."""
    UNSIGNED = "unsigned"
    """Whoever exported it had no key."""
    BROKEN = "broken"
    """Signed, by another key or over another file."""
    MISSING = "missing"
    """It was cut short."""


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
        """Each seal; a line that is none, and no end, is an empty one, which nobody signed."""
        for line in self._after_events():
            if not line.startswith(_END):
                yield str(_member(line, "seal") or "")

    def ending(self, key: Key) -> Ending:
        """Whether its last line is the end that was written, and whether this key signed all of it."""
        digest, last = hashlib.sha256(), b""
        with self.path.open("rb") as file:
            for line in file:
                digest.update(last)
                last = line
        end = _member(last, "end") if last.startswith(_END) and last.endswith(b"\n") else None
        if not isinstance(end, dict):
            return Ending.MISSING
        signature = end.get("signature")
        if signature is None:
            return Ending.UNSIGNED
        claims = verify(str(signature), [key], TYPE)
        is_whole = claims is not None and claims.get("sha256") == digest.hexdigest()
        return Ending.SIGNED if is_whole else Ending.BROKEN

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
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise Refused("invalid_export", "That is no export of the log: idp audit export --out FILE writes one.")
    return Export(path, head)


def _member(line: bytes, name: str) -> object:
    """None where it is no JSON, or has no such member."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told.get(name) if isinstance(told, dict) else None


@dataclass(frozen=True, slots=True)
class _Lines:
    """Writes lines, and keeps the digest of all so far."""

    file: BinaryIO
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, line: bytes) -> None:
        """One more."""
        text = line + b"\n"
        self.digest.update(text)
        self.file.write(text)
