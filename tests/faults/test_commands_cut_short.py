"""Threat O08: `idp migrate` and `idp keys rotate` are killed at every step, and the next one finds a whole database.

Over PostgreSQL a relay stops before each piece that is sent; over SQLite the kill comes at random moments.
Mutation: commit each migration, or each algorithm's rotation, by itself.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, inspect, text

from idp.app import install, load_settings
from idp.jose import ALGORITHMS
from idp.model.signing_key import KeyState, SigningKey
from idp.storage.engine import create_engine
from idp.storage.tables import metadata
from tests.faults.report import Report
from tests.faults.watched_relay import WatchedRelay
from tests.idp.installed import environment
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import ROOT

MOMENTS = 16
"""How many kills are spread over a run that cannot be stopped at a chosen step, or has very many of them."""
WHOLE_SET = {(alg, state) for alg in ALGORITHMS for state in (KeyState.ACTIVE, KeyState.NEXT)}


@dataclass
class Commands:
    """An installation without a server, whose commands are run and killed."""

    environment: dict[str, str]
    urls: StorageUrls
    """As the test reaches the stores, past the relay."""
    relay: WatchedRelay | None = None

    @property
    def stores(self) -> str:
        return "SQLite" if self.relay is None else "PostgreSQL"

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "idp", *words]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def run(self, *words: str) -> float:
        """To its end, which must be good; the seconds it took."""
        begun = time.monotonic()
        if self.relay is not None:
            self.relay.set_trap_at(0)
        assert self.start(*words).wait(60) == 0
        return time.monotonic() - begun

    def kill_at(self, moment: float, *words: str) -> bool:
        """Start it and kill it at this piece, or after so many seconds; False when it had ended before."""
        if self.relay is not None:
            self.relay.set_trap_at(int(moment))
        process = self.start(*words)
        begun = time.monotonic()
        while process.poll() is None and not self._is_there(moment, begun):
            time.sleep(0.002)
        is_killed = process.poll() is None
        process.kill()
        process.wait()
        if self.relay is not None:
            self.relay.cut()
        return is_killed

    def kill_often(self, begin: Callable[[], None], *words: str) -> Iterator[None]:
        """Run it to its end once, then kill it again and again, each time after `begin`; yields after each death."""
        begin()
        seconds = self.run(*words)
        if self.relay is not None:
            pieces = self.relay.chunks
            for piece in (*range(1, pieces, max(1, pieces // MOMENTS)), pieces):
                begin()
                if self.kill_at(piece, *words):
                    yield
            return
        for _ in range(2 * MOMENTS):
            begin()
            begun = time.monotonic()
            # The first part is spent before anything is opened.
            if self.kill_at(random.uniform(0.4, 1.0) * seconds, *words):
                yield
            else:
                seconds = time.monotonic() - begun

    def tables(self) -> str:
        """How many of ours there are: nothing, all, or some."""
        with self._connection() as connection:
            found = set(inspect(connection).get_table_names()) & set(metadata.tables)
        return "nothing" if not found else "all" if found == set(metadata.tables) else "some"

    def forget_everything(self) -> None:
        """Back to a database without any table."""
        if self.relay is None:
            for file in Path(self.urls.database.removeprefix("sqlite:///")).parent.glob("idp.db*"):
                file.unlink()
            return
        with self._connection() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))

    def current_keys(self) -> dict[tuple[str, KeyState], str]:
        """The kid of the one key of each algorithm that signs, and of the one that comes next."""
        keys = [key for key in self._keys() if key.state is not KeyState.RETIRED]
        assert len({(key.alg, key.state) for key in keys}) == len(keys)
        return {(key.alg, key.state): key.kid for key in keys}

    def kids(self) -> set[str]:
        """Every published key."""
        return {key.kid for key in self._keys()}

    def _keys(self) -> Sequence[SigningKey]:
        installation = install(load_settings(None, _environment(self.urls, self._directory)))
        try:
            with installation.services.begin() as unit_of_work:
                return unit_of_work.signing_keys.all()
        finally:
            installation.storage.close()

    @property
    def _directory(self) -> Path:
        return Path(self.environment["IDP_STATE_DIRECTORY"])

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        engine = create_engine(self.urls.database)
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    def _is_there(self, moment: float, begun: float) -> bool:
        return self.relay.is_held if self.relay is not None else time.monotonic() > begun + moment


@pytest.fixture(params=["sqlite", "postgresql"])
def commands(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Commands]:
    """Over a database without any table."""
    ephemeral = f"sqlite:///{tmp_path / 'ephemeral.db'}"
    if request.param == "sqlite":
        urls = StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", ephemeral)
        yield Commands(_environment(urls, tmp_path), urls)
        return
    port: int = request.getfixturevalue("postgresql_port")
    database: str = request.getfixturevalue("empty_postgresql_url")
    relay = WatchedRelay(port)
    through = StorageUrls(database.replace(f":{port}/", f":{relay.port}/"), ephemeral)
    yield Commands(_environment(through, tmp_path), StorageUrls(database, ephemeral), relay)
    relay.close()


@pytest.fixture
def empty_postgresql_url(postgresql_port: int) -> Iterator[str]:
    """A database for one test."""
    server = f"postgresql://idp@127.0.0.1:{postgresql_port}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE cut_short")
        yield f"{server}/cut_short"
        connection.execute("DROP DATABASE cut_short WITH (FORCE)")


def _environment(urls: StorageUrls, directory: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return {**kept, **environment(urls, directory, IDP_KEYS__PUBLISH_AHEAD="0")}


def test_a_migration_that_is_cut_short_leaves_all_or_nothing(commands: Commands, report: Report) -> None:
    """And the next one finishes it, with one whole set of signing keys."""
    states: Counter[str] = Counter()
    for _ in commands.kill_often(commands.forget_everything, "migrate"):
        states[commands.tables()] += 1
    assert states.total() >= MOMENTS // 2
    assert set(states) <= {"nothing", "all"}
    assert states["nothing"]
    commands.run("migrate")
    assert commands.tables() == "all"
    assert commands.current_keys().keys() == WHOLE_SET
    outcome = ", ".join(f"{times} × {state}" for state, times in states.items())
    report.note_fault_point(f"idp migrate, {commands.stores}", states.total(), f"tables: {outcome}; all after the next")


def test_a_rotation_that_is_cut_short_is_whole_or_did_not_happen(commands: Commands, report: Report) -> None:
    """One key signs and one is coming, for every algorithm, whenever it dies; and no key is gone."""
    commands.run("migrate")
    before: dict[tuple[str, KeyState], str] = {}
    known: set[str] = set()
    rotated: Counter[bool] = Counter()

    def look() -> None:
        before.update(commands.current_keys())
        known.update(commands.kids())

    for _ in commands.kill_often(look, "keys", "rotate"):
        now = commands.current_keys()
        assert now.keys() == WHOLE_SET
        changed = {alg: now[alg, KeyState.ACTIVE] != before[alg, KeyState.ACTIVE] for alg in ALGORITHMS}
        assert len(set(changed.values())) == 1, changed
        assert commands.kids() >= known
        rotated[changed["ES256"]] += 1
    assert rotated.total() >= MOMENTS // 2
    assert rotated[False]
    commands.run("keys", "rotate")
    outcome = f"{rotated[False]} × as before, {rotated[True]} × rotated"
    report.note_fault_point(f"idp keys rotate, {commands.stores}", rotated.total(), outcome)
