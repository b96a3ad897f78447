"""Seals the log while it grows: what is visible and not sealed yet, every few seconds, one sealer at a time.

Sealing takes nothing away from sign-ins: no lock, no order that they would have to keep. An event whose transaction ends late is
sealed when it is seen.
"""

from pathlib import Path
from threading import Event as Signal

import structlog

from idp.audit.anchors import Anchors
from idp.audit.seals import BEGINNING, MOST_EVENTS, Seal, digest_of, leaf_of, line_of, ranges_of, read, write
from idp.clock import Clock
from idp.errors import Refused, Unavailable
from idp.jose import Key
from idp.ports import AuditLog, StoredSeal

EVERY_SECONDS = 2.0
_log = structlog.get_logger()


class Sealer:
    """Holds the key; belongs to one thread.

    Args:
        log: the sealer's door into the log.
        key: of the sealer alone, and never in the database.
        anchors: where the digest of each seal is kept; None: nowhere, and nobody can prove that the end was not cut off.
    """

    def __init__(self, log: AuditLog, key: Key, clock: Clock, anchors: Path | None = None) -> None:
        self._audit_log = log
        self._key = key
        self._clock = clock
        self._anchors = None if anchors is None else Anchors(anchors)
        self._known: dict[int, Seal] = {}

    def run(self, stop: Signal, every: float = EVERY_SECONDS) -> None:
        """Until it is told to stop; while the store is down it waits."""
        while not stop.is_set():
            try:
                while self.seal() == MOST_EVENTS:
                    pass
            except Unavailable as unavailable:
                _log.warning("audit.store_unavailable", detail=unavailable.detail)
            stop.wait(every)

    def seal(self) -> int:
        """Seal what is there and not sealed, as much as one seal holds; how many events that was.

        Raises `Refused("audit_key", …)` when the last seal was not signed by this key: two sealers, or another key.
        """
        last = self._last()
        self._catch_up(last)
        settled = self._audit_log.settled()  # before looking: whatever is settled is seen now
        found = self._unsealed(last)
        if not found:
            return 0
        at = self._clock()
        seal = Seal(
            number=1 if last is None else last[0].number + 1,
            previous=BEGINNING if last is None else last[1],
            settled=max(0 if last is None else last[0].settled, min(settled, found[-1][0])),
            ranges=ranges_of(event_id for event_id, _ in found),
            leaves=b"".join(leaf for _, leaf in found),
            sealed_at=at,
        )
        text = write(seal, self._key)
        stored = StoredSeal(number=seal.number, text=text, last_event=found[-1][0], sealed_at=at)
        if not self._audit_log.add_seal(stored):
            return 0  # another one was faster, and comes next
        if self._anchors is not None:
            self._anchors.add(seal.number, digest_of(text), at)
        return len(found)

    def _last(self) -> tuple[Seal, str] | None:
        stored = self._audit_log.last_seal()
        if stored is None:
            return None
        seal = self._read(stored)
        if seal is None:
            raise Refused(
                "audit_key",
                "The last seal of the log was not signed by this key: another key seals it, or it was forged.",
            )
        return seal, digest_of(stored.text)

    def _unsealed(self, last: tuple[Seal, str] | None) -> list[tuple[int, bytes]]:
        """Behind what is settled, less what seals already hold."""
        settled = 0 if last is None else last[0].settled
        sealed: set[int] = set()
        recent = self._audit_log.seals_reaching(settled)
        self._known = {each.number: seal for each in recent if (seal := self._known.get(each.number)) is not None}
        for stored in recent:
            seal = self._read(stored)
            sealed.update(() if seal is None else (each for each in seal.event_ids if each > settled))
        rows = self._audit_log.events_after(settled, MOST_EVENTS + len(sealed))
        unsealed = [row for row in rows if row[0] not in sealed][:MOST_EVENTS]
        return [(int(str(row[0])), leaf_of(line_of(row))) for row in unsealed]

    def _read(self, stored: StoredSeal) -> Seal | None:
        """Verified once: those of the last seconds are looked at again and again."""
        seal = self._known.get(stored.number) or read(stored.text, [self._key])
        if seal is not None:
            self._known[stored.number] = seal
        return seal

    def _catch_up(self, last: tuple[Seal, str] | None) -> None:
        """Whoever was killed between a seal and its anchor left the anchor to the next one."""
        if self._anchors is None or last is None or self._anchors.newest >= last[0].number:
            return
        for stored in self._audit_log.seals_after(self._anchors.newest, MOST_EVENTS):
            self._anchors.add(stored.number, digest_of(stored.text), self._clock())
