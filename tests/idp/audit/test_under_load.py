"""M11 on PostgreSQL, as a whole: writers at once, late commits, rollbacks, a sealer meanwhile; and then a superuser.

The clock of the sealer runs five times as fast as that of the wall, and the transactions of the writers are as much shorter.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from idp.audit import anchors
from idp.audit.sealer import EVERY_SECONDS, Sealer
from idp.audit.seals import line_of, read
from idp.audit.verify import Fault, Report, verify
from idp.clock import Clock, Instant, system_clock
from idp.storage import migrations, open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.audit.test_verify import KEY
from tests.idp.installed import Moment
from tests.idp.storage.storm import storm

WRITERS = 6
SECONDS = 5.0
"""How long they write."""
LATEST = 0.9
"""How long one waits at most before it commits: 4.5 seconds by the sealer's clock, where 5 are allowed."""
FASTER = 5
ANCHORED_WITHIN = 10.0
INSERT = "INSERT INTO events (kind, action, at, outcome, data) VALUES ('audit', 'session.signed_in', %s, %s, '{}')"


def fast_clock() -> Instant:
    return Instant(int(time.monotonic() * FASTER))


@dataclass(frozen=True)
class Sealed:
    """What came of it: a database, how many events were committed, and the file of anchors."""

    url: str
    committed: int
    anchors: dict[int, str] = field(repr=False)

    def report(self, *changes: str, with_anchors: bool = True) -> Report:
        """What verify says once a superuser has done this; nothing of it stays."""
        with psycopg.connect(self.url) as superuser:
            superuser.execute("SET LOCAL session_replication_role = replica")
            for change in changes:
                superuser.execute(change.encode())
            rows = superuser.execute("SELECT * FROM events ORDER BY id").fetchall()
            seals = [str(row[0]) for row in superuser.execute("SELECT seal FROM audit_seals ORDER BY id").fetchall()]
            superuser.rollback()
        lines = ((int(row[0]), line_of(row)) for row in rows)
        return verify(lines, seals, [KEY], self.anchors if with_anchors else None)

    def numbers(self) -> list[int]:
        """Of all events, ascending."""
        with psycopg.connect(self.url) as connection:
            return [int(row[0]) for row in connection.execute("SELECT id FROM events ORDER BY id").fetchall()]

    def seals(self) -> list[tuple[int, list[int]]]:
        """Number and events of each."""
        with psycopg.connect(self.url) as connection:
            rows = connection.execute("SELECT id, seal FROM audit_seals ORDER BY id").fetchall()
        told = [(int(number), read(text, [KEY])) for number, text in rows]
        return [(number, list(seal.event_ids)) for number, seal in told if seal is not None]


@pytest.fixture(scope="module")
def database(postgresql_url: str) -> str:
    migrations.upgrade(postgresql_url)
    return postgresql_url


def store_of(url: str, folder: Path, clock: Clock) -> Storage:
    cipher = FieldCipher({1: bytes(range(32))})
    return open_storage(url, f"sqlite:///{folder / 'ephemeral.db'}", cipher, clock)


@pytest.fixture(scope="module")
def sealed(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    """Everything that was written by six at once."""
    folder = tmp_path_factory.mktemp("sealed")
    file = folder / "anchors.jsonl"
    storage = store_of(database, folder, fast_clock)
    sealer = Sealer(storage.audit_log(), KEY, fast_clock, file)
    stop = Signal()
    thread = Thread(target=sealer.run, args=(stop, 0.05))
    thread.start()
    committed = sum(storm(WRITERS, lambda number: write_for_a_while(database, number)))
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    while sealer.seal():
        pass
    yield Sealed(database, committed, dict(anchors.read(file)))
    storage.close()


def write_for_a_while(url: str, number: int) -> int:
    """Transactions of one to four events, most of them short, some late, some undone; how many events were committed."""
    chance, committed, until = random.Random(number), 0, time.monotonic() + SECONDS
    names = (f"{number} {each}" for each in count())
    with psycopg.connect(url) as connection:
        while time.monotonic() < until:
            events = chance.randint(1, 4)
            for _ in range(events):
                connection.execute(INSERT, (fast_clock(), next(names)))
                time.sleep(chance.random() * 0.005)
            time.sleep(chance.random() * LATEST if chance.random() < 0.1 else 0)
            if chance.random() < 0.15:
                connection.rollback()
            else:
                connection.commit()
                committed += events
    return committed


def test_late_commits_and_rollbacks_break_nothing(sealed: Sealed) -> None:
    """Mutations: what is settled is believed at once; an event below the newest sealed one is taken for sealed."""
    report = sealed.report()
    assert (report.problems, report.unsealed) == ([], 0)
    assert report.events == sealed.committed > 300
    assert report.anchored == report.seals > 20
    events = [event for _, of_seal in sealed.seals() for event in of_seal]
    assert events != sorted(events), "no commit was late: the writers are too tame to prove anything"
    assert len(sealed.numbers()) < sealed.numbers()[-1] - sealed.numbers()[0] + 1, "nothing was rolled back"


CHANGES = {
    "kind": "'usage'",
    "action": "'x'",
    "at": "at + 1",
    "outcome": "'ok'",
    "account_id": "7",
    "client_id": "'c'",
    "session_id": "7",
    "channel": "'hotline'",
    "request_id": "'r'",
    "data": "'{\"a\": 1}'",
    "actor_id": "7",
}


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_whatever_a_superuser_does_to_one_event_is_named(sealed: Sealed, data: st.DataObject) -> None:
    """Changed, deleted, put elsewhere, put in: the first record that is named is the one."""
    numbers = sealed.numbers()
    one = data.draw(st.sampled_from(numbers))
    column = data.draw(st.sampled_from(sorted(CHANGES)))
    report = sealed.report(f"UPDATE events SET {column} = {CHANGES[column]} WHERE id = {one}")
    assert [(each.fault, each.record) for each in report.problems] == [(Fault.ALTERED, f"event {one}")]
    report = sealed.report(f"DELETE FROM events WHERE id = {one}")
    assert [(each.fault, each.record) for each in report.problems] == [(Fault.MISSING, f"event {one}")]
    other = data.draw(st.sampled_from([each for each in numbers if each != one]))
    report = sealed.report(*(f"UPDATE events SET id = {new} WHERE id = {old}" for old, new in exchanged(one, other)))
    assert {(each.fault, each.record) for each in report.problems} == {
        (Fault.ALTERED, f"event {one}"),
        (Fault.ALTERED, f"event {other}"),
    }
    gap = data.draw(st.sampled_from(sorted(set(range(numbers[0], settled(sealed))) - set(numbers))))
    report = sealed.report(f"UPDATE events SET id = {gap} WHERE id = {one}")
    assert {(each.fault, each.record) for each in report.problems} == {
        (Fault.MISSING, f"event {one}"),
        (Fault.ADDED, f"event {gap}"),
    }


def exchanged(one: int, other: int) -> list[tuple[int, int]]:
    """From which number to which, one after the other."""
    return [(one, 0), (other, one), (0, other)]


def settled(sealed: Sealed) -> int:
    """Up to this number nothing comes any more, as the newest seal has it."""
    with psycopg.connect(sealed.url) as connection:
        row = connection.execute("SELECT seal FROM audit_seals ORDER BY id DESC LIMIT 1").fetchone()
    seal = None if row is None else read(str(row[0]), [KEY])
    assert seal is not None
    return seal.settled


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_whatever_a_superuser_does_to_seals_is_named(sealed: Sealed, data: st.DataObject) -> None:
    """The end cut off with its events, a seal taken out, one changed, two exchanged."""
    seals = sealed.seals()
    place = data.draw(st.integers(1, len(seals) - 1))
    number = seals[place][0]
    cut = [event for _, of_seal in seals[place:] for event in of_seal]
    report = sealed.report(
        f"DELETE FROM audit_seals WHERE id >= {number}", f"DELETE FROM events WHERE id IN ({', '.join(map(str, cut))})"
    )
    assert [(each.fault, each.record) for each in report.problems] == [(Fault.TRUNCATED, f"seal {number}")]
    taken_out = sealed.report(f"DELETE FROM audit_seals WHERE id = {number}")
    first = Fault.TRUNCATED if place == len(seals) - 1 else Fault.FORGED
    assert (first, f"seal {number}") in [(each.fault, each.record) for each in taken_out.problems]
    changed = sealed.report(f"UPDATE audit_seals SET seal = 'x' || seal WHERE id = {number}")
    assert (changed.problems[0].fault, changed.problems[0].record) == (Fault.FORGED, f"seal {number}")
    behind = seals[place - 1][0]
    swapped = sealed.report(
        *(f"UPDATE audit_seals SET id = {new} WHERE id = {old}" for old, new in exchanged(behind, number))
    )
    assert (swapped.problems[0].fault, swapped.problems[0].record) == (Fault.FORGED, f"seal {behind}")


def test_without_anchors_a_cut_end_is_unproven_and_not_whole(sealed: Sealed) -> None:
    """Mutation: verify says that the tail is proven."""
    number, cut = sealed.seals()[-1]
    report = sealed.report(
        f"DELETE FROM audit_seals WHERE id = {number}",
        f"DELETE FROM events WHERE id IN ({', '.join(map(str, cut))})",
        with_anchors=False,
    )
    assert (report.is_whole, report.anchored) == (True, None)


def test_a_transaction_that_is_too_long_raises_an_alarm(database: str, tmp_path: Path) -> None:
    """And its event is sealed once it commits. Mutation: the sealer waits in silence, or goes past it."""
    clock = Moment(system_clock())
    sealer = Sealer(store_of(database, tmp_path, clock).audit_log(), KEY, clock)
    while sealer.seal():
        pass
    with psycopg.connect(database) as connection, capture_logs() as lines:
        connection.execute(INSERT, (clock(), "late"))
        sealer.seal()
        clock.pass_by(6)
        sealer.seal()
        assert lines == []
        clock.pass_by(2)
        sealer.seal()
        (alarm,) = lines
        assert (alarm["event"], alarm["log_level"]) == ("audit.long_transaction", "warning")
        assert alarm["seconds"] >= 8
        connection.commit()
        assert sealer.seal() == 1


def test_an_anchor_is_there_ten_seconds_after_the_commit(database: str, tmp_path: Path) -> None:
    """As `idp audit seal` runs. Mutations: the sealer waits for long; the anchor comes with the next seal."""
    file, stop = tmp_path / "anchors.jsonl", Signal()
    log = store_of(database, tmp_path, system_clock).audit_log()
    thread = Thread(target=Sealer(log, KEY, system_clock, file).run, args=(stop, EVERY_SECONDS))
    thread.start()
    try:
        for pause in (0.0, 0.7):
            time.sleep(pause)
            with psycopg.connect(database) as connection:
                row = connection.execute(f"{INSERT} RETURNING id", (system_clock(), "soon")).fetchone()
                connection.commit()
            committed = time.monotonic()
            assert row is not None
            while not is_anchored(database, file, int(row[0])):
                assert time.monotonic() - committed < ANCHORED_WITHIN
                time.sleep(0.05)
    finally:
        stop.set()
        thread.join(10)


def is_anchored(url: str, file: Path, event_id: int) -> bool:
    """Whether an anchor names a seal that covers it, or one behind that."""
    known = anchors.read(file) if file.exists() else {}
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT id, seal FROM audit_seals ORDER BY id DESC LIMIT 5").fetchall()
    told = [(number, read(text, [KEY])) for number, text in rows]
    covering = [number for number, seal in told if seal is not None and event_id in seal.event_ids]
    return bool(covering) and max(known, default=0) >= covering[0]
