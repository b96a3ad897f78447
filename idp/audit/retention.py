"""What the law lets go leaves the log: the oldest seals' events, whole seals alone, and a seal says that they were removed.

How old events are is told by the moment in their seal, which is signed: whatever a seal covers happened before it, unless a
clock was wrong, and so their own moments are looked at, too. Before a batch goes it is compared with its seal, so that nobody's
change goes with it unseen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from idp.audit.anchors import Anchors
from idp.audit.seals import LEAF_BYTES, Seal, digest_of, leaf_of, line_of, read, write
from idp.clock import Clock, Instant, after
from idp.errors import Refused
from idp.jose import Key
from idp.ports import AuditLog, StoredSeal

DAY = 86_400
LEAST_DAYS = 183
"""Six months, whichever they are: the Cybersecurity Law of China, article 23, lets nobody keep logs for less."""
CLOCKS_DIFFER = 3600
"""By so many seconds at most is the clock of a server ahead of the sealer's."""
MOST_EVENTS = 5000
"""At once, so that it is one short transaction."""
_SEALS_AT_ONCE = 500
_AT = 3
"""The place of an event's moment among its columns."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The next events to go.

    Attributes:
        through: the number of the last seal whose events they are.
        seals: those of them that have events, in their order.
    """

    through: int
    seals: tuple[Seal, ...]

    @property
    def events(self) -> int:
        """How many."""
        return sum(each.last - each.first + 1 for seal in self.seals for each in seal.ranges)


class Retention:
    """Takes away what may go, a batch at a time; belongs to one thread.

    Args:
        log: the sealer's door into the log.
        key: of the sealer.
        days: for which events are kept, at least `LEAST_DAYS`.
        anchors: where the digest of each seal is kept.
    """

    def __init__(self, log: AuditLog, key: Key, clock: Clock, days: int, anchors: Path | None = None) -> None:
        if days < LEAST_DAYS:
            raise ValueError(f"the log is kept for {LEAST_DAYS} days at least")
        self._audit_log = log
        self._key = key
        self._clock = clock
        self._days = days
        self._anchors = None if anchors is None else Anchors(anchors)

    def until(self) -> Instant:
        """What was sealed before this moment may go: by age, and by holds."""
        cutoff = after(self._clock(), -self._days * DAY)
        held_since = self._audit_log.held_since()
        return cutoff if held_since is None else min(cutoff, after(held_since, -CLOCKS_DIFFER))

    def due(self) -> Iterator[Batch]:
        """All that may go now, batch by batch, without taking anything away; raises as `remove` does."""
        reached, until = self._removed(), self.until()
        while (batch := self._next(reached, until)) is not None:
            yield batch
            reached = batch.through

    def remove(self) -> Batch | None:
        """Take the next batch away; None: nothing may go now.

        Raises `Refused("audit_broken", …)`, with nothing removed, when what is to go is not as it was sealed.
        """
        batch = self._next(self._removed(), self.until())
        if batch is None:
            return None
        stored = self._seal(batch)
        ranges = [each for seal in batch.seals for each in seal.ranges]
        if self._audit_log.remove(stored, ranges) is None:
            return self.remove()  # another sealer was faster: after its seal, then
        if self._anchors is not None:
            self._anchors.add(stored.number, digest_of(stored.text), stored.sealed_at)
        return batch

    def _removed(self) -> int:
        stored = self._audit_log.last_removal()
        return 0 if stored is None else self._read(stored).removed

    def _next(self, reached: int, until: Instant) -> Batch | None:
        """Seals behind this one that are old enough, as far as one transaction goes; the newest event of all stays.

        SQLite would give its number to another one.
        """
        newest = self._audit_log.sealed_up_to()
        batch, found = Batch(reached, ()), self._audit_log.seals_after(reached, _SEALS_AT_ONCE)
        for stored in found:
            seal = self._read(stored)
            is_full = batch.seals and batch.events + len(seal.leaves) // LEAF_BYTES > MOST_EVENTS
            is_newest = seal.ranges and seal.ranges[-1].last >= newest
            if is_full or is_newest or seal.sealed_at >= until or self._newest_of(seal) >= until:
                break
            batch = Batch(seal.number, (*batch.seals, seal) if seal.ranges else batch.seals)
        is_empty = not batch.seals and batch.through < reached + _SEALS_AT_ONCE
        return None if is_empty else batch

    def _newest_of(self, seal: Seal) -> Instant:
        """When the last of its events happened by the clock of whoever wrote it; raises `Refused("audit_broken", …)`."""
        rows = {
            int(str(row[0])): row
            for each in seal.ranges
            for row in self._audit_log.events_after(each.first - 1, each.last - each.first + 1)
        }
        for event_id, leaf in seal.events:
            if event_id not in rows or leaf_of(line_of(rows[event_id])) != leaf:
                raise Refused(
                    "audit_broken",
                    f"Event {event_id} is not as seal {seal.number} has it. Nothing was removed from there on: export the"
                    " log, prove it with `idp audit verify`, and find out who changed it.",
                )
        return max((Instant(int(str(rows[each][_AT]))) for each in seal.event_ids), default=Instant(0))

    def _seal(self, batch: Batch) -> StoredSeal:
        newest, before = self._audit_log.last_seal(), self._audit_log.last_removal()
        assert newest is not None  # there is one that is to go
        last, at = self._read(newest), self._clock()
        last_event = max([seal.ranges[-1].last for seal in batch.seals], default=0)
        last_event = max(last_event, 0 if before is None else before.last_event)
        seal = Seal(
            number=last.number + 1,
            previous=digest_of(newest.text),
            settled=last.settled,
            ranges=(),
            leaves=b"",
            sealed_at=at,
            removed=batch.through,
        )
        text = write(seal, self._key)
        return StoredSeal(number=seal.number, text=text, last_event=last_event, sealed_at=at, removed=batch.through)

    def _read(self, stored: StoredSeal) -> Seal:
        seal = read(stored.text, [self._key])
        if seal is None or seal.number != stored.number:
            raise Refused(
                "audit_key",
                f"Seal {stored.number} was not signed by this key: another key sealed it, or it was forged.",
            )
        return seal
