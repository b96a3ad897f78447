import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from connectors.messaging.sms_http import CARRIER
from idp.clock import Instant, system_clock
from idp.delivery.messages import MessageHandler, discard
from idp.delivery.worker import LEASE_SECONDS, Handler, Worker
from idp.errors import Unavailable
from idp.fetch import Fetcher
from idp.model.message import DISCARD, MESSAGE, Medium, OutboxItem
from idp.ports import DeliveryResult, UnitOfWork
from idp.storage.stores import Storage
from tests.connectors.messaging.carrier_program import TOKEN, CarrierProgram
from tests.idp.delivery.outbox_rows import Rows
from tests.plugins.private_servers import StorageUrls

TEXT = "您的验证码是 271828。"
phone_numbers = count(1)
ACCEPTED = DeliveryResult(is_accepted=True)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: int = field(default_factory=system_clock)

    def __call__(self) -> Instant:
        return Instant(self.now)


@dataclass
class Desk:
    """A worker over a real store, and what a test does around it."""

    storage: Storage
    rows: Rows
    clock: Clock
    phone: str
    """Nobody else's in this run."""
    handlers: dict[str, Handler] = field(default_factory=dict)

    def put(self, kind: str = MESSAGE, *, seconds: int = 300, **payload: str) -> int:
        with self.storage.begin() as unit_of_work:
            content = {"medium": "sms", "destination": self.phone, "subject": "一证", "text": TEXT, **payload}
            item = unit_of_work.outbox.put(kind, content, self.clock(), Instant(self.clock.now + seconds))
            unit_of_work.commit()
        return item

    def worker(self, threads: int = 1) -> Worker:
        return Worker(self.storage.begin, self.handlers, self.clock, threads=threads, poll_seconds=0.01)

    def waiting(self) -> int:
        with self.storage.begin() as unit_of_work:
            return unit_of_work.outbox.waiting()


@pytest.fixture
def desk(storage: Storage, storage_urls: StorageUrls, program: CarrierProgram) -> Desk:
    fetcher = Fetcher(frozenset({program.url}), timeout=1)
    carrier = CARRIER.build(CARRIER.settings(url=program.url, token=SecretStr(TOKEN)), fetcher)
    handlers: dict[str, Handler] = {MESSAGE: MessageHandler({Medium.SMS: carrier}), DISCARD: discard}
    phone = f"+86134{next(phone_numbers):08}"
    return Desk(storage, Rows(storage_urls.database), Clock(), phone, handlers)


def answering(*answers: DeliveryResult | Exception) -> Callable[[OutboxItem], DeliveryResult]:
    """A handler that gives these answers in turn."""
    turns = iter(answers)

    def handle(_item: OutboxItem) -> DeliveryResult:
        answer = next(turns)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


def test_a_message_arrives_and_is_forgotten(desk: Desk, program: CarrierProgram) -> None:
    item = desk.put()
    assert desk.worker().run_once() == 1
    (message,) = program.messages(desk.phone)
    assert message["text"] == TEXT
    (row,) = desk.rows.outbox()
    assert (row["outcome"], row["finished_at"], row["sealed_payload"]) == ("done", desk.clock.now, None)
    ((action, outcome, data),) = desk.rows.events()
    assert (action, outcome) == ("message.delivered", "ok")
    assert json.loads(data) == {"item": item, "kind": "message", "attempts": 1}
    assert desk.worker().run_once() == 0


def test_what_is_promised_to_nobody_leaves_without_a_message(desk: Desk, program: CarrierProgram) -> None:
    desk.put(DISCARD)
    assert desk.worker().run_once() == 1
    assert program.messages(desk.phone) == []
    assert [event[:2] for event in desk.rows.events()] == [("message.delivered", "discarded")]


def test_a_busy_carrier_is_asked_again_later(desk: Desk, program: CarrierProgram) -> None:
    desk.put()
    program.misbehave("busy", times=2)
    worker = desk.worker()
    tries = {}
    for _ in range(25):
        tries[desk.clock.now] = worker.run_once()
        desk.clock.now += 1
    assert [second - min(tries) for second, count in tries.items() if count] == [0, 5, 20]
    assert len(program.messages(desk.phone)) == 1
    assert [event[:2] for event in desk.rows.events()] == [("message.delivered", "ok")]


def test_a_refused_message_is_a_dead_letter_at_once(desk: Desk, program: CarrierProgram) -> None:
    item = desk.put()
    program.misbehave("refuse", times=1)
    assert desk.worker().run_once() == 1
    (row,) = desk.rows.outbox()
    assert (row["outcome"], row["reason"], row["sealed_payload"]) == ("abandoned", "http_400", None)
    ((action, outcome, data),) = desk.rows.events()
    assert (action, outcome, json.loads(data)["item"]) == ("message.abandoned", "http_400", item)


def test_an_expired_code_is_buried_and_never_sent(desk: Desk, program: CarrierProgram) -> None:
    """Mutation: no comparison with `expires_at` before the handler is called."""
    desk.put(seconds=300)
    desk.clock.now += 300
    assert desk.worker().run_once() == 1
    assert program.messages(desk.phone) == []
    assert [event[:2] for event in desk.rows.events()] == [("message.abandoned", "expired")]
    assert desk.waiting() == 0


def test_a_dead_carrier_costs_a_code_its_life_and_no_more(desk: Desk, program: CarrierProgram) -> None:
    desk.put()
    program.misbehave("down")
    worker, started, tries = desk.worker(), desk.clock.now, 0
    while desk.waiting():
        tries += worker.run_once()
        desk.clock.now += 1
        assert desk.clock.now <= started + 300
    assert tries >= 6
    assert [event[:2] for event in desk.rows.events()] == [("message.abandoned", "unreachable")]


@pytest.mark.parametrize(
    "failure",
    [ValueError(TEXT), RecursionError(), Unavailable("x"), KeyError(TEXT)],
    ids=lambda error: type(error).__name__,
)
def test_one_bad_item_never_blocks_the_others(desk: Desk, program: CarrierProgram, failure: Exception) -> None:
    """Mutation: no `except Exception` around the handler."""
    desk.handlers["bad"] = answering(failure)
    desk.put("bad")
    desk.put()
    assert desk.worker().run_once() == 2
    assert len(program.messages(desk.phone)) == 1
    assert [row["reason"] for row in desk.rows.outbox()] == ["handler_failed", None]
    assert desk.waiting() == 1


def test_a_kind_that_only_a_newer_worker_knows_waits_for_it(desk: Desk) -> None:
    desk.put("logout", seconds=3600)
    assert desk.worker().run_once() == 1
    assert desk.waiting() == 1
    desk.handlers["logout"] = answering(ACCEPTED)
    desk.clock.now += 5
    assert desk.worker().run_once() == 1
    assert desk.waiting() == 0


def test_nothing_personal_is_logged(desk: Desk, program: CarrierProgram) -> None:
    """Mutation: `_log.exception`, whose traceback quotes the text of the failure."""
    desk.handlers["bad"] = answering(ValueError(f"{desk.phone} {TEXT}"))
    with capture_logs() as lines:
        for fault in ("none", "refuse", "busy"):
            desk.put()
            program.misbehave(fault, times=1)
            desk.worker().run_once()
        desk.put("bad")
        desk.worker().run_once()
    assert [line["event"].removeprefix("outbox.") for line in lines] == [
        "delivered",
        "abandoned",
        "postponed",
        "handler_failed",
        "postponed",
    ]
    told = {name for line in lines for name in line}
    assert told == {"event", "log_level", "item", "kind", "attempts", "reason", "error", "place"}
    for secret in (desk.phone, desk.phone[3:], TEXT, "271828"):
        assert secret not in repr(lines)
        assert secret not in repr(desk.rows.events())


@pytest.mark.parametrize(
    "answer", [ACCEPTED, DeliveryResult(is_accepted=False, reason="http_400")], ids=["done", "buried"]
)
def test_an_item_ends_together_with_its_event_or_not_at_all(desk: Desk, answer: DeliveryResult) -> None:
    """Mutation: a commit between the two."""
    desk.handlers["note"] = answering(answer)
    desk.put("note")
    with desk.rows.without_events(), pytest.raises(Unavailable):
        desk.worker().run_once()
    assert desk.waiting() == 1


def test_what_does_not_decrypt_keeps_nothing_back(desk: Desk, program: CarrierProgram) -> None:
    desk.put()
    desk.rows.spoil_payloads()
    desk.put()
    worker = desk.worker()
    assert worker.run_once() + worker.run_once() == 1
    assert len(program.messages(desk.phone)) == 1
    assert desk.waiting() == 0


def test_workers_side_by_side_deliver_each_item_once(desk: Desk) -> None:
    """Mutation: `_claim` without its commit before the item is worked on."""
    handled: list[int] = []
    together = Barrier(4)

    def handle(item: OutboxItem) -> DeliveryResult:
        handled.append(item.id)
        return ACCEPTED

    def work() -> None:
        together.wait()
        desk.worker().run_once()

    desk.handlers["note"] = handle
    items = [desk.put("note") for _ in range(40)]
    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handled) == items
    assert len(desk.rows.events()) == 40
    assert desk.waiting() == 0


def test_what_a_dead_worker_held_goes_to_another_after_the_lease(desk: Desk) -> None:
    desk.put()
    with desk.storage.begin() as unit_of_work:
        assert unit_of_work.outbox.claim(desk.clock(), lease_seconds=LEASE_SECONDS, limit=1)
        unit_of_work.commit()
    desk.clock.now += LEASE_SECONDS - 1
    assert desk.worker().run_once() == 0
    desk.clock.now += 1
    assert desk.worker().run_once() == 1
    assert desk.waiting() == 0


@pytest.fixture
def running(desk: Desk) -> Iterator[Callable[[Worker], Event]]:
    """Runs workers in threads; the signal that stops one of them."""
    started: list[tuple[Thread, Event]] = []

    def run(worker: Worker) -> Event:
        stop = Event()
        thread = Thread(target=worker.run, args=(stop,))
        thread.start()
        started.append((thread, stop))
        return stop

    yield run
    for thread, stop in started:
        stop.set()
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_it_stops_after_the_item_in_hand(desk: Desk, running: Callable[[Worker], Event]) -> None:
    in_hand, go_on = Event(), Event()

    def handle(_item: OutboxItem) -> DeliveryResult:
        in_hand.set()
        assert go_on.wait(10)
        return ACCEPTED

    desk.handlers["slow"] = handle
    desk.put("slow")
    desk.put("slow")
    stop = running(desk.worker())
    assert in_hand.wait(10)
    stop.set()
    go_on.set()
    wait_until(lambda: desk.waiting() == 1)
    assert [row["outcome"] for row in desk.rows.outbox()] == ["done", None]


def test_several_items_leave_at_a_time_and_no_more_than_that(desk: Desk) -> None:
    """Mutation: the handler called in the thread that claims."""
    together = Barrier(2)
    in_hand: list[int] = []
    most = 0

    def handle(item: OutboxItem) -> DeliveryResult:
        nonlocal most
        in_hand.append(item.id)
        most = max(most, len(in_hand))
        together.wait(10)
        in_hand.remove(item.id)
        return ACCEPTED

    desk.handlers.update({f"kind-{number}": handle for number in range(6)})
    for number in range(6):
        desk.put(f"kind-{number}")
    assert desk.worker(threads=2).run_once() == 6
    assert most == 2
    assert desk.waiting() == 0


def test_one_receiver_who_hangs_leaves_threads_to_the_others(desk: Desk) -> None:
    """Mutation: `claim` without `except_lanes`."""
    go_on = Event()
    order: list[str] = []

    def hang(_item: OutboxItem) -> DeliveryResult:
        assert go_on.wait(10)
        order.append("hung")
        return ACCEPTED

    def handle(_item: OutboxItem) -> DeliveryResult:
        order.append("well")
        if order.count("well") == 3:
            go_on.set()
        return ACCEPTED

    desk.handlers.update(hanging=hang, well=handle)
    for kind in ("hanging",) * 9 + ("well",) * 3:
        desk.put(kind)
    assert desk.worker(threads=4).run_once() == 12
    assert order[:3] == ["well"] * 3


def test_an_outcome_that_cannot_be_written_down_is_logged_and_comes_again(
    desk: Desk, running: Callable[[Worker], Event]
) -> None:
    """Mutation: no `_tell_failure`; the failure would be nobody's."""
    desk.handlers["note"] = answering(*[ACCEPTED] * 2)
    desk.put("note")
    with capture_logs() as lines, desk.rows.without_events():
        running(desk.worker())
        wait_until(lambda: any(line["event"] == "outbox.unavailable" for line in lines))
    assert desk.waiting() == 1
    desk.clock.now += LEASE_SECONDS
    wait_until(lambda: desk.waiting() == 0)


def test_it_finds_what_comes_later(desk: Desk, running: Callable[[Worker], Event]) -> None:
    desk.handlers["note"] = answering(ACCEPTED)
    running(desk.worker())
    desk.put("note")
    wait_until(lambda: desk.waiting() == 0)


def test_a_store_that_is_down_is_waited_for(desk: Desk, running: Callable[[Worker], Event]) -> None:
    """Mutation: `run` without its `except Unavailable`."""
    asked = 0

    def begin() -> UnitOfWork:
        nonlocal asked
        asked += 1
        if asked <= 3:
            raise Unavailable("down", detail="database: OperationalError")
        return desk.storage.begin()

    desk.handlers["note"] = answering(ACCEPTED)
    desk.put("note")
    running(Worker(begin, desk.handlers, desk.clock, poll_seconds=0.01))
    wait_until(lambda: desk.waiting() == 0)
    assert asked > 3


def wait_until(is_so: Callable[[], bool]) -> None:
    patience: Any = Event()
    for _ in range(1000):
        if is_so():
            return
        patience.wait(0.01)
    raise AssertionError("it did not come about in ten seconds")
