"""One contract for every ephemeral store: SQL on both databases, Redis, memory."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from idp.clock import Instant
from idp.ports import Ephemeral
from idp.storage.database import Database
from idp.storage.engine import create_engine
from idp.storage.ephemeral.memory import MemoryEphemeral
from idp.storage.ephemeral.redis import RedisEphemeral
from idp.storage.ephemeral.sql import SqlEphemeral
from idp.storage.ephemeral.table import NAME
from tests.idp.storage.made import NOW
from tests.idp.storage.storm import storm

if TYPE_CHECKING:
    from idp.storage.stores import ClosableEphemeral

THREADS = 12


class SettableClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Instant:
        return self.now

    def move(self, seconds: int) -> None:
        self.now = Instant(self.now + seconds)


@dataclass(frozen=True)
class Case:
    """A store, and how its time passes."""

    store: Ephemeral
    pass_time: Callable[[int], None]


@pytest.fixture(params=["sqlite", "postgresql", "redis", "memory"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    clock = SettableClock()
    store: ClosableEphemeral
    match request.param:
        case "sqlite":
            store = SqlEphemeral(Database(create_engine(f"sqlite:///{tmp_path / 'ephemeral.db'}")), clock)
        case "postgresql":
            engine = create_engine(request.getfixturevalue("postgresql_url"))
            with engine.connect() as connection:
                connection.execute(text(f"DROP TABLE IF EXISTS {NAME}"))
            store = SqlEphemeral(Database(engine), clock)
        case "redis":
            store = RedisEphemeral(request.getfixturevalue("redis_url"))
        case _:
            store = MemoryEphemeral(clock)
    # Redis has a clock of its own; a moment more than asked for, since it counts in milliseconds.
    yield Case(store, clock.move if request.param != "redis" else lambda seconds: time.sleep(seconds + 0.05))
    store.close()


def test_a_value_is_written_read_and_replaced(case: Case) -> None:
    store = case.store
    assert store.get("key") is None
    store.put("key", b"one", 60)
    store.put("key", b"\x00\xff two", 60)
    assert store.get("key") == b"\x00\xff two"
    assert store.get("another") is None


@pytest.mark.parametrize("key", ["", "键:client:1", "with space\nand\0nul", "\ud800", "x" * 2000])
def test_any_text_is_a_key(case: Case, key: str) -> None:
    case.store.put(key, b"", 60)
    assert case.store.get(key) == b""
    assert case.store.take(key) == b""


def test_a_value_is_taken_once(case: Case) -> None:
    case.store.put("key", b"value", 60)
    assert case.store.take("key") == b"value"
    assert case.store.take("key") is None
    assert case.store.get("key") is None


def test_only_what_is_absent_is_added(case: Case) -> None:
    assert case.store.add("key", b"one", 60)
    assert not case.store.add("key", b"two", 60)
    assert case.store.get("key") == b"one"
    case.store.take("key")
    assert case.store.add("key", b"three", 60)


def test_a_swap_gives_the_value_whose_place_it_takes(case: Case) -> None:
    """Mutation: a swap that writes where nothing is."""
    assert case.store.swap("key", b"one", 60) is None
    assert case.store.get("key") is None
    case.store.put("key", b"one", 60)
    assert case.store.swap("key", b"two", 60) == b"one"
    assert case.store.swap("key", b"two", 60) == b"two"
    assert case.store.get("key") == b"two"


def test_a_counter_is_swapped_as_well(case: Case) -> None:
    case.store.incr("key", 60)
    assert case.store.swap("key", b"value", 60) == b"1"
    assert case.store.get("key") == b"value"


def test_a_counter_counts_and_can_be_read_and_taken(case: Case) -> None:
    assert [case.store.incr("key", 60) for _ in range(12)] == list(range(1, 13))
    assert case.store.get("key") == b"12"
    assert case.store.take("key") == b"12"
    assert case.store.incr("key", 60) == 1


def test_after_its_time_a_value_is_gone_for_every_verb(case: Case) -> None:
    """Mutation: a verb that looks at the key only."""
    store = case.store
    for key in ("get", "take", "add", "swap", "put"):
        store.put(key, b"old", 1)
    store.incr("incr", 1)
    store.add("added", b"old", 1)
    store.put("swapped", b"old", 60)
    store.swap("swapped", b"new", 1)
    store.put("stays", b"old", 60)
    case.pass_time(1)
    assert [store.get("get"), store.take("take"), store.get("added"), store.get("swapped")] == [None] * 4
    assert store.add("add", b"new", 60)
    assert store.swap("swap", b"new", 60) is None
    assert store.incr("incr", 60) == 1
    store.put("put", b"new", 60)
    assert [store.get("add"), store.get("put"), store.get("stays")] == [b"new", b"new", b"old"]


def test_counting_does_not_prolong_a_counter(case: Case) -> None:
    """Mutation: a new life with every call, with which a slow stranger is locked out for ever, or never."""
    case.store.incr("key", 2)
    case.pass_time(1)
    assert case.store.incr("key", 60) == 2
    case.pass_time(1)
    assert case.store.incr("key", 60) == 1


def test_a_life_of_no_seconds_is_a_second(case: Case) -> None:
    case.store.put("key", b"value", 0)
    assert case.store.get("key") == b"value"
    assert case.store.add("other", b"value", -5)
    assert not case.store.add("other", b"value", 1)


def test_the_generation_stays(case: Case) -> None:
    generation = case.store.generation()
    assert len(generation) >= 22
    case.store.put("key", b"value", 60)
    case.pass_time(1)
    assert case.store.generation() == generation


def test_of_many_takers_one_gets_the_value(case: Case) -> None:
    """Mutation: a read followed by a delete."""
    for number in range(5):
        key = f"take {number}"
        case.store.put(key, b"value", 60)
        taken = many_take(case.store, key)
        assert sorted(taken, key=str) == [None] * (THREADS - 1) + [b"value"]


def test_of_many_adders_one_succeeds(case: Case) -> None:
    """Mutation: a look followed by a write, with which a proof is used twice."""
    for number in range(5):
        added = many_add(case.store, f"add {number}")
        assert sum(added) == 1


def test_of_many_adders_one_gets_the_place_of_an_expired_value(case: Case) -> None:
    case.store.put("key", b"old", 1)
    case.pass_time(1)
    assert sum(many_add(case.store, "key")) == 1


def test_of_many_swaps_each_gets_the_value_of_another(case: Case) -> None:
    """Mutation: a read followed by a write, with which two get the same one."""
    for number in range(5):
        key = f"swap {number}"
        case.store.put(key, b"old", 60)
        given = many_swap(case.store, key)
        everything = {b"old", *(b"new %d" % each for each in range(THREADS))}
        assert {*given, case.store.get(key)} == everything


def test_no_count_is_lost_or_told_twice(case: Case) -> None:
    """Mutation: a read followed by a write of one more."""
    counts = storm(THREADS, lambda _number: [case.store.incr("key", 60) for _ in range(10)])
    assert sorted(count for of_thread in counts for count in of_thread) == list(range(1, THREADS * 10 + 1))


def many_take(store: Ephemeral, key: str) -> list[bytes | None]:
    return storm(THREADS, lambda _number: store.take(key))


def many_add(store: Ephemeral, key: str) -> list[bool]:
    return storm(THREADS, lambda _number: store.add(key, b"value", 60))


def many_swap(store: Ephemeral, key: str) -> list[bytes | None]:
    return storm(THREADS, lambda number: store.swap(key, b"new %d" % number, 60))
