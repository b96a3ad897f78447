"""The outbox: what is promised leaves at least once, to one worker at a time, and leaves no payload behind."""

from idp.clock import Instant
from idp.model.message import MessageFate, OutboxItem, Report, ReportedItem
from idp.ports import UnitOfWork
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

LATER = Instant(NOW + 300)
PAYLOAD = {"destination": "+8613900000001", "text": "验证码 482913"}


def put(unit_of_work: UnitOfWork, at: Instant = NOW) -> int:
    return unit_of_work.outbox.put("message", PAYLOAD, at, LATER)


def claim(unit_of_work: UnitOfWork, now: Instant, limit: int = 10) -> list[OutboxItem]:
    items = list(unit_of_work.outbox.claim(now, lease_seconds=30, limit=limit))
    unit_of_work.commit()
    return items


def test_a_promise_is_claimed_with_its_payload(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        item_id = put(unit_of_work)
        unit_of_work.commit()
        assert claim(unit_of_work, NOW) == [
            OutboxItem(id=item_id, kind="message", payload=PAYLOAD, attempts=1, created_at=NOW, expires_at=LATER)
        ]


def test_a_promise_of_a_rolled_back_transaction_never_leaves(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        put(unit_of_work)
        unit_of_work.roll_back()
        assert unit_of_work.outbox.waiting() == 0
        assert claim(unit_of_work, NOW) == []


def test_a_claimed_item_is_seen_again_only_after_its_lease(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        put(unit_of_work)
        unit_of_work.commit()
        assert len(claim(unit_of_work, NOW)) == 1
        assert claim(unit_of_work, Instant(NOW + 29)) == []
        assert unit_of_work.outbox.waiting() == 1
        assert [item.attempts for item in claim(unit_of_work, Instant(NOW + 30))] == [2]


def test_what_is_not_due_waits(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        item_id = put(unit_of_work)
        unit_of_work.outbox.retry(item_id, Instant(NOW + 60), "carrier down")
        unit_of_work.commit()
        assert claim(unit_of_work, Instant(NOW + 59)) == []
        assert [item.id for item in claim(unit_of_work, Instant(NOW + 60))] == [item_id]


def test_what_arrived_or_was_given_up_is_not_claimed_again(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        arrived, given_up, _waiting = put(unit_of_work), put(unit_of_work), put(unit_of_work)
        unit_of_work.outbox.done(arrived, NOW)
        unit_of_work.outbox.bury(given_up, NOW, "refused")
        unit_of_work.outbox.retry(arrived, NOW, "a worker that was late")
        unit_of_work.commit()
        assert unit_of_work.outbox.waiting() == 1
        assert [item.id for item in claim(unit_of_work, Instant(NOW + 1000))] == [_waiting]


def test_items_leave_in_order_and_no_more_than_asked(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        ids = [put(unit_of_work, Instant(NOW + number)) for number in range(5)]
        unit_of_work.commit()
        assert [item.id for item in claim(unit_of_work, Instant(NOW + 9), limit=2)] == ids[:2]
        assert [item.id for item in claim(unit_of_work, Instant(NOW + 9), limit=9)] == ids[2:]


def test_parallel_workers_share_the_work(storage: Storage) -> None:
    """Mutation: a SELECT of due items followed by an UPDATE of them, without a lock."""
    with storage.begin() as unit_of_work:
        ids = [put(unit_of_work) for _ in range(60)]
        unit_of_work.commit()

    def work(_number: int) -> list[int]:
        taken: list[int] = []
        for _ in range(10):
            with storage.begin() as unit_of_work:
                taken += [item.id for item in claim(unit_of_work, NOW, limit=3)]
        return taken

    taken = [item_id for of_worker in storm(8, work) for item_id in of_worker]
    assert sorted(taken) == ids


def test_what_does_not_decrypt_is_buried_and_holds_nothing_up(storage_urls: StorageUrls, storage: Storage) -> None:
    stranger = open_storage(storage_urls.database, "memory:", FieldCipher({9: b"9" * 32}), lambda: NOW)
    with stranger.begin() as unit_of_work:
        put(unit_of_work)
        unit_of_work.commit()
    stranger.close()
    with storage.begin() as unit_of_work:
        item_id = put(unit_of_work)
        unit_of_work.commit()
        assert [item.id for item in claim(unit_of_work, NOW)] == [item_id]
        assert unit_of_work.outbox.waiting() == 1


def test_lanes_that_are_full_are_passed_over(storage: Storage) -> None:
    """An item without a lane is in that of its kind. Mutation: `lane NOT IN`, which never holds where there is none."""
    with storage.begin() as unit_of_work:
        in_lane = [unit_of_work.outbox.put("kind", PAYLOAD, NOW, LATER, f"lane {number}") for number in range(2)]
        without = put(unit_of_work)
        unit_of_work.commit()

        def claimed(*lanes: str) -> list[int]:
            items = unit_of_work.outbox.claim(NOW, lease_seconds=30, limit=9, except_lanes=lanes)
            unit_of_work.roll_back()
            return [item.id for item in items]

        assert claimed() == [*in_lane, without]
        assert claimed("lane 0") == [in_lane[1], without]
        assert claimed("lane 1", "message", "lane 0") == []
        assert claimed("kind") == [*in_lane, without]
        (item, *_) = unit_of_work.outbox.claim(NOW, lease_seconds=30, limit=1)
        assert item.lane == "lane 0"


def test_the_first_report_of_a_message_counts(storage: Storage) -> None:
    """Mutations: the last one counts; `unknown` is the last word; a reference found before the carrier took it."""
    with storage.begin() as unit_of_work:
        item_id = put(unit_of_work)
        assert unit_of_work.outbox.fate(item_id) == MessageFate(is_abandoned=False, report=None)
        assert unit_of_work.outbox.take_report("ref", Report.FAILED, NOW) is None
        unit_of_work.outbox.done(item_id, NOW, "ref")
        told = [
            unit_of_work.outbox.take_report("ref", report, NOW)
            for report in (
                Report.UNKNOWN,
                Report.UNKNOWN,
                Report.FAILED,
                Report.FAILED,
                Report.DELIVERED,
                Report.UNKNOWN,
            )
        ]
        assert told == [
            ReportedItem(item_id, "message", is_news) for is_news in (True, False, True, False, False, False)
        ]
        fate = unit_of_work.outbox.fate(item_id)
        assert fate == MessageFate(is_abandoned=False, report=Report.FAILED)
        assert fate.has_failed
        unit_of_work.commit()


def test_of_reports_at_once_one_is_news(storage: Storage) -> None:
    """Mutation: look, then write."""
    with storage.begin() as unit_of_work:
        unit_of_work.outbox.done(put(unit_of_work), NOW, "ref")
        unit_of_work.commit()

    def report(_number: int) -> bool:
        with storage.begin() as unit_of_work:
            item = unit_of_work.outbox.take_report("ref", Report.DELIVERED, NOW)
            unit_of_work.commit()
        assert item is not None
        return item.is_news

    assert sorted(storm(8, report)) == [False] * 7 + [True]


def test_what_was_given_up_has_failed_and_what_was_deleted_is_not_known(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        given_up, arrived = put(unit_of_work), put(unit_of_work)
        unit_of_work.outbox.bury(given_up, NOW, "refused")
        unit_of_work.outbox.done(arrived, NOW)
        fates = [unit_of_work.outbox.fate(item_id) for item_id in (given_up, arrived, arrived + 1000)]
        assert [fate and fate.has_failed for fate in fates] == [True, False, None]
        unit_of_work.commit()
