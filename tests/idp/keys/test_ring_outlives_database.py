"""A dead database is not asked for keys by every request."""

import pytest

from idp.errors import Unavailable
from idp.keys import rotation
from idp.keys.ring import REFRESH_SECONDS, KeyRing
from idp.ports import BeginUnitOfWork, UnitOfWork
from idp.storage.stores import Storage
from tests.idp.installed import Moment


class Outage:
    """Begins units of work, until the database dies; counts who asks."""

    def __init__(self, begin: BeginUnitOfWork) -> None:
        self._begin = begin
        self.is_dead = False
        self.times_asked = 0

    def __call__(self) -> UnitOfWork:
        self.times_asked += 1
        if self.is_dead:
            raise Unavailable("The service cannot answer at this moment.")
        return self._begin()


@pytest.fixture
def outage(storage: Storage, clock: Moment) -> Outage:
    with storage.begin() as unit_of_work:
        rotation.ensure(unit_of_work, clock())
        unit_of_work.commit()
    return Outage(storage.begin)


def test_a_dead_database_is_asked_now_and_then(outage: Outage, clock: Moment) -> None:
    """A host that drops packets costs seconds to ask. Mutation: keep `read_at` when the database does not answer."""
    ring = KeyRing(outage, clock)
    ring.jwks()
    outage.is_dead = True
    clock.pass_by(REFRESH_SECONDS)
    outage.times_asked = 0
    for _ in range(10):
        ring.jwks()
    assert outage.times_asked == 1
    outage.is_dead = False
    clock.pass_by(REFRESH_SECONDS)
    ring.jwks()
    assert outage.times_asked == 2
