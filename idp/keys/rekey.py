"""Re-keying: writing again, while everything goes on, what lies under a master key that no longer writes.

It may be killed anywhere: what is done says so itself, and the next run goes on with the rest. What does not decrypt is
counted and left; the run goes on, and the key that is to be rid of stays needed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic, sleep
from typing import TypeVar

from idp.clock import Clock, Instant
from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.model.master_key import MasterKey, MasterKeyState, Rekeyed, RekeyedRows
from idp.ports import BeginUnitOfWork, Cipher, Rekeying

T = TypeVar("T")

SETTLE_SECONDS = 12.0
"""Before the first row is looked at: a process that still seals with a former key has heard of the new one within five
seconds (`storage.master_keys.POLL_SECONDS`), and a transaction that began before lasts five more at most."""
ROWS = 200
"""Rows of one step: some ten milliseconds, which on SQLite every other writer waits for."""
BREATH = 0.25
"""How long to rest after each step, as a part of the time that it took."""
_REPEATS = 20
"""How often it comes back to rows that somebody else has in hand, before the run leaves them, and to a store that does not
answer, before it gives up."""
_REPEAT_SECONDS = 0.25
MOST_NAMED = 100
"""So many rows of a place are named; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was done in one place so far."""

    place: str
    looked_at: int = 0
    rekeyed: int = 0
    missed: int = 0
    kept: int = 0
    unreadable: int = 0
    doubles: int = 0
    named: tuple[tuple[int, str], ...] = ()

    @property
    def is_flawless(self) -> bool:
        """Whether nothing is left that could be written again."""
        return not (self.missed or self.unreadable or self.doubles)

    def plus(self, step: RekeyedRows) -> "Tally":
        """With what one more step did."""
        named = [(each, "does not decrypt") for each in step.unreadable]
        named += [(each, "another account holds this, too") for each in step.doubles]
        return replace(
            self,
            looked_at=self.looked_at + step.looked_at,
            rekeyed=self.rekeyed + step.rekeyed,
            missed=self.missed + step.missed,
            kept=self.kept + step.kept,
            unreadable=self.unreadable + len(step.unreadable),
            doubles=self.doubles + len(step.doubles),
            named=(*self.named, *named)[:MOST_NAMED],
        )


@dataclass(frozen=True, slots=True)
class Rekeyings:
    """What a run came to.

    Attributes:
        version: the key that everything was brought under.
    """

    version: int
    tallies: tuple[Tally, ...]

    @property
    def is_flawless(self) -> bool:
        """Whether nothing is left that could be written again."""
        return all(tally.is_flawless for tally in self.tallies)


@dataclass(frozen=True, slots=True)
class Doors:
    """What re-keying works with.

    Attributes:
        settle_seconds: how long to wait for processes that still seal with a former key.
    """

    begin: BeginUnitOfWork
    rekeying: Rekeying
    cipher: Cipher
    clock: Clock
    rows: int = ROWS
    settle_seconds: float = SETTLE_SECONDS


def switch(doors: Doors, version: int) -> bool:
    """Let this key write, in all processes at once; False: it does already. Raises `Refused`."""
    return _patiently(lambda: _switched(doors, version))


def _switched(doors: Doors, version: int) -> bool:
    now = doors.clock()
    with doors.begin() as unit_of_work:
        unit_of_work.master_keys.ensure(now)
        if not unit_of_work.master_keys.use(version, now):
            return False
        event = Event(kind=Kind.AUDIT, action=Action.MASTER_KEY_SWITCHED, at=now, data={"version": version})
        unit_of_work.events.record(event)
        unit_of_work.commit()
    return True


def rekey(doors: Doors, kinds: Sequence[Rekeyed], tell: Callable[[Tally], None]) -> Rekeyings:
    """Bring all of these kinds under the key that writes; raises `Refused` when this process lacks one of the keys.

    Args:
        tell: is told how far a place has come, after each step.
    """
    seen = _keys(doors)
    version = next(key.version for key in seen if key.state is MasterKeyState.ACTIVE)
    if any(key.state is MasterKeyState.FORMER for key in seen):
        sleep(doors.settle_seconds)
    by_kind = {
        kind: [_go_through(doors, place, version, tell) for place in doors.rekeying.places(kind)] for kind in kinds
    }
    tallies = tuple(tally for each in by_kind.values() for tally in each)
    done = [kind for kind, each in by_kind.items() if all(tally.is_flawless for tally in each)]
    outcome = Rekeyings(version, tallies)
    _patiently(lambda: _close(doors, outcome, kinds, done, seen))
    return outcome


def _keys(doors: Doors) -> Sequence[MasterKey]:
    now = doors.clock()
    with doors.begin() as unit_of_work:
        unit_of_work.master_keys.ensure(now)
        unit_of_work.commit()
        seen = unit_of_work.master_keys.all()
    for key in seen:
        if key.state is not MasterKeyState.SPENT:
            doors.cipher.require(key.version, key.check)
    return seen


def _go_through(doors: Doors, place: str, version: int, tell: Callable[[Tally], None]) -> Tally:
    tally, after_id = Tally(place), 0
    while True:
        begun_at = monotonic()
        step = _step(doors, place, version, after_id)
        if step.last_id is None:
            return tally
        tally, after_id = tally.plus(step), step.last_id
        tell(tally)
        sleep(BREATH * (monotonic() - begun_at))


def _step(doors: Doors, place: str, version: int, after_id: int) -> RekeyedRows:
    """One step, again for what was missed: whoever has a row in hand is done with it soon."""
    rekeyed = 0
    for _ in range(_REPEATS):
        step = _patiently(lambda: doors.rekeying.step(place, version, after_id=after_id, rows=doors.rows))
        rekeyed += step.rekeyed
        if not step.missed:
            break
        sleep(_REPEAT_SECONDS)
    return replace(step, rekeyed=rekeyed)


def _close(
    doors: Doors, outcome: Rekeyings, kinds: Sequence[Rekeyed], done: Sequence[Rekeyed], seen: Sequence[MasterKey]
) -> None:
    """Note what is done, and write down that it was."""
    now = doors.clock()
    with doors.begin() as unit_of_work:
        if done and not unit_of_work.master_keys.rekeyed(done, seen, now):
            raise Refused("invalid_request", "Another key came to write meanwhile; run it again.")
        unit_of_work.events.record(_event(outcome, kinds, now))
        unit_of_work.commit()


def _patiently(act: Callable[[], T]) -> T:
    """What it gives, when the store is busy for a moment: others have precedence."""
    for _ in range(_REPEATS - 1):
        try:
            return act()
        except Unavailable:
            sleep(_REPEAT_SECONDS)
    return act()


def _event(outcome: Rekeyings, kinds: Sequence[Rekeyed], now: Instant) -> Event:
    data = {
        "kinds": [kind.value for kind in kinds],
        "version": outcome.version,
        "rekeyed": [f"{tally.place} {tally.rekeyed}" for tally in outcome.tallies if tally.rekeyed],
        **{
            what: sum(getattr(tally, what) for tally in outcome.tallies) for what in ("unreadable", "doubles", "missed")
        },
    }
    end = "ok" if outcome.is_flawless else "incomplete"
    return Event(kind=Kind.AUDIT, action=Action.KEYS_REKEYED, at=now, outcome=end, data=data)
