"""The keys in memory serve on while the database is dead, and it is not asked by every request."""

import pytest

from idp.clock import Instant
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


def test_keys_serve_on_while_the_database_is_dead(outage: Outage, clock: Moment) -> None:
    """O05. Mutation: raise instead of returning the copy in `KeyRing._fresh`."""
    ring = KeyRing(outage, clock)
    published = ring.jwks()
    outage.is_dead = True
    clock.pass_by(REFRESH_SECONDS)
    assert ring.jwks() == published
    assert ring.verify(ring.sign({"sub": "somebody"}, "ES256")) == {"sub": "somebody"}


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


def test_without_keys_there_is_nothing_to_serve(outage: Outage) -> None:
    outage.is_dead = True
    with pytest.raises(Unavailable):
        KeyRing(outage, lambda: Instant(0)).jwks()
