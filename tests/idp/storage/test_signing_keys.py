"""Signing keys: next, active, retired, gone; never two active ones of an algorithm."""

import pytest

from idp.clock import Instant
from idp.errors import Refused
from idp.model.signing_key import KeyState, SigningKey
from idp.storage.stores import Storage
from tests.idp.storage.made import NOW
from tests.idp.storage.storm import storm


def key(kid: str, state: KeyState = KeyState.NEXT, alg: str = "ES256") -> SigningKey:
    return SigningKey(kid=kid, alg=alg, state=state, private_jwk=f'{{"kid":"{kid}"}}', created_at=NOW)


def test_a_key_lives_through_its_states(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        keys = unit_of_work.signing_keys
        keys.add(key("one"))
        keys.move("one", KeyState.ACTIVE, Instant(NOW + 1))
        keys.add(key("two"))
        assert [(one.kid, one.state) for one in keys.all()] == [("two", KeyState.NEXT), ("one", KeyState.ACTIVE)]
        keys.move("one", KeyState.RETIRED, Instant(NOW + 2))
        keys.move("two", KeyState.ACTIVE, Instant(NOW + 2))
        keys.remove("two")
        unit_of_work.commit()
        two, one = keys.all()
        assert (one.state, one.activated_at, one.retired_at) == (KeyState.RETIRED, NOW + 1, NOW + 2)
        assert (two.state, two.private_jwk) == (KeyState.ACTIVE, '{"kid":"two"}')
        keys.remove("one")
        assert [one.kid for one in keys.all()] == ["two"]


def test_one_key_of_an_algorithm_is_active(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        keys = unit_of_work.signing_keys
        keys.add(key("one", KeyState.ACTIVE))
        keys.add(key("rsa", KeyState.ACTIVE, "RS256"))
        keys.add(key("two"))
        with pytest.raises(Refused, match="key_state"):
            keys.move("two", KeyState.ACTIVE, NOW)


@pytest.mark.parametrize(
    ("state", "target"),
    [
        (KeyState.RETIRED, KeyState.ACTIVE),
        (KeyState.RETIRED, KeyState.NEXT),
        (KeyState.ACTIVE, KeyState.NEXT),
        (KeyState.RETIRED, KeyState.RETIRED),
    ],
)
def test_no_key_goes_back(storage: Storage, state: KeyState, target: KeyState) -> None:
    with storage.begin() as unit_of_work:
        unit_of_work.signing_keys.add(key("one", state))
        with pytest.raises(Refused, match="key_state"):
            unit_of_work.signing_keys.move("one", target, NOW)


def test_of_parallel_activations_one_succeeds(storage: Storage) -> None:
    """Mutation: dropping the unique index on the active key."""
    with storage.begin() as unit_of_work:
        for number in range(8):
            unit_of_work.signing_keys.add(key(f"key-{number}"))
        unit_of_work.commit()

    def activate(number: int) -> bool:
        with storage.begin() as unit_of_work:
            try:
                unit_of_work.signing_keys.move(f"key-{number}", KeyState.ACTIVE, NOW)
                unit_of_work.commit()
            except Refused:
                return False
            return True

    assert sum(storm(8, activate)) == 1
    with storage.begin() as unit_of_work:
        assert [one.state for one in unit_of_work.signing_keys.all()].count(KeyState.ACTIVE) == 1
