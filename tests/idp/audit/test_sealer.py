"""The sealer over both stores: nothing is left out, whoever commits late, and whoever is killed (threat M11)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.audit import anchors
from idp.audit.sealer import Sealer
from idp.audit.seals import line_of, read
from idp.audit.verify import Report, verify
from idp.clock import Instant
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.jose import Key
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.audit.test_verify import KEY, OTHER_KEY
from tests.idp.installed import NOW, Moment
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def store(storage_urls: StorageUrls, cipher: FieldCipher, clock: Moment) -> Storage:
    return open_storage(storage_urls.database, storage_urls.ephemeral, cipher, clock)


@pytest.fixture
def sealer(store: Storage, clock: Moment, tmp_path: Path) -> Sealer:
    return Sealer(store.audit_log(), KEY, clock, tmp_path / "anchors.jsonl")


def happened(store: Storage, times: int, at: Instant) -> None:
    with store.begin() as unit_of_work:
        for _ in range(times):
            unit_of_work.events.record(
                Event(kind=Kind.AUDIT, action=Action.SIGNED_IN, at=at, account_id=7, data={"a": "人"})
            )
        unit_of_work.commit()


def proven(store: Storage, tmp_path: Path, key: Key = KEY) -> Report:
    log = store.audit_log()
    events = ((int(str(columns[0])), line_of(columns)) for columns in log.every_event())
    seals = [stored.text for stored in log.seals_after(0, 1000)]
    return verify(events, seals, [key], anchors.read(tmp_path / "anchors.jsonl"))


def test_everything_is_sealed_and_proven(store: Storage, sealer: Sealer, clock: Moment, tmp_path: Path) -> None:
    """Mutations: the first event is left out; a seal without events is written."""
    assert sealer.seal() == 0
    happened(store, 3, clock())
    assert sealer.seal() == 3
    assert sealer.seal() == 0
    happened(store, 2, clock())
    assert sealer.seal() == 2
    report = proven(store, tmp_path)
    assert (report.is_whole, report.events, report.seals, report.unsealed, report.anchored) == (True, 5, 2, 0, 2)


def test_what_was_sealed_is_settled_after_a_while(store: Storage, sealer: Sealer, clock: Moment) -> None:
    """Red when every pass goes through everything since the beginning."""
    for _ in range(4):
        happened(store, 3, clock())
        sealer.seal()
        clock.pass_by(8)
    last = store.audit_log().last_seal()
    assert last is not None
    seal = read(last.text, [KEY])
    assert seal is not None
    assert seal.settled >= 6


@pytest.mark.parametrize("storage_urls", ["postgresql"], indirect=True)
def test_a_late_commit_and_a_rollback_break_nothing(
    store: Storage, sealer: Sealer, clock: Moment, storage_urls: StorageUrls, tmp_path: Path
) -> None:
    """Mutation: what was drawn before the newest sealed number is taken for sealed."""
    row = text(
        "INSERT INTO events (kind, action, at, outcome, data) VALUES ('audit', 'session.signed_in', 1, 'late', '{}')"
    )
    engine = engine_of(storage_urls).execution_options(isolation_level="READ COMMITTED")
    with engine.connect() as late, engine.connect() as undone:
        late.execute(row)
        undone.execute(row)
        happened(store, 3, clock())
        assert sealer.seal() == 3
        clock.pass_by(8)
        happened(store, 1, clock())
        assert sealer.seal() == 1
        undone.rollback()
        late.commit()
    assert sealer.seal() == 1
    clock.pass_by(8)
    happened(store, 1, clock())
    sealer.seal()
    report = proven(store, tmp_path)
    assert (report.is_whole, report.events, report.unsealed) == (True, 6, 0)


@pytest.mark.parametrize("storage_urls", ["postgresql"], indirect=True)
def test_of_two_that_are_too_long_neither_is_passed_over(
    store: Storage, sealer: Sealer, clock: Moment, storage_urls: StorageUrls, tmp_path: Path
) -> None:
    """Mutation: a snapshot's xmax is taken for the first transaction that had not begun; it may name the first of the two."""
    row = text("INSERT INTO events (kind, action, at, outcome, data) VALUES ('audit', 'a', 1, 'late', '{}')")
    engine = engine_of(storage_urls).execution_options(isolation_level="READ COMMITTED")
    with engine.connect() as first, engine.connect() as second:
        first.execute(row)
        second.execute(row)
        assert sealer.seal() == 0
        first.commit()
        happened(store, 1, clock())
        clock.pass_by(8)
        assert sealer.seal() == 2
        second.commit()
    assert sealer.seal() == 1
    assert proven(store, tmp_path).is_whole


def test_of_two_sealers_one_seals(store: Storage, sealer: Sealer, clock: Moment, tmp_path: Path) -> None:
    """Mutation: both write a seal of one number."""
    other = Sealer(store.audit_log(), KEY, clock, tmp_path / "anchors.jsonl")
    for _ in range(3):
        happened(store, 2, clock())
        assert sorted([sealer.seal(), other.seal()]) == [0, 2]
    assert proven(store, tmp_path).is_whole


def test_another_key_does_not_go_on(store: Storage, sealer: Sealer, clock: Moment) -> None:
    """Red when whoever has no key begins a chain of their own."""
    happened(store, 1, clock())
    sealer.seal()
    happened(store, 1, clock())
    with pytest.raises(Refused, match="not signed by this key"):
        Sealer(store.audit_log(), OTHER_KEY, clock).seal()


def test_an_anchor_that_was_not_written_any_more_comes_later(
    store: Storage, sealer: Sealer, clock: Moment, tmp_path: Path
) -> None:
    """Killed between the seal and its anchor, or in the middle of its line. Mutation: the gap stays."""
    file = tmp_path / "anchors.jsonl"
    for _ in range(3):
        happened(store, 1, clock())
        sealer.seal()
    lines = file.read_text().splitlines(keepends=True)
    file.write_text(lines[0] + lines[1][:20])
    again = Sealer(store.audit_log(), KEY, clock, file)
    again.seal()
    happened(store, 1, clock())
    again.seal()
    assert list(anchors.read(file)) == [1, 2, 3, 4]
    assert file.stat().st_mode & 0o777 == 0o600
    assert proven(store, tmp_path).is_whole


CHANGES: dict[str, Callable[[int], str]] = {
    "altered": lambda number: f"UPDATE events SET outcome = 'forged' WHERE id = {number}",
    "missing": lambda number: f"DELETE FROM events WHERE id = {number}",
}


@pytest.mark.parametrize("storage_urls", ["postgresql"], indirect=True)
@pytest.mark.parametrize("what", CHANGES)
def test_what_a_superuser_does_is_named(
    store: Storage, sealer: Sealer, storage_urls: StorageUrls, tmp_path: Path, what: str
) -> None:
    happened(store, 9, NOW)
    sealer.seal()
    with engine_of(storage_urls).connect() as superuser:
        number = superuser.execute(text("SELECT max(id) - 4 FROM events")).scalar_one()
        superuser.execute(text("SET session_replication_role = replica"))
        superuser.execute(text(CHANGES[what](number)))
    (problem,) = proven(store, tmp_path).problems
    assert (problem.fault, problem.record) == (what, f"event {number}")


def test_seals_cannot_be_changed_by_the_way(
    store: Storage, sealer: Sealer, clock: Moment, storage_urls: StorageUrls
) -> None:
    happened(store, 1, clock())
    sealer.seal()
    engine = engine_of(storage_urls)
    for change in ("UPDATE audit_seals SET seal = 'x'", "DELETE FROM audit_seals"):
        with engine.connect() as connection, pytest.raises(Exception, match="append-only"):
            connection.execute(text(change))
