"""Master keys as the database knows them: by version, never by value (docs/decisions/0027)."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant


class MasterKeyState(StrEnum):
    """active: writes, one at a time · former: wrote, and values lie under it · spent: nothing that must be read does."""

    ACTIVE = "active"
    FORMER = "former"
    SPENT = "spent"


class Rekeyed(StrEnum):
    """What is written again under another key, as `idp keys rotate` calls it."""

    BLIND_INDEX = "blind-index"
    """The keyed digests by which people are found. They come first: numbers are sealed again with them."""
    FIELDS = "fields"
    """What is encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """One version.

    Attributes:
        check: a digest under the key, by which a process tells whether it has the same one; it gives nothing away.
        since: when it came to its state.
        rekeyed: of which kinds nothing lies under it any more; of a former one alone.
    """

    version: int
    check: bytes
    state: MasterKeyState
    since: Instant
    rekeyed: frozenset[Rekeyed] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RekeyedRows:
    """What one step of re-keying did with the next rows of a place.

    Attributes:
        last_id: of the rows that were looked at; None: there were none left.
        looked_at: how many those were.
        rekeyed: how many were written again.
        missed: how many somebody else had in hand; the same step may be done again.
        unreadable: the ids of those that do not decrypt, and stay as they are.
        doubles: the ids of those whose number another person holds under the key that writes now.
        kept: how many are only digests of something that we do not keep, under another key.
    """

    last_id: int | None
    looked_at: int = 0
    rekeyed: int = 0
    missed: int = 0
    unreadable: tuple[int, ...] = ()
    doubles: tuple[int, ...] = ()
    kept: int = 0
