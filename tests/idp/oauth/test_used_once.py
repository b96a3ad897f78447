"""One use, whatever happens to the store that remembers it: emptied, replaced, or met by a process that has just begun."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from idp.clock import Instant
from idp.errors import Unavailable
from idp.oauth.used_once import LEEWAY, UsedOnce
from idp.ports import Ephemeral
from idp.storage.database import Database
from idp.storage.engine import create_engine
from idp.storage.ephemeral.redis import RedisEphemeral
from idp.storage.ephemeral.sql import SqlEphemeral
from idp.storage.ephemeral.table import NAME
from tests.idp.installed import Moment
from tests.idp.storage.storm import storm

LIFE = 120


@dataclass
class Case:
    """A store that can be lost, and processes over it."""

    clock: Moment
    open: Callable[[], Ephemeral]
    lose: Callable[[], None]

    def process(self) -> UsedOnce:
        """A process that looked at the store when it started."""
        started = UsedOnce(self.open(), self.clock)
        started.watch()
        return started

    def use(self, process: UsedOnce, name: str, signed_at: Instant) -> bool:
        """Use something whose signer says that it was made at this moment; its clock may be ahead by the leeway."""
        return process.claim(
            "test:app", name, not_before=Instant(signed_at - LEEWAY), expires_at=Instant(signed_at + LIFE)
        )


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    clock = Moment()
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        with redis.Redis.from_url(url) as connection:
            yield Case(clock, lambda: RedisEphemeral(url), lambda: connection.flushdb() and None)
    else:
        file = f"sqlite:///{tmp_path / 'ephemeral.db'}"
        engine = create_engine(file if request.param == "sqlite" else request.getfixturevalue("postgresql_url"))

        def lose() -> None:
            with engine.connect() as connection:
                connection.execute(text(f"DELETE FROM {NAME}"))

        store = SqlEphemeral(Database(engine), clock)
        store.get("nothing")
        lose()
        yield Case(clock, lambda: store, lose)
        store.close()


def refuses(case: Case, process: UsedOnce, name: str, signed_at: Instant) -> bool:
    """Whether it is not taken, for whichever reason."""
    try:
        return not case.use(process, name, signed_at)
    except Unavailable:
        return True


def test_one_use_over_all_processes(case: Case) -> None:
    one, other = case.process(), case.process()
    assert case.use(one, "a", case.clock())
    assert not case.use(other, "a", case.clock())
    assert case.use(other, "b", case.clock())


def test_of_many_at_once_one_wins(case: Case) -> None:
    """Mutation: a look followed by a write."""
    processes = [case.process() for _ in range(4)]
    for number in range(5):
        used = storm(12, lambda index, name=f"n{number}": case.use(processes[index % 4], name, case.clock()))  # type: ignore[misc]
        assert sum(used) == 1


@pytest.mark.parametrize("ahead", [-30, 0, LEEWAY])
@pytest.mark.parametrize("process", ["the same", "another", "a new"])
def test_a_lost_store_revives_nothing(case: Case, process: str, ahead: int) -> None:
    """Mutations: the generation not asked for; a generation remembered from before; clocks ahead not thought of."""
    processes = {"the same": case.process(), "another": case.process()}
    signed_at = Instant(case.clock.pass_by(LEEWAY) + ahead)
    assert case.use(processes["the same"], "a", signed_at)
    case.clock.pass_by(5)
    case.lose()
    if ahead > 5:  # what a process that has just started cannot know, one that saw the loss tells it
        processes["another"].watch()
    processes["a new"] = case.process()
    while case.clock.pass_by(1) < signed_at + LIFE:
        assert refuses(case, processes[process], "a", signed_at)


def test_what_was_made_after_the_loss_works_once_its_maker_cannot_have_been_ahead(case: Case) -> None:
    """Mutation: everything refused for as long as anything might live."""
    process = case.process()
    case.clock.pass_by(5)
    case.lose()
    with pytest.raises(Unavailable) as caught:
        case.use(process, "a", case.clock())
    case.clock.pass_by(caught.value.retry_after)
    assert caught.value.retry_after == LEEWAY
    assert case.use(process, "b", case.clock())
    assert not case.use(process, "b", case.clock())
    assert case.use(case.process(), "c", case.clock())


def test_who_saw_the_loss_corrects_who_could_not_know(case: Case) -> None:
    """A process that starts after the loss writes first; mutation: the one that saw it believes that."""
    witness, signed_at = case.process(), Instant(case.clock.pass_by(5) + LEEWAY)
    assert case.use(witness, "a", signed_at)
    case.clock.pass_by(1)
    case.lose()
    case.process()
    assert refuses(case, witness, "a", signed_at)
    assert refuses(case, case.process(), "b", signed_at), "and so does everybody who starts after that"


def test_a_first_start_keeps_nobody_waiting(case: Case) -> None:
    """Mutation: a store without a past is treated like one that was lost."""
    assert case.use(case.process(), "a", case.clock())


def test_names_of_any_kind_and_length(case: Case) -> None:
    process = case.process()
    for name in ("", "\0", "\ud800", "编号", "x" * 100_000):
        assert case.use(process, name, case.clock())
        assert not case.use(process, name, case.clock())
