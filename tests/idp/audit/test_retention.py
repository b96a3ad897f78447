"""What leaves the log after its time, and what never does: whole batches, oldest first, and a seal that says so."""

from pathlib import Path

import pytest
from sqlalchemy import text

from idp.audit import anchors
from idp.audit.recent import check
from idp.audit.retention import DAY, LEAST_DAYS, Retention
from idp.audit.sealer import Sealer
from idp.audit.seals import line_of
from idp.audit.verify import Report, verify
from idp.clock import Instant
from idp.errors import Refused, Unavailable
from idp.ports import StoredSeal
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.audit.test_sealer import happened
from tests.idp.audit.test_verify import KEY, OTHER_KEY
from tests.idp.installed import Moment
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

DAYS = 200
LONG_AGO = Instant(1_700_000_000)
"""By the database's clock, which no test moves, all of this is older than half a year."""


@pytest.fixture
def clock() -> Moment:
    return Moment(LONG_AGO)


@pytest.fixture
def store(storage_urls: StorageUrls, cipher: FieldCipher, clock: Moment) -> Storage:
    return open_storage(storage_urls.database, storage_urls.ephemeral, cipher, clock)


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "anchors.jsonl"


@pytest.fixture
def sealer(store: Storage, clock: Moment, anchor: Path) -> Sealer:
    return Sealer(store.audit_log(), KEY, clock, anchor)


@pytest.fixture
def retention(store: Storage, clock: Moment, anchor: Path) -> Retention:
    return Retention(store.audit_log(), KEY, clock, DAYS, anchor)


def days_pass(store: Storage, sealer: Sealer, clock: Moment, *, each: int, times: int, events: int = 2) -> None:
    """So many events, sealed at once, and then so many days in which nothing happens; as often as that."""
    for _ in range(times):
        happened(store, events, clock())
        assert sealer.seal() == events
        clock.pass_by(each * DAY)


def proven(store: Storage, anchor: Path) -> Report:
    log = store.audit_log()
    lines = ((int(str(columns[0])), line_of(columns)) for columns in log.every_event())
    return verify(lines, [stored.text for stored in log.seals_after(0, 1000)], [KEY], anchors.read(anchor))


def test_the_oldest_leave_and_what_is_left_is_proven(
    store: Storage, sealer: Sealer, retention: Retention, clock: Moment, anchor: Path
) -> None:
    """Mutations: a younger batch goes; seals go; the seal that says so has no anchor; what is said is not believed."""
    days_pass(store, sealer, clock, each=50, times=6)
    assert [(batch.through, batch.events) for batch in retention.due()] == [(2, 4)]
    batch = retention.remove()
    assert batch is not None
    assert (batch.through, batch.events) == (2, 4)
    assert retention.remove() is None
    report = proven(store, anchor)
    assert (report.is_whole, report.events, report.seals, report.anchored) == (True, 8, 7, 7)
    assert (report.removed, report.removed_at) == (2, clock())
    assert check(store.audit_log(), KEY).report.problems == []
    with store.begin() as unit_of_work:
        assert unit_of_work.events.unsealed_since() is None, "the newest seal has no event: it says what was removed"
    happened(store, 1, clock())
    assert sealer.seal() == 1
    assert proven(store, anchor).is_whole
    clock.pass_by(50 * DAY)
    following = retention.remove()
    assert following is not None
    assert following.through == 3
    report = proven(store, anchor)
    assert (report.is_whole, report.removed, report.events) == (True, 3, 7)


def test_what_somebody_else_took_away_stays_missing(
    store: Storage, sealer: Sealer, clock: Moment, anchor: Path, storage_urls: StorageUrls
) -> None:
    """M11. Mutations: every gap at the beginning is taken for retention; a change leaves with its batch."""
    retention = Retention(store.audit_log(), KEY, clock, DAYS, anchor)
    days_pass(store, sealer, clock, each=50, times=6)
    first = next(iter(store.audit_log().every_event()))[0]
    without_guards(storage_urls, f"DELETE FROM events WHERE id = {first}")
    assert [(each.fault, each.record) for each in proven(store, anchor).problems] == [("missing", f"event {first}")]
    with pytest.raises(Refused, match=f"Event {first} is not as seal 1 has it") as refused:
        retention.remove()
    assert refused.value.code == "audit_broken"
    assert len(list(store.audit_log().every_event())) == 11


def test_a_batch_stays_as_long_as_its_youngest_event(
    store: Storage, sealer: Sealer, retention: Retention, clock: Moment
) -> None:
    """The clock of a server, or of the sealer, was wrong. Mutation: the moment in the seal is believed alone."""
    happened(store, 1, clock())
    happened(store, 1, Instant(clock() + 150 * DAY))
    sealer.seal()
    clock.pass_by(300 * DAY)
    days_pass(store, sealer, clock, each=0, times=1)
    assert retention.remove() is None
    clock.pass_by(51 * DAY)
    assert retention.remove() is not None


def test_an_altered_event_stays_with_its_batch(
    store: Storage, sealer: Sealer, retention: Retention, clock: Moment, storage_urls: StorageUrls
) -> None:
    days_pass(store, sealer, clock, each=50, times=6)
    without_guards(storage_urls, "UPDATE events SET outcome = 'forged' WHERE id = (SELECT min(id) + 2 FROM events)")
    with pytest.raises(Refused, match="as seal 2 has it"):
        retention.remove()
    assert len(list(store.audit_log().every_event())) == 12


def test_the_newest_event_of_all_stays(
    store: Storage, sealer: Sealer, retention: Retention, clock: Moment, anchor: Path
) -> None:
    """Mutation: everything leaves, and SQLite gives its numbers anew."""
    days_pass(store, sealer, clock, each=300, times=3)
    assert retention.remove() is not None
    assert retention.remove() is None
    assert proven(store, anchor).events == 2
    happened(store, 1, clock())
    assert sealer.seal() == 1
    assert proven(store, anchor).is_whole


def test_many_leave_in_short_steps(
    store: Storage, sealer: Sealer, clock: Moment, anchor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutations: one transaction for all; a seal is parted; where only empty seals come next nothing ever goes on."""
    monkeypatch.setattr("idp.audit.retention.MOST_EVENTS", 5)
    monkeypatch.setattr("idp.audit.retention._SEALS_AT_ONCE", 2)
    days_pass(store, sealer, clock, each=1, times=8)
    clock.pass_by(300 * DAY)
    days_pass(store, sealer, clock, each=0, times=1)
    retention = Retention(store.audit_log(), KEY, clock, DAYS, anchor)
    planned = [(batch.through, batch.events) for batch in retention.due()]
    assert planned == [(2, 4), (4, 4), (6, 4), (8, 4)]
    assert [batch.through for batch in iter(retention.remove, None)] == [2, 4, 6, 8]
    clock.pass_by(300 * DAY)
    days_pass(store, sealer, clock, each=0, times=1)
    assert [batch.events for batch in iter(retention.remove, None)] == [2, 0]
    assert proven(store, anchor).is_whole


@pytest.mark.parametrize("held", [(None, None), (150, 2), (250, 3), (50, 1)])
def test_what_is_held_stays_and_all_behind_it(
    store: Storage, sealer: Sealer, retention: Retention, clock: Moment, held: tuple[int | None, int | None]
) -> None:
    """Sealed on the days 0, 100, 200, 300. Mutations: a hold is not asked for, or asked for once it is released."""
    begun, (held_day, through) = clock(), held
    days_pass(store, sealer, clock, each=100, times=4)
    clock.pass_by(1000 * DAY)
    since = Instant(0) if held_day is None else Instant(begun + held_day * DAY)
    with store.begin() as unit_of_work:
        unit_of_work.holds.place("file 6", Instant(clock() - 5), None, clock())
        hold = unit_of_work.holds.place("file 7", since, None, clock())
        unit_of_work.commit()
    assert next((batch.through for batch in retention.due()), None) == through
    with store.begin() as unit_of_work:
        assert unit_of_work.holds.release(hold.id, None, clock())
        assert not unit_of_work.holds.release(hold.id, None, clock())
        assert not unit_of_work.holds.release(10**30, None, clock())
        assert [each.reference for each in unit_of_work.holds.in_force()] == ["file 6"]
        unit_of_work.commit()
    assert [batch.through for batch in retention.due()] == [3]
    assert retention.remove() is not None


def test_nothing_leaves_by_another_key(store: Storage, sealer: Sealer, clock: Moment) -> None:
    days_pass(store, sealer, clock, each=300, times=2)
    with pytest.raises(Refused, match="was not signed by this key"):
        Retention(store.audit_log(), OTHER_KEY, clock, DAYS).remove()
    with pytest.raises(ValueError, match="183"):
        Retention(store.audit_log(), KEY, clock, LEAST_DAYS - 1)


@pytest.mark.parametrize("why", ["nothing says that it is removed", "it is younger than half a year", "it is held"])
def test_the_database_lets_nothing_else_go(
    store: Storage, sealer: Sealer, storage_urls: StorageUrls, clock: Moment, why: str
) -> None:
    """Mutations: each of the three conditions of the trigger."""
    is_young = why == "it is younger than half a year"
    if is_young:
        with engine_of(storage_urls).connect() as connection:
            clock.now = Instant(int(connection.execute(text(_NOW[is_sqlite(storage_urls)])).scalar_one()) - 100 * DAY)
    days_pass(store, sealer, clock, each=0, times=2)
    log = store.audit_log()
    first = int(str(next(iter(log.every_event()))[0]))
    if why == "it is held":
        with engine_of(storage_urls).connect() as connection:
            connection.execute(text("INSERT INTO audit_holds (reference, since, placed_at) VALUES ('file 7', 0, 0)"))
    removed = None if why == "nothing says that it is removed" else 1
    seal = StoredSeal(number=3, text="x", last_event=first, sealed_at=clock(), removed=removed)
    with pytest.raises(Unavailable):
        log.remove(seal, [(first, first)])
    assert len(list(log.every_event())) == 4
    assert [each.number for each in log.seals_after(0, 9)] == [1, 2]


def test_and_lets_go_what_is_old_sealed_and_free(store: Storage, sealer: Sealer, clock: Moment) -> None:
    days_pass(store, sealer, clock, each=0, times=2)
    log = store.audit_log()
    first = int(str(next(iter(log.every_event()))[0]))
    seal = StoredSeal(number=3, text="x", last_event=first, sealed_at=clock(), removed=1)
    with pytest.raises(Unavailable):
        log.remove(seal, [(first, first + 1)])
    assert log.remove(seal, [(first, first)]) == 1
    assert len(list(log.every_event())) == 3


def is_sqlite(urls: StorageUrls) -> bool:
    return urls.database.startswith("sqlite")


_NOW = {True: "SELECT strftime('%s', 'now')", False: "SELECT CAST(extract(epoch FROM now()) AS bigint)"}


def without_guards(urls: StorageUrls, change: str) -> None:
    """As whoever owns the database can, past its triggers."""
    with engine_of(urls).connect() as owner:
        if is_sqlite(urls):
            for trigger in ("events_no_update", "events_no_delete"):
                owner.execute(text(f"DROP TRIGGER {trigger}"))
        else:
            owner.execute(text("SET session_replication_role = replica"))
        owner.execute(text(change))
