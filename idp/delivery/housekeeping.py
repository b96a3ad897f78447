"""The housekeeper of `idp worker`: what has ended leaves the database, off the path of any request.

It goes through each table from the oldest row, a few hundred rows at a time, and rests in between: on SQLite there is one
writer at a time, and requests have precedence. It may die at any moment and run in several workers at once; the clocks
of the machines have to agree to a few minutes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event as Signal
from time import monotonic

import structlog

from idp.accounts.guesses import FORGOTTEN_AFTER
from idp.clock import Clock, Instant, after
from idp.errors import Unavailable
from idp.model.expiry import Cutoff, Perishable
from idp.ports import Expiry
from idp.settings import Settings

ROWS = 200
"""Rows per step: on SQLite so many families are gone in some ten milliseconds, for which every other writer waits."""
BREATHS = 4
"""How many times as long as a step took to rest after it, so that writers who waited come first."""
BREATH_SECONDS = 0.005
"""The least of such a rest."""
GRACE_SECONDS = 300
"""By which the clock of another machine may be behind ours: what expired for us may work there a moment longer."""
OFTEN, RARELY = 60, 6 * 3600
"""Seconds between two sweeps: of what comes by the thousands, and of tables through which a sweep reads all survivors."""
POLL_SECONDS = 5

_DAY = 86_400

_log = structlog.get_logger()


@dataclass(frozen=True)
class Chore:
    """One table.

    Attributes:
        cutoff: what may go at a moment.
        every: seconds from the end of a sweep to the next.
        keeps_place: whether a sweep begins where the last one ended, since rows end in the order of their ids. On
            PostgreSQL the index still holds what was just deleted; so nobody reads through that again.
    """

    perishable: Perishable
    cutoff: Callable[[Instant], Cutoff]
    every: int
    keeps_place: bool = False


def chores(settings: Settings) -> tuple[Chore, ...]:
    """What is to be done, those first on which others hang."""
    tokens, retention = settings.tokens, settings.retention

    def ended_before(seconds: int) -> Callable[[Instant], Cutoff]:
        return lambda now: Cutoff(ended=after(now, -seconds))

    def of_families(now: Instant) -> Cutoff:
        ended = after(now, -retention.ended_days * _DAY)
        return Cutoff(ended=ended, begun=after(ended, -tokens.refresh_token), rested=after(ended, -tokens.refresh_idle))

    return (
        Chore(Perishable.ACCESS_TOKENS, ended_before(GRACE_SECONDS), OFTEN, keeps_place=True),
        Chore(Perishable.REVOKED_JWTS, ended_before(GRACE_SECONDS), OFTEN, keeps_place=True),
        Chore(Perishable.GUESSES, ended_before(FORGOTTEN_AFTER), RARELY),
        Chore(Perishable.KNOWN_DEVICES, ended_before(settings.devices.remember_seconds), RARELY),
        Chore(Perishable.KNOWN_NETWORKS, ended_before(settings.devices.remember_seconds), RARELY),
        Chore(Perishable.OUTBOX, ended_before(retention.outbox_days * _DAY), RARELY),
        Chore(Perishable.SLIPS, ended_before(GRACE_SECONDS), RARELY),
        Chore(Perishable.RECOVERIES, ended_before(retention.ended_days * _DAY), RARELY),
        Chore(Perishable.KEPT_ANSWERS, ended_before(_DAY), RARELY, keeps_place=True),
        Chore(Perishable.AUTHORIZATIONS, of_families, RARELY),
        Chore(Perishable.SESSIONS, ended_before(retention.ended_days * _DAY), RARELY),
    )


@dataclass(frozen=True)
class Errand:
    """Something else that falls due by itself.

    Attributes:
        name: what the log calls it.
        run: does all that is due at a moment; raises `Unavailable`.
        every: seconds from its end to its next beginning.
    """

    name: str
    run: Callable[[Instant], object]
    every: int = OFTEN


class Housekeeper:
    """Does the chores; belongs to one thread.

    Args:
        expiry: deletes.
        clock: tells what has ended.
        settings: how long tokens live, and how long what has ended is kept.
        rows: how many are looked at in one step.
        breath_seconds: how long to rest after each step at least.
    """

    def __init__(
        self,
        expiry: Expiry,
        clock: Clock,
        settings: Settings,
        *,
        rows: int = ROWS,
        breath_seconds: float = BREATH_SECONDS,
    ) -> None:
        self._expiry = expiry
        self._clock = clock
        self._chores = chores(settings)
        self._rows = rows
        self._breath_seconds = breath_seconds
        self._places: dict[Perishable, int] = {}
        self._due_at: dict[str, float] = {}

    def run(self, stop: Signal, errands: Sequence[Errand] = ()) -> None:
        """Do what is due until told to stop, which is heard after each step; a store that is down is waited for."""
        while not stop.is_set():
            deleted = {}
            for chore in self._chores:
                if self._due_at.get(chore.perishable, 0.0) <= monotonic() and not stop.is_set():
                    deleted[chore.perishable] = self._sweep_or_tell(chore, stop)
            _tell(deleted)
            for errand in errands:
                if self._due_at.get(errand.name, 0.0) <= monotonic() and not stop.is_set():
                    self._run_or_tell(errand)
            stop.wait(POLL_SECONDS)

    def run_once(self) -> Mapping[Perishable, int]:
        """Do everything now; how many rows went. Raises `Unavailable`."""
        never = Signal()
        return {chore.perishable: self._sweep(chore, never) for chore in self._chores}

    def _run_or_tell(self, errand: Errand) -> None:
        every = OFTEN
        try:
            errand.run(self._clock())
            every = errand.every
        except Unavailable as error:
            _log.warning("housekeeping.unavailable", errand=errand.name, detail=error.detail)
        except Exception as error:  # noqa: BLE001 - as below
            _log.error("housekeeping.failed", errand=errand.name, error=type(error).__name__)
        self._due_at[errand.name] = monotonic() + every

    def _sweep_or_tell(self, chore: Chore, stop: Signal) -> int:
        """One that fails is due again soon, and keeps none of the others from being done."""
        every, deleted = OFTEN, 0
        try:
            deleted = self._sweep(chore, stop)
            every = chore.every
        except Unavailable as error:
            _log.warning("housekeeping.unavailable", table=chore.perishable, detail=error.detail)
        except Exception as error:  # noqa: BLE001
            # A fault of ours must not end the thread unheard; its text may quote a row.
            _log.error("housekeeping.failed", table=chore.perishable, error=type(error).__name__)
        self._due_at[chore.perishable] = monotonic() + every
        return deleted

    def _sweep(self, chore: Chore, stop: Signal) -> int:
        """From the oldest row to the first that is too young; how many went."""
        cutoff = chore.cutoff(self._clock())
        after_id = self._places.get(chore.perishable, 0)
        deleted = 0
        while not stop.is_set():
            begun_at = monotonic()
            batch = self._expiry.delete(chore.perishable, cutoff, after_id=after_id, rows=self._rows)
            deleted += batch.deleted
            if batch.is_last:
                break
            after_id = batch.reached
            stop.wait(max(self._breath_seconds, BREATHS * (monotonic() - begun_at)))
        if chore.keeps_place:
            self._places[chore.perishable] = after_id
        return deleted


def _tell(deleted: Mapping[Perishable, int]) -> None:
    """How many rows of which table; an idle round is not worth a line."""
    if any(deleted.values()):
        _log.info("housekeeping.deleted", **{str(table): rows for table, rows in deleted.items() if rows})
