"""After an upgrade the worker lets people be found by name who were there before, in turns, whatever happens meanwhile."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from idp.accounts import namesakes
from idp.app import Installation
from idp.errors import Unavailable
from idp.model.account import Account
from idp.model.namesake import NameAndYear
from idp.storage.tables import names
from realnames.identifiers.citizen_id import complete
from tests.idp.installed import NAME, Moment, environment, identifiers, new_person
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

REPOSITORY = Path(__file__).parents[3]
BOTH = NameAndYear(NAME, 1990)


@pytest.fixture
def before(installation: Installation, sqlite_urls: StorageUrls) -> list[Account]:
    """Five people as the release before left them."""
    people = [
        new_person(installation, *identifiers(f"1380000000{place}", complete(f"8901011990030700{place}")))
        for place in range(1, 6)
    ]
    with engine_of(sqlite_urls).connect() as connection:
        connection.execute(update(names).values(blind_index=None))
    return people


def found(installation: Installation) -> list[int]:
    with installation.services.begin() as unit_of_work:
        return list(unit_of_work.namesakes.page(BOTH, after=0, limit=50))


def test_everybody_is_caught_up_with(
    installation: Installation, before: list[Account], clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutations: only the first step; a last step that is never found."""
    monkeypatch.setattr(namesakes, "_AT_ONCE", 2)
    assert found(installation) == []
    assert namesakes.catch_up(installation.services, clock())
    assert found(installation) == [each.id for each in before]
    assert namesakes.catch_up(installation.services, clock())


def test_a_turn_ends_and_the_next_one_goes_on(
    installation: Installation, before: list[Account], clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: a turn that takes until everybody is done, while lost cards wait."""
    monkeypatch.setattr(namesakes, "_AT_ONCE", 2)
    moments = iter([0.0, 0.0, 0.0, 0.0, 99.0, *[0.0] * 20])
    monkeypatch.setattr(namesakes, "monotonic", lambda: next(moments))
    assert not namesakes.catch_up(installation.services, clock())
    assert found(installation) == [each.id for each in before[:2]]
    assert namesakes.catch_up(installation.services, clock())
    assert found(installation) == [each.id for each in before]


def test_who_is_cut_off_has_lost_one_step(
    installation: Installation, before: list[Account], clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: all of it in one transaction."""
    monkeypatch.setattr(namesakes, "_AT_ONCE", 2)
    with installation.services.begin() as unit_of_work:
        kind = type(unit_of_work)
    commit, commits = kind.commit, iter([True, False])

    def cut_off(self: object) -> None:
        if not next(commits, True):
            raise Unavailable("cut off")
        commit(self)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(kind, "commit", cut_off)
        with pytest.raises(Unavailable):
            namesakes.catch_up(installation.services, clock())
    assert found(installation) == [each.id for each in before[:2]]
    assert namesakes.catch_up(installation.services, clock())
    assert found(installation) == [each.id for each in before]


def test_the_worker_does_it(
    installation: Installation, before: list[Account], sqlite_urls: StorageUrls, tmp_path: Path
) -> None:
    """`idp worker` itself. Mutation: an errand that nobody runs."""
    variables = {**os.environ, **environment(sqlite_urls, tmp_path)}
    worker = subprocess.Popen([sys.executable, "-m", "idp", "worker"], cwd=REPOSITORY, env=variables)
    try:
        for _ in range(600):
            if len(found(installation)) == len(before):
                break
            time.sleep(0.05)
    finally:
        worker.terminate()
        worker.wait(20)
    assert found(installation) == [each.id for each in before]
