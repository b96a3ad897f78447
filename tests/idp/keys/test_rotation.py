"""The life of a signing key: next, active, retired, gone; one at a time signs."""

import json
from collections import Counter
from pathlib import Path

import pytest

from idp.app import Installation
from idp.clock import after
from idp.errors import Refused, Unavailable
from idp.jose import ALGORITHMS, thumbprint
from idp.keys.rotation import drop_expired, ensure, rotate
from idp.model.signing_key import KeyState, SigningKey
from idp.ports import UnitOfWork
from tests.idp.installed import NOW, Moment
from tests.idp.storage.storm import storm

AHEAD = 3600


def states(unit_of_work: UnitOfWork) -> Counter[tuple[str, KeyState]]:
    return Counter((key.alg, key.state) for key in unit_of_work.signing_keys.all())


def key(unit_of_work: UnitOfWork, alg: str, state: KeyState) -> SigningKey:
    (found,) = [key for key in unit_of_work.signing_keys.all() if (key.alg, key.state) == (alg, state)]
    return found


ONE_OF_EACH = Counter((alg, state) for alg in ALGORITHMS for state in (KeyState.ACTIVE, KeyState.NEXT))


def test_every_algorithm_gets_an_active_and_a_next_key_once(installation: Installation) -> None:
    with installation.services.begin() as unit_of_work:
        made = ensure(unit_of_work, NOW)
        unit_of_work.commit()
        assert len(set(made)) == 4
        assert ensure(unit_of_work, after(NOW, 1)) == []
        assert states(unit_of_work) == ONE_OF_EACH
        for stored in unit_of_work.signing_keys.all():
            assert stored.kid == thumbprint(stored.private_jwk)
            assert stored.activated_at == (NOW if stored.state is KeyState.ACTIVE else None)


def test_what_is_missing_is_made_and_what_is_there_stays(installation: Installation) -> None:
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, NOW)
        active = key(unit_of_work, "ES256", KeyState.ACTIVE).kid
        unit_of_work.signing_keys.move(active, KeyState.RETIRED, NOW)
        unit_of_work.commit()
        assert len(ensure(unit_of_work, NOW)) == 1
        unit_of_work.commit()
        assert states(unit_of_work) == ONE_OF_EACH + Counter([("ES256", KeyState.RETIRED)])


def test_rotation_moves_each_key_one_step_on(installation: Installation) -> None:
    """Mutations: the retired key removed at once; a new key that signs unpublished; the other algorithm moved."""
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, NOW)
        old, coming = (key(unit_of_work, "ES256", state).kid for state in (KeyState.ACTIVE, KeyState.NEXT))
        other = key(unit_of_work, "RS256", KeyState.ACTIVE).kid
        later = after(NOW, AHEAD)
        assert rotate(unit_of_work, "ES256", later, publish_ahead=AHEAD) == coming
        unit_of_work.commit()
        assert states(unit_of_work) == ONE_OF_EACH + Counter([("ES256", KeyState.RETIRED)])
        active, retired = (key(unit_of_work, "ES256", state) for state in (KeyState.ACTIVE, KeyState.RETIRED))
        assert (active.kid, active.activated_at) == (coming, later)
        assert (retired.kid, retired.retired_at) == (old, later)
        assert key(unit_of_work, "ES256", KeyState.NEXT).kid not in {old, coming}
        assert key(unit_of_work, "RS256", KeyState.ACTIVE).kid == other


def test_a_key_signs_only_when_apps_have_seen_it(installation: Installation) -> None:
    """Mutation: `publish_ahead` ignored; every app with a cached JWKS would refuse our tokens."""
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, NOW)
        with pytest.raises(Refused, match=f"{AHEAD - 1} of {AHEAD} seconds") as caught:
            rotate(unit_of_work, "ES256", after(NOW, AHEAD - 1), publish_ahead=AHEAD)
        assert "--at-once" in caught.value.public
        assert states(unit_of_work) == ONE_OF_EACH


def test_a_leaked_key_is_gone_at_once(installation: Installation) -> None:
    """Mutation: it stays published as a retired one, and whoever has it signs on for two days."""
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, NOW)
        leaked, coming = (key(unit_of_work, "ES256", state).kid for state in (KeyState.ACTIVE, KeyState.NEXT))
        assert rotate(unit_of_work, "ES256", after(NOW, 1), publish_ahead=AHEAD, at_once=True) == coming
        assert states(unit_of_work) == ONE_OF_EACH
        assert leaked not in {stored.kid for stored in unit_of_work.signing_keys.all()}


def test_without_a_next_key_nothing_moves(installation: Installation) -> None:
    with installation.services.begin() as unit_of_work, pytest.raises(Refused, match="idp migrate"):
        rotate(unit_of_work, "ES256", NOW, publish_ahead=0)


def test_retired_keys_stay_published_until_their_last_token_expired(installation: Installation) -> None:
    """Mutation: `>` of the wrong sides; active and next keys dropped as well."""
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, NOW)
        retired = key(unit_of_work, "ES256", KeyState.ACTIVE).kid
        rotate(unit_of_work, "ES256", NOW, publish_ahead=0)
        assert drop_expired(unit_of_work, after(NOW, 99), retain=100) == []
        assert drop_expired(unit_of_work, after(NOW, 100), retain=100) == [retired]
        assert drop_expired(unit_of_work, after(NOW, 10**9), retain=100) == []
        assert states(unit_of_work) == ONE_OF_EACH


def test_machines_that_migrate_at_once_make_one_set_of_keys(installation_on_each_store: Installation) -> None:
    """Mutation: no unique index; two keys of one algorithm would sign, each unknown to half of the processes."""
    begin = installation_on_each_store.services.begin

    def make(_number: int) -> bool:
        try:
            with begin() as unit_of_work:
                ensure(unit_of_work, NOW)
                unit_of_work.commit()
        except Unavailable:
            return False
        return True

    assert any(storm(4, make))
    with begin() as unit_of_work:
        counted = states(unit_of_work)
        assert all(counted[alg, KeyState.ACTIVE] == 1 for alg in ALGORITHMS)


def test_rotations_at_once_leave_one_active_key(installation_on_each_store: Installation) -> None:
    begin = installation_on_each_store.services.begin
    with begin() as unit_of_work:
        ensure(unit_of_work, NOW)
        unit_of_work.commit()

    def turn(_number: int) -> None:
        try:
            with begin() as unit_of_work:
                rotate(unit_of_work, "ES256", NOW, publish_ahead=0)
                unit_of_work.commit()
        except Refused:
            return

    storm(4, turn)
    with begin() as unit_of_work:
        counted = states(unit_of_work)
        assert counted["ES256", KeyState.ACTIVE] == 1
        assert counted["ES256", KeyState.RETIRED] >= 1
        assert counted["ES256", KeyState.NEXT] >= 1


def test_private_keys_are_encrypted_in_the_database(installation: Installation, tmp_path: Path, clock: Moment) -> None:
    """Mutation: the JWK written as JSON."""
    with installation.services.begin() as unit_of_work:
        ensure(unit_of_work, clock())
        unit_of_work.commit()
        private = [json.loads(stored.private_jwk) for stored in unit_of_work.signing_keys.all()]
    at_rest = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
    for members in private:
        assert {"d", "p", "x", "y"} & set(members)
        for name in {"d", "p", "q", "dp", "dq", "qi"} & set(members):
            assert members[name].encode() not in at_rest
    assert b'"kty"' not in at_rest
    assert private[0]["kty"].encode() not in at_rest
