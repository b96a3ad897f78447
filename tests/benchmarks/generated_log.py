"""A log of any size as an export, sealed and signed, without the installation that would take hours to write it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from idp.audit import exported
from idp.audit.anchors import Anchors
from idp.audit.seals import BEGINNING, Range, Seal, digest_of, leaf_of, line_of, write
from idp.clock import Instant
from idp.jose import Key
from idp.ports import StoredSeal

BEGUN = Instant(1_700_000_000)
IN_A_SEAL = 250


class Generated(NamedTuple):
    """Where it is."""

    export: Path
    anchors: Path


class GeneratedLog:
    """As much of `ports.AuditLog` as an export reads: so many events, and the seals that follow from them."""

    def __init__(self, events: int, key: Key, anchors: Path) -> None:
        self._events = events
        self._key = key
        self._anchors = Anchors(anchors)
        self._seals: list[StoredSeal] = []
        self._previous = BEGINNING

    def every_event(self) -> Iterator[Sequence[object]]:
        """All of them, ascending; a seal is made after each `IN_A_SEAL`."""
        leaves: list[bytes] = []
        for number in range(1, self._events + 1):
            event = _event(number)
            leaves.append(leaf_of(line_of(event)))
            yield event
            if len(leaves) == IN_A_SEAL or number == self._events:
                self._seal(number, leaves)
                leaves = []

    def seals_after(self, number: int, limit: int) -> Sequence[StoredSeal]:
        """So many seals behind this one."""
        return self._seals[number : number + limit]

    def _seal(self, last: int, leaves: list[bytes]) -> None:
        at, number = Instant(BEGUN + last), len(self._seals) + 1
        seal = Seal(
            number=number,
            previous=self._previous,
            settled=last,
            ranges=(Range(last - len(leaves) + 1, last),),
            leaves=b"".join(leaves),
            sealed_at=at,
        )
        text = write(seal, self._key)
        self._previous = digest_of(text)
        self._seals.append(StoredSeal(number=number, text=text, last_event=last, sealed_at=at))
        self._anchors.add(number, self._previous, at)


def generate(folder: Path, events: int, key: Key) -> Generated:
    """Write export and anchors of so many events into this folder."""
    made = Generated(folder / "log.jsonl", folder / "anchors.jsonl")
    with made.export.open("xb") as file:
        exported.write(GeneratedLog(events, key, made.anchors), key, "https://login.example", BEGUN, file)
    return made


def _event(number: int) -> Sequence[object]:
    """A sign-in, or an app's code, as they are written."""
    is_code = number % 2
    return (
        number,
        "audit",
        "authorization.granted" if is_code else "session.signed_in",
        BEGUN + number,
        "ok",
        number % 900_000 + 1,
        "housing-fund" if is_code else None,
        number // 2 + 1,
        "website",
        f"{number:032x}",
        '{"acr":"urn:yizheng:level:3","scope":"openid profile"}' if is_code else '{"amr":"pwd","level":3}',
        None,
    )
