"""What a seal says of the log: which events there were, a digest of each, and the seal before it, signed by a key of its own.

An event is one line of JSON, in one form alone, and its digest is the SHA-256 of that line, shortened to 128 bits: enough that
nobody finds another line with it. A seal is a compact JWS (RFC 7515) which names the digest of each event that it covers, so
that whoever has the seals can say which event was changed, and not only that one was.

A seal without events can say that those of the oldest seals were removed, when the law let them go: a link of the same chain,
so that nobody without the key can make it, or take it back.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic_core import to_json

from idp.clock import Instant
from idp.jose import Key, base64url, from_base64url, sign, verify

TYPE = "yizheng-audit-seal"
LEAF_BYTES = 16
MOST_EVENTS = 2000
"""In one seal, so that it stays a few tens of kilobytes."""
BEGINNING = "0" * 64
"""What stands before the first seal."""
_LONGEST = 1 << 20


class Range(NamedTuple):
    """Events from the first to the last of these numbers, without a gap."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What was sealed at once.

    Attributes:
        number: 1 for the first, one more for each that follows.
        previous: the digest of the seal before it.
        settled: up to this number there is no event that is not in this seal or one before it.
        ranges: the numbers of its events, ascending.
        leaves: their digests, one behind the other.
        removed: the events of all seals up to this one were removed when this was sealed; 0: nothing is said of that.
    """

    number: int
    previous: str
    settled: int
    ranges: tuple[Range, ...]
    leaves: bytes
    sealed_at: Instant
    removed: int = 0

    @property
    def event_ids(self) -> Iterator[int]:
        """The numbers of its events, ascending."""
        for first, last in self.ranges:
            yield from range(first, last + 1)

    @property
    def events(self) -> Iterator[tuple[int, bytes]]:
        """Each event's number and digest."""
        places = range(0, len(self.leaves), LEAF_BYTES)
        for event_id, place in zip(self.event_ids, places, strict=True):
            yield event_id, self.leaves[place : place + LEAF_BYTES]


def line_of(columns: Sequence[object]) -> bytes:
    """An event as the one line that is digested: its columns in their order, as JSON without spaces, in ASCII.

    Whatever somebody typed moves no cursor of whoever reads an export in a terminal.
    """
    return to_json(list(columns), ensure_ascii=True)


def leaf_of(line: bytes) -> bytes:
    """The digest of an event's line."""
    return hashlib.sha256(line).digest()[:LEAF_BYTES]


def ranges_of(event_ids: Iterable[int]) -> tuple[Range, ...]:
    """Ascending numbers as ranges."""
    ranges: list[Range] = []
    for event_id in event_ids:
        if ranges and event_id == ranges[-1].last + 1:
            ranges[-1] = Range(ranges[-1].first, event_id)
        else:
            ranges.append(Range(event_id, event_id))
    return tuple(ranges)


def write(seal: Seal, key: Key) -> str:
    """The seal, signed."""
    claims = {
        "number": seal.number,
        "previous": seal.previous,
        "settled": seal.settled,
        "ranges": [list(each) for each in seal.ranges],
        "leaves": base64url(seal.leaves),
        "sealed_at": seal.sealed_at,
        **({"removed": seal.removed} if seal.removed else {}),
    }
    return sign(claims, key, TYPE)


def read(unverified_seal: str, keys: Iterable[Key]) -> Seal | None:
    """The seal, if one of these keys signed it and it holds what a seal holds; None otherwise."""
    claims = verify(unverified_seal, keys, TYPE, longest=_LONGEST)
    if claims is None:
        return None
    try:
        return _seal(claims)
    except (KeyError, TypeError, ValueError):
        return None


def digest_of(seal: str) -> str:
    """By which the next seal, and an anchor, name a seal."""
    return hashlib.sha256(seal.encode()).hexdigest()


def _seal(claims: Mapping[str, Any]) -> Seal:
    ranges = tuple(Range(int(first), int(last)) for first, last in claims["ranges"])
    leaves = from_base64url(claims["leaves"])
    if sum(each.last - each.first + 1 for each in ranges) * LEAF_BYTES != len(leaves):
        raise ValueError("there are not as many digests as events")
    return Seal(
        number=int(claims["number"]),
        previous=str(claims["previous"]),
        settled=int(claims["settled"]),
        ranges=ranges,
        leaves=leaves,
        sealed_at=Instant(int(claims["sealed_at"])),
        removed=int(claims.get("removed", 0)),
    )
