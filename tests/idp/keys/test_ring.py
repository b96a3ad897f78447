"""The ring: one copy of the published keys, fresh within seconds, good while the database is away."""

import json

import pytest

from idp.app import Installation
from idp.clock import after
from idp.errors import Unavailable
from idp.jose import ALGORITHMS
from idp.keys.ring import REFRESH_SECONDS, KeyRing
from idp.keys.rotation import drop_expired, ensure, rotate
from idp.model.signing_key import KeyState
from idp.ports import UnitOfWork
from tests.idp.installed import Moment

CLAIMS = {"sub": "abc"}


class Gate:
    """The way to the database, which a test may close; counts who comes."""

    def __init__(self, installation: Installation) -> None:
        self._begin = installation.services.begin
        self.is_open = True
        self.visits = 0

    def __call__(self) -> UnitOfWork:
        self.visits += 1
        if not self.is_open:
            raise Unavailable("Try again.")
        return self._begin()


@pytest.fixture
def gate(installation: Installation, clock: Moment) -> Gate:
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, clock())
        unit_of_work.commit()
    return Gate(installation)


@pytest.fixture
def ring(gate: Gate, clock: Moment) -> KeyRing:
    return KeyRing(gate, clock)


def turn(gate: Gate, clock: Moment, alg: str = "ES256") -> str:
    with gate() as unit_of_work:
        kid = rotate(unit_of_work, alg, clock(), publish_ahead=0)
        unit_of_work.commit()
    return kid


def kids(ring: KeyRing) -> set[str]:
    return {key["kid"] for key in json.loads(ring.jwks())["keys"]}


def test_it_signs_and_verifies_with_what_is_published(ring: KeyRing) -> None:
    assert ring.algorithms() == sorted(ALGORITHMS)
    for alg in ALGORITHMS:
        token = ring.sign(CLAIMS, alg, "at+jwt")
        assert ring.verify(token, "at+jwt") == CLAIMS
        assert ring.verify(token) == CLAIMS
        assert ring.verify(token, "JWT") is None
        assert ring.verify(f"{token}x") is None


def test_the_jwks_is_public_and_complete(ring: KeyRing, gate: Gate) -> None:
    """Mutation: private members, or keys without kid, use, alg (threat C10)."""
    with gate() as unit_of_work:
        stored = {key.kid: key.alg for key in unit_of_work.signing_keys.all()}
    published = json.loads(ring.jwks())["keys"]
    assert {key["kid"]: key["alg"] for key in published} == stored
    for key in published:
        assert key["use"] == "sig"
        assert key["kty"] in {"EC", "RSA"}
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key)


def test_a_rotation_arrives_within_seconds(ring: KeyRing, gate: Gate, clock: Moment) -> None:
    """Mutation: a copy that is never read again; the retired key not verified any more."""
    old = ring.sign(CLAIMS, "ES256")
    before = kids(ring)
    kid = turn(gate, clock)
    assert kid in before, "apps knew it before it signed"
    clock.pass_by(REFRESH_SECONDS)
    new = ring.sign(CLAIMS, "ES256")
    assert new.split(".")[0] != old.split(".")[0]
    assert ring.verify(old) == ring.verify(new) == CLAIMS
    with gate() as unit_of_work:
        drop_expired(unit_of_work, after(clock(), 10), retain=0)
        unit_of_work.commit()
    clock.pass_by(REFRESH_SECONDS)
    assert ring.verify(old) is None
    assert ring.verify(new) == CLAIMS


def test_the_store_is_read_once_in_five_seconds(ring: KeyRing, gate: Gate, clock: Moment) -> None:
    """Mutation: a read for every signature."""
    for _ in range(3):
        ring.jwks()
        ring.sign(CLAIMS, "RS256")
    assert gate.visits == 1
    clock.pass_by(REFRESH_SECONDS)
    ring.jwks()
    ring.jwks()
    assert gate.visits == 2


def test_a_dead_database_leaves_the_copy_in_use(ring: KeyRing, gate: Gate, clock: Moment) -> None:
    """Mutations: `Unavailable` let through (threat O05); every request waiting for the dead."""
    published = ring.jwks()
    gate.is_open = False
    for _ in range(3):
        clock.pass_by(3600)
        token = ring.sign(CLAIMS, "ES256")
        assert ring.verify(token) == CLAIMS
        assert ring.jwks() == published
    assert gate.visits == 1 + 3
    gate.is_open = True
    turn(gate, clock)
    clock.pass_by(REFRESH_SECONDS)
    assert ring.jwks() != published


def test_without_a_copy_it_says_that_it_cannot(ring: KeyRing, gate: Gate) -> None:
    gate.is_open = False
    with pytest.raises(Unavailable):
        ring.jwks()
    gate.is_open = True
    assert kids(ring)


def test_without_an_active_key_nothing_is_signed(ring: KeyRing, gate: Gate, clock: Moment) -> None:
    with gate() as unit_of_work:
        for key in unit_of_work.signing_keys.all():
            if (key.alg, key.state) == ("ES256", KeyState.ACTIVE):
                unit_of_work.signing_keys.move(key.kid, KeyState.RETIRED, clock())
        unit_of_work.commit()
    assert ring.algorithms() == ["RS256"]
    with pytest.raises(Unavailable, match="no signing key") as caught:
        ring.sign(CLAIMS, "ES256")
    assert "idp migrate" in caught.value.detail
    with pytest.raises(Unavailable):
        ring.sign(CLAIMS, "HS256")
