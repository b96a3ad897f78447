"""The loop that takes what is due out of the outbox and lets it leave: at least once, in time, or as a dead letter.

Several workers may run side by side, in processes: an item is claimed for the time of a lease, and whoever dies while
holding it leaves it to the others. What they log and record are ids and outcomes.
"""

import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event as Signal

import structlog

from idp.clock import Clock, Instant
from idp.delivery.backoff import next_try
from idp.delivery.lanes import Lanes
from idp.errors import Unavailable
from idp.events import Action, Event, Kind
from idp.model.message import OutboxItem
from idp.ports import BeginUnitOfWork, DeliveryResult, UnitOfWork

LEASE_SECONDS = 60
"""Longer than any handler may take, shorter than a person waits for a code."""
POLL_SECONDS = 0.25
"""A promise waits so long at most for an idle worker; an app hears of a sign-out before the person's page asks."""

Handler = Callable[[OutboxItem], DeliveryResult]
"""Delivers one kind of item, in less than the lease; must bear to see an item twice, and to run in many threads."""

_log = structlog.get_logger()


class Worker:
    """Delivers several items at a time, each claimed only when a thread is free for it.

    Args:
        begin: begins a unit of work in the calling thread.
        handlers: by the `kind` of the items.
        clock: tells what is due and what has expired.
        threads: how many items at a time; each thread holds a connection to the database, and so does the worker.
        poll_seconds: how long to rest when nothing is due.
    """

    def __init__(
        self,
        begin: BeginUnitOfWork,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        threads: int = 1,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._begin = begin
        self._handlers = handlers
        self._clock = clock
        self._threads = threads
        self._poll_seconds = poll_seconds
        self._lanes = Lanes(threads)

    def run(self, stop: Signal) -> None:
        """Deliver until told to stop; the items in hand are finished first, and a store that is down is waited for."""
        with ThreadPoolExecutor(self._threads, "delivery") as pool:
            while not stop.is_set():
                seen = self._lanes.changes
                try:
                    begun = self._begin_next(pool)
                except Unavailable as error:
                    _log.warning("outbox.unavailable", detail=error.detail)
                    stop.wait(self._poll_seconds)
                    continue
                if begun is None:
                    self._lanes.wait(seen, self._poll_seconds)
                else:
                    begun.add_done_callback(_tell_failure)

    def run_once(self) -> int:
        """Deliver all that is due now; how many items were tried. Raises `Unavailable`."""
        tried: list[Future[None]] = []
        with ThreadPoolExecutor(self._threads, "delivery") as pool:
            while True:
                seen = self._lanes.changes
                if (begun := self._begin_next(pool)) is not None:
                    tried.append(begun)
                elif self._lanes.is_idle() and self._lanes.changes == seen:
                    break
                else:
                    self._lanes.wait(seen, self._poll_seconds)
        for each in tried:
            each.result()
        return len(tried)

    def _begin_next(self, pool: ThreadPoolExecutor) -> Future[None] | None:
        """Hand one item to a free thread; None when no thread is free or nothing is due that may leave now."""
        item = self._claim() if self._lanes.has_room() else None
        if item is None:
            return None
        self._lanes.enter(item.lane or item.kind)
        return pool.submit(self._deliver, item)

    def _claim(self) -> OutboxItem | None:
        with self._begin() as unit_of_work:
            closed = self._lanes.closed()
            items = unit_of_work.outbox.claim(self._clock(), lease_seconds=LEASE_SECONDS, limit=1, except_lanes=closed)
            unit_of_work.commit()
        return items[0] if items else None

    def _deliver(self, item: OutboxItem) -> None:
        is_troubled = True
        try:
            result = self._try(item)
            is_troubled = result.may_retry
            self._settle(item, result)
        finally:
            self._lanes.leave(item.lane or item.kind, is_troubled=is_troubled)

    def _try(self, item: OutboxItem) -> DeliveryResult:
        """Let the handler deliver, unless it is too late; whatever goes wrong in there stays the item's own matter."""
        if item.expires_at <= self._clock():
            return DeliveryResult(is_accepted=False, reason="expired")
        handler = self._handlers.get(item.kind)
        if handler is None:  # a newer worker, side by side with us during an upgrade, knows what to do with it
            return DeliveryResult(is_accepted=False, may_retry=True, reason="no_handler")
        try:
            return handler(item)
        except Exception as error:  # noqa: BLE001
            # Its text may quote what it failed on: a log gets the type and the place.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{frame.name}:{frame.lineno}"
            _log.error("outbox.handler_failed", item=item.id, error=type(error).__name__, place=place)
            return DeliveryResult(is_accepted=False, may_retry=True, reason="handler_failed")

    def _settle(self, item: OutboxItem, result: DeliveryResult) -> None:
        """Write down what became of the item, in one transaction with the event that tells of it."""
        now = self._clock()
        next_at = next_try(item.attempts, now, item.expires_at) if result.may_retry else None
        with self._begin() as unit_of_work:
            if result.is_accepted:
                outcome = "delivered"
                unit_of_work.outbox.done(item.id, now, result.reference)
                _record(unit_of_work, Action.MESSAGE_DELIVERED, item, now, result.reason or "ok")
            elif next_at is not None:
                outcome = "postponed"
                unit_of_work.outbox.retry(item.id, next_at, result.reason)
            else:
                outcome = "abandoned"
                unit_of_work.outbox.bury(item.id, now, result.reason)
                _record(unit_of_work, Action.MESSAGE_ABANDONED, item, now, result.reason)
            unit_of_work.commit()
        _log.info(f"outbox.{outcome}", item=item.id, kind=item.kind, attempts=item.attempts, reason=result.reason)


def _tell_failure(ended: Future[None]) -> None:
    """An item whose outcome could not be written down comes again after its lease."""
    error = ended.exception()
    if isinstance(error, Unavailable):
        _log.warning("outbox.unavailable", detail=error.detail)
    elif error is not None:
        _log.error("outbox.not_settled", error=type(error).__name__)


def _record(unit_of_work: UnitOfWork, action: Action, item: OutboxItem, at: Instant, outcome: str) -> None:
    data: dict[str, str | int | list[str]] = {"item": item.id, "kind": item.kind, "attempts": item.attempts}
    client_id = item.payload.get("client_id")
    unit_of_work.events.record(
        Event(kind=Kind.AUDIT, action=action, at=at, outcome=outcome, client_id=client_id, data=data)
    )
