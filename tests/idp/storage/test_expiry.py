"""What has ended leaves the database, just after it may and never before, and nothing alive ever goes with it."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Delete, insert, text, update

from idp.errors import Unavailable
from idp.model.expiry import Batch, Perishable
from idp.storage.expiry import STEPS
from idp.storage.stores import Storage
from idp.storage.tables import (
    access_tokens,
    authorizations,
    guesses,
    session_clients,
    sessions,
)
from idp.storage.transaction import Transaction
from tests.idp.storage.ended_rows import LONG_AGO, NOW, TABLES, House, unended
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls


@pytest.fixture
def house(storage: Storage, storage_urls: StorageUrls) -> Iterator[House]:
    """With people, of whom one (1) has a session (1) that is alive."""
    engine = engine_of(storage_urls)
    made = House(engine, storage)
    made.move_in([*range(1, 10), NUMBER_OF_LATER])
    made.put(sessions)
    yield made
    engine.dispose()


NUMBER_OF_LATER = 10**6
SESSION_OVER = {"ended_at": NOW - 500}
OFFLINE = "openid offline_access"
ENDS: list[tuple[str, Perishable, dict[str, Any], dict[str, Any]]] = [
    ("expired", Perishable.ACCESS_TOKENS, {"expires_at": NOW}, {"expires_at": NOW + 1}),
    ("called back", Perishable.ACCESS_TOKENS, {"expires_at": NOW, "revoked_at": 1}, {"revoked_at": LONG_AGO}),
    ("expired", Perishable.REVOKED_JWTS, {"expires_at": NOW}, {"expires_at": NOW + 1}),
    ("last failure", Perishable.GUESSES, {"last_at": NOW}, {"last_at": NOW + 1}),
    ("last seen", Perishable.KNOWN_DEVICES, {"last_seen_at": NOW}, {"last_seen_at": NOW + 1}),
    ("last seen", Perishable.KNOWN_NETWORKS, {"seen_at": NOW}, {"seen_at": NOW + 1}),
    ("left", Perishable.OUTBOX, {"finished_at": NOW, "outcome": "done"}, {"finished_at": NOW + 1, "outcome": "done"}),
    ("waits", Perishable.OUTBOX, {"finished_at": NOW, "outcome": "abandoned"}, {"finished_at": None}),
    ("was kept for long", Perishable.KEPT_ANSWERS, {"answered_at": NOW}, {"answered_at": NOW + 1}),
    ("ran out", Perishable.SLIPS, {"expires_at": NOW}, {"expires_at": NOW + 1}),
    ("ended", Perishable.RECOVERIES, {"ended_at": NOW}, {"ended_at": NOW + 1}),
    ("waits", Perishable.RECOVERIES, {"ended_at": NOW, "outcome": "done"}, {"ended_at": None}),
    ("revoked", Perishable.AUTHORIZATIONS, {"revoked_at": NOW}, {"revoked_at": NOW + 1}),
    ("too old", Perishable.AUTHORIZATIONS, {"created_at": NOW - 1000}, {"created_at": NOW - 999}),
    ("not refreshed", Perishable.AUTHORIZATIONS, {"created_at": NOW - 100}, {"created_at": NOW - 99}),
    ("rested", Perishable.AUTHORIZATIONS, {"refreshed_at": NOW - 100}, {"refreshed_at": NOW - 99}),
    ("ended", Perishable.SESSIONS, {"ended_at": NOW}, {"ended_at": NOW + 1}),
    ("ran out", Perishable.SESSIONS, {"expires_at": NOW}, {"expires_at": NOW + 1}),
]


@pytest.mark.parametrize(("why", "perishable", "over", "alive"), ENDS, ids=[f"{row[1]} {row[0]}" for row in ENDS])
def test_what_has_ended_goes_and_nothing_else(
    house: House, why: str, perishable: Perishable, over: dict[str, Any], alive: dict[str, Any]
) -> None:
    """Mutations: `<` for `<=`; a condition that is left out; a DELETE that does not ask again."""
    table = TABLES[perishable]
    recent = {"created_at": NOW - 999, "refreshed_at": NOW - 99} if why in {"too old", "rested"} else {}
    kept = house.put(table, **recent | alive)
    gone = house.put(table, **recent | over)
    also_kept = house.put(table, **recent | alive)
    newest = house.put(table, **recent | over)
    batch = house.delete(perishable)
    assert batch.deleted == 1
    assert [number for number in house.ids(table) if number > 1] == [kept, also_kept, newest]
    assert gone not in house.ids(table)


@pytest.mark.parametrize(
    ("session", "scope", "goes"),
    [
        ({"ended_at": NOW}, "openid", True),
        ({"ended_at": NOW + 1}, "openid", False),
        ({"expires_at": NOW}, "openid", True),
        ({"expires_at": NOW}, "openid my_offline_access_too", True),
        ({"ended_at": NOW, "expires_at": NOW}, OFFLINE, False),
        ({"ended_at": NOW, "expires_at": NOW}, "offline_access", False),
        ({"ended_at": NOW, "expires_at": NOW}, "offline_access openid", False),
    ],
)
def test_a_family_ends_with_its_session_unless_it_may_go_on_without(
    house: House, session: dict[str, Any], scope: str, goes: bool
) -> None:
    """Mutation: `offline_access` not looked at."""
    over = house.put(sessions, **session)
    family = house.put(authorizations, session_id=over, scope=scope)
    other = house.put(authorizations, scope=scope)
    newest = house.put(authorizations, session_id=over, scope=scope)
    house.delete(Perishable.AUTHORIZATIONS)
    assert house.ids(authorizations) == ([other, newest] if goes else [family, other, newest])


def test_a_session_stays_as_long_as_a_family_hangs_on_it(house: House) -> None:
    """An app that may act without the person still does. No key refuses what
    is wrong here. Mutation: the family not looked at.
    """
    over = house.put(sessions, **SESSION_OVER)
    family = house.put(authorizations, session_id=over, scope=OFFLINE)
    house.put(sessions, **SESSION_OVER)
    assert house.delete(Perishable.SESSIONS).deleted == 0
    assert over in house.ids(sessions)
    house.change(authorizations, family, revoked_at=NOW)
    house.put(authorizations)
    assert house.delete(Perishable.AUTHORIZATIONS).deleted == 1
    assert house.delete(Perishable.SESSIONS).deleted == 1
    assert over not in house.ids(sessions)


def test_the_apps_of_a_session_go_with_it(house: House) -> None:
    over = house.put(sessions, **SESSION_OVER)
    house.put(session_clients, session_id=over)
    kept = house.put(session_clients, session_id=1)
    newest = house.put(sessions, **SESSION_OVER)
    of_newest = house.put(session_clients, session_id=newest)
    assert house.delete(Perishable.SESSIONS).deleted == 1
    assert house.ids(sessions) == [1, newest]
    assert house.ids(session_clients) == [kept, of_newest]


def test_a_family_goes_before_tokens_of_it_that_were_not_swept_yet(house: House) -> None:
    """The token is dead for ever: it expired long ago, and speaks for nobody."""
    family = house.put(authorizations, revoked_at=NOW)
    token = house.put(access_tokens, authorization_id=family, expires_at=NOW)
    house.put(authorizations)
    assert house.delete(Perishable.AUTHORIZATIONS).deleted == 1
    with house.storage.begin() as unit_of_work:
        found = unit_of_work.authorizations.stored_token(token)
    assert found is not None
    assert found.standing is None
    assert not found.client_id


@pytest.mark.parametrize("perishable", Perishable)
def test_the_newest_row_stays_and_its_number_is_not_given_again(house: House, perishable: Perishable) -> None:
    """SQLite would give it to the next row. Mutation: the last row of a step deleted with the others."""
    table, over = TABLES[perishable], next(row[2] for row in ENDS if row[1] is perishable)
    numbers = [house.put(table, **over) for _ in range(3)]
    assert house.delete(perishable).deleted == 2
    assert house.ids(table)[-1] == numbers[-1]
    assert house.delete(perishable).deleted == 0
    with house.engine.connect() as connection:
        if house.engine.dialect.name == "postgresql":
            place = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            connection.execute(place, {"name": table.name, "last": numbers[-1]})
        values = unended(NUMBER_OF_LATER)[table.name]
        (given,) = connection.execute(insert(table).values(**values).returning(table.c.id)).one()
    assert given > numbers[-1]


def test_an_empty_table_has_nothing_to_delete(house: House) -> None:
    assert house.delete(Perishable.GUESSES) == Batch(0, 0, is_last=True)


def test_steps_go_on_where_the_last_one_ended(house: House) -> None:
    """Mutations: a step that begins anew; one that leaves out a row in between; one that never ends."""
    numbers = [house.put(access_tokens, expires_at=NOW) for _ in range(10)]
    young = house.put(access_tokens)
    after_id, seen = 0, []
    while not (batch := house.delete(Perishable.ACCESS_TOKENS, after_id=after_id, rows=4)).is_last:
        assert batch.reached > after_id
        after_id = batch.reached
        seen.append(batch.deleted)
    assert sum(seen) + batch.deleted == 10
    assert max(seen) <= 4
    assert house.ids(access_tokens) == [young]
    assert numbers[0] - 1 <= after_id < young


def test_the_first_row_that_is_too_young_ends_a_sweep(house: House) -> None:
    """So that nobody reads through everything that is alive."""
    for _ in range(3):
        house.put(access_tokens, expires_at=NOW)
    for _ in range(20):
        house.put(access_tokens)
    assert house.delete(Perishable.ACCESS_TOKENS, rows=5).is_last
    assert len(house.ids(access_tokens)) == 20
    for _ in range(20):
        house.put(sessions, created_at=NOW + 1)
    assert house.delete(Perishable.SESSIONS, rows=5).is_last


def test_moments_that_do_not_grow_with_the_numbers_end_no_sweep(house: House) -> None:
    """An old counter may have counted a moment ago, and newer ones not for long."""
    for _ in range(4):
        house.put(guesses)
    house.put(guesses, last_at=NOW)
    house.put(guesses)
    first = house.delete(Perishable.GUESSES, rows=4)
    assert (first.deleted, first.is_last) == (0, False)
    assert house.delete(Perishable.GUESSES, after_id=first.reached, rows=4) == Batch(1, first.reached + 2, is_last=True)


def test_where_nothing_has_ended_nobody_is_kept_from_writing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: a transaction that is begun before it is known whether there is something to delete."""
    house.put(access_tokens)
    monkeypatch.setattr(Transaction, "change", _refuse)
    assert house.delete(Perishable.ACCESS_TOKENS) == Batch(0, 1, is_last=True)


def _refuse(*_arguments: object) -> int:
    raise AssertionError("something was written")


def test_many_workers_at_once_delete_each_row_once(house: House) -> None:
    """Mutation: rows counted as deleted that another worker took."""
    for _ in range(60):
        over = house.put(sessions, **SESSION_OVER)
        house.put(session_clients, session_id=over)
        house.put(authorizations, session_id=over)
    alive = house.put(authorizations)
    house.put(sessions, **SESSION_OVER)

    def sweep(_number: int) -> int:
        deleted = 0
        for perishable in (Perishable.AUTHORIZATIONS, Perishable.SESSIONS):
            after_id = 0
            while True:
                batch = house.delete(perishable, after_id=after_id, rows=7)
                deleted, after_id = deleted + batch.deleted, batch.reached
                if batch.is_last:
                    break
        return deleted

    assert sum(storm(4, sweep)) + sweep(0) == 120
    assert house.ids(authorizations) == [alive]
    assert len(house.ids(sessions)) == 2
    assert house.ids(session_clients) == []


def test_a_step_that_cannot_be_committed_deletes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies in the middle leaves everything to the next. Mutation: each statement committed by itself."""
    over = house.put(sessions, **SESSION_OVER)
    house.put(session_clients, session_id=over)
    house.put(sessions)

    def fail(transaction: Transaction) -> None:
        raise Unavailable("The worker died.")

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", fail)
        with pytest.raises(Unavailable):
            house.delete(Perishable.SESSIONS)
    assert over in house.ids(sessions)
    assert len(house.ids(session_clients)) == 1
    assert house.delete(Perishable.SESSIONS).deleted == 1


REVIVALS: list[tuple[Perishable, dict[str, Any], dict[str, Any]]] = [
    (Perishable.AUTHORIZATIONS, {"created_at": NOW - 150}, {"refreshed_at": NOW, "generation": 1}),
    (Perishable.GUESSES, {"last_at": NOW}, {"last_at": NOW + 9, "failures": 2}),
    (Perishable.SESSIONS, {"expires_at": NOW}, {"expires_at": NOW + 9}),
]


@pytest.mark.parametrize(("perishable", "over", "revival"), REVIVALS, ids=[row[0] for row in REVIVALS])
def test_what_comes_alive_between_the_look_and_the_deletion_stays(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    perishable: Perishable,
    over: dict[str, Any],
    revival: dict[str, Any],
) -> None:
    """A refresh, a failure, a sign-in at that very moment. Mutation: the rows that were seen, deleted by their ids."""
    table = TABLES[perishable]
    row = house.put(table, **over)
    house.put(table)
    change: Callable[..., int] = Transaction.change

    def revive_and_change(self: Transaction, *arguments: Any) -> int:
        if self._held is None:
            house.change(table, row, **revival)
        return change(self, *arguments)

    monkeypatch.setattr(Transaction, "change", revive_and_change)
    assert house.delete(perishable).deleted == 0
    assert row in house.ids(table)


def test_a_refresh_that_is_not_committed_yet_is_waited_for(house: House) -> None:
    """Once it is durable, its family lives. Mutation: what the look saw is believed."""
    family = house.put(authorizations, created_at=NOW - 150)
    house.put(authorizations)
    with house.storage.begin() as unit_of_work, ThreadPoolExecutor(1) as another_thread:
        refresh = update(authorizations).where(authorizations.c.id == family).values(refreshed_at=NOW, generation=1)
        assert unit_of_work._transaction.change(refresh) == 1  # type: ignore[attr-defined]
        sweep = another_thread.submit(house.delete, Perishable.AUTHORIZATIONS)
        with pytest.raises(TimeoutError):
            sweep.result(0.3)
        unit_of_work.commit()
        assert sweep.result(10).deleted == 0
    assert family in house.ids(authorizations)


RANGE = {
    "sqlite": r"SEARCH {table} USING (INTEGER PRIMARY KEY|COVERING INDEX \w+) \(\w+>\?",
    "postgresql": r"Index (Only )?Scan using \w+ on {table}\b|Bitmap Heap Scan on {table}\b",
}
SEARCH = re.compile(r"SCAN (?!anon_1|\(subquery)\w+|Seq Scan")


def test_each_statement_reads_a_range_and_searches_no_table(house: House) -> None:
    """Whatever the size of the tables.

    Mutations: ORDER BY another column; EXISTS for the rows of another table; the index on `session_id` dropped.
    """
    dialect = house.engine.dialect.name
    house.move_in(range(10, 8_000))
    with house.engine.connect() as connection, connection.begin():
        for table in (sessions, *(table for table in TABLES.values() if table is not sessions), session_clients):
            of_session = {"session_id"} & set(table.c.keys())
            rows = [
                {**unended(number)[table.name], "id": number, **dict.fromkeys(of_session, number)}
                for number in range(2, 8_000)
            ]
            connection.execute(insert(table), rows)
    values = {"ended": NOW, "begun": NOW - 1000, "rested": NOW - 100, "after_id": 2000, "last_id": 2500, "rows": 500}
    with house.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        for perishable, table in TABLES.items():
            for statement in (STEPS[perishable].look, *STEPS[perishable].deletes):
                plan = _plan(connection, statement, values)
                of_table = str(statement.table) if isinstance(statement, Delete) else table.name
                assert re.search(RANGE[dialect].format(table=of_table), plan), plan
                assert not SEARCH.search(plan), plan


def _plan(connection: Connection, statement: Any, values: dict[str, int]) -> str:
    compiled = statement.compile(connection)
    told = compiled.construct_params(values)
    parameters = tuple(told[name] for name in compiled.positiontup) if compiled.positiontup else told
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(f"{explain} {compiled}", parameters))
