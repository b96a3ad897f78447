"""The log: written with the change it tells of, and never changed."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DatabaseError

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.storage.events import OF_PERSON, OF_PERSON_ONLY
from idp.storage.stores import Storage
from idp.storage.tables import event_counts, events
from tests.idp.storage.made import NOW, account, new_session
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

SIGNED_IN = Event(
    kind=Kind.AUDIT,
    action=Action.SIGNED_IN,
    at=NOW,
    account_id=7,
    client_id="housing-fund",
    session_id=9,
    channel="website",
    request_id="r-1",
    actor_id=4,
    data={"amr": ["pwd", "sms"], "level": 3},
)
REFUSED = Event(kind=Kind.REFUSAL, action=Action.TOKEN_REFUSED, at=NOW, outcome="invalid_client")


def record(storage: Storage, event: Event) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.events.record(event)
        unit_of_work.commit()


def test_an_event_is_written_as_it_was_told(storage: Storage, storage_urls: StorageUrls) -> None:
    record(storage, SIGNED_IN)
    with engine_of(storage_urls).connect() as connection:
        row = connection.execute(select(events)).one()
    assert row[1:] == (
        "audit",
        "session.signed_in",
        NOW,
        "ok",
        7,
        "housing-fund",
        9,
        "website",
        "r-1",
        '{"amr":["pwd","sms"],"level":3}',
        4,
    )


@pytest.mark.parametrize("client_id", ["nul\0", "\ud800"])
def test_a_refusal_that_names_an_impossible_client_is_recorded_all_the_same(
    storage: Storage, storage_urls: StorageUrls, client_id: str
) -> None:
    record(storage, replace(REFUSED, client_id=client_id, request_id=client_id))
    with engine_of(storage_urls).connect() as connection:
        row = connection.execute(select(events.c.outcome, events.c.client_id, events.c.request_id)).one()
    assert row == ("invalid_client", None, None)


REPLACE = """
    REPLACE INTO events
    SELECT id, kind, action, 0, outcome, account_id, client_id, session_id, channel, request_id, data, actor_id
    FROM events
"""
CHANGES = {
    "sqlite": ["UPDATE events SET outcome = 'other'", "DELETE FROM events", REPLACE],
    "postgresql": ["UPDATE events SET outcome = 'other'", "DELETE FROM events", "TRUNCATE events"],
}


def test_what_was_written_cannot_be_changed(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: a migration that forgets one of the triggers."""
    record(storage, SIGNED_IN)
    engine = engine_of(storage_urls)
    for change in CHANGES[engine.dialect.name]:
        with engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text(change))
        with engine.connect() as connection:
            assert connection.execute(select(events.c.at, events.c.outcome)).all() == [(NOW, "ok")]


def test_refusals_are_counted_per_source_and_minute(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: one row per anonymous refusal, with which a stranger fills the disk."""
    with storage.begin() as unit_of_work:
        for seconds in (0, 1, 59, 60):
            unit_of_work.events.count(replace(REFUSED, at=Instant(NOW + seconds)), "peer-1")
        unit_of_work.events.count(REFUSED, "peer-2")
        unit_of_work.events.count(replace(REFUSED, outcome="invalid_grant"), "peer-1")
        unit_of_work.commit()
    with engine_of(storage_urls).connect() as connection:
        columns = (event_counts.c.source, event_counts.c.outcome, event_counts.c.minute, event_counts.c.times)
        rows = connection.execute(select(*columns).order_by(event_counts.c.id)).all()
    assert NOW % 60 == 0
    assert {tuple(row) for row in rows} == {
        ("peer-1", "invalid_client", NOW, 3),
        ("peer-1", "invalid_client", NOW + 60, 1),
        ("peer-2", "invalid_client", NOW, 1),
        ("peer-1", "invalid_grant", NOW, 1),
    }


def test_parallel_refusals_are_all_counted(storage: Storage, storage_urls: StorageUrls) -> None:
    def count(_number: int) -> None:
        with storage.begin() as unit_of_work:
            unit_of_work.events.count(REFUSED, "peer")
            unit_of_work.commit()

    storm(12, count)
    with engine_of(storage_urls).connect() as connection:
        assert connection.execute(select(event_counts.c.times)).scalar_one() == 12


def test_a_person_reads_their_own_newest_first(storage: Storage) -> None:
    """Mutations: another person's; issued tokens; a page that begins with the event it was to begin after."""
    with storage.begin() as unit_of_work:
        session = unit_of_work.sessions.begin(new_session(account(unit_of_work).id, device="chrome windows"))
        person, other = session.account_id, account(unit_of_work).id
        mine = replace(SIGNED_IN, account_id=person, session_id=session.id)
        refused = replace(REFUSED, action=Action.SIGN_IN_REFUSED, account_id=person)
        stolen = replace(SIGNED_IN, account_id=other, session_id=session.id)
        for event in (mine, stolen, replace(mine, action=Action.TOKEN_ISSUED), REFUSED, refused):
            unit_of_work.events.record(event)
        unit_of_work.commit()
        found = unit_of_work.events.of_person(person, before=None, limit=9)
        assert [(each.action, each.outcome) for each in found] == [
            ("session.refused", "invalid_client"),
            ("session.signed_in", "ok"),
        ]
        assert (found[1].data, found[1].device) == ({"amr": ["pwd", "sms"], "level": 3}, "chrome windows")
        assert [each.device for each in unit_of_work.events.of_person(other, before=None, limit=9)] == [None]
        assert unit_of_work.events.of_person(person, before=None, limit=1) == found[:1]
        assert unit_of_work.events.of_person(person, before=found[0].id, limit=9) == found[1:]
        only = unit_of_work.events.of_person(person, before=None, limit=9, actions=[Action.SIGNED_IN])
        assert only == found[1:]
        assert unit_of_work.events.of_person(person, before=None, limit=9, actions=[]) == []
        assert unit_of_work.events.of_person(person, before=2**63, limit=9) == []


def test_their_events_are_found_by_the_index(storage_urls: StorageUrls) -> None:
    """Mutations: the index without its condition or its id; a condition that is a parameter; another order."""
    engine = engine_of(storage_urls)
    row = {"kind": "audit", "action": "session.signed_in", "at": NOW, "outcome": "ok", "data": "{}"}
    with engine.connect() as connection, connection.begin():
        connection.execute(insert(events), [{**row, "account_id": number % 100 + 1} for number in range(20_000)])
    values = {"of_account": 7, "before": 2**63 - 1, "rows": 50}
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        for statement, told in ((OF_PERSON, values), (OF_PERSON_ONLY, {**values, "actions": ["session.signed_in"]})):
            compiled = statement.params(**told).compile(connection, compile_kwargs={"literal_binds": True})
            explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
            plan = "\n".join(str(each) for each in connection.exec_driver_sql(f"{explain} {compiled}"))
            assert "ix_events_of_person" in plan, plan
            assert not re.search("SCAN events|Seq Scan on events|TEMP B-TREE|Sort", plan), plan
