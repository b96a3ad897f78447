"""Threats E04, C01–C06, C08, C12 at the door of client assertions: one use, a short life, and no key but the registered."""

import pytest

from tests.attacks.machines import DOORS, Machine, is_refused, is_welcome, new_machine
from tests.attacks.rig import Target
from tests.idp.fetch.servers import Canary
from tests.idp.oauth.assertions import holder


@pytest.fixture
def machine(either_target: Target) -> Machine:
    """Bare over SQLite, then two processes behind nginx over PostgreSQL and Redis."""
    return new_machine(either_target)


def test_it_is_used_once_by_whichever_process_and_at_whichever_door(machine: Machine) -> None:
    """E04. Mutations: used assertions remembered per process; or per endpoint."""
    for door in DOORS:
        assertion = machine.assertion()
        assert is_welcome(machine.come(assertion, door))
        assert all(is_refused(machine.come(assertion, other)) for other in (*DOORS, *DOORS))


def test_twenty_at_once_are_one_use(machine: Machine) -> None:
    """O02. Mutation: a look followed by a write in `UsedOnce.claim`."""
    for _ in range(5):
        answers = machine.come_at_once(machine.assertion(), 20)
        assert [answer.status_code for answer in answers].count(200) == 1
        assert sum(map(is_refused, answers)) == 19


def test_a_jti_of_another_client_is_another_one(machine: Machine) -> None:
    other = new_machine(machine.target)
    assert is_welcome(machine.come(machine.assertion(jti="one and the same")))
    assert is_welcome(other.come(other.assertion(jti="one and the same")))
    assert is_refused(machine.come(machine.assertion(jti="one and the same")))


def test_everything_bent_is_the_one_refusal(machine: Machine) -> None:
    """C01–C06, C08, C12. Mutations: see `tests/idp/oauth/test_client_assertion.py`."""
    welcome = [name for name, bent in machine.bent().items() if not is_refused(machine.come(bent))]
    assert welcome == []
    assert is_welcome(machine.come(machine.assertion()))


def test_no_key_is_fetched_from_where_the_header_says(machine: Machine) -> None:
    """C03. Mutation: look at `jku` or `x5u`."""
    canary = Canary()
    try:
        for name in ("jku", "x5u"):
            for host in ("127.0.0.1", "localhost", "[::1]"):
                address = f"http://{host}:{canary.port}/keys"
                assert is_refused(machine.come(machine.assertion(header={name: address, "kid": "elsewhere"})))
        assert not canary.was_touched()
    finally:
        canary.close()


def test_the_key_of_another_client_is_a_strangers(machine: Machine) -> None:
    """C04. Mutation: find the key by its kid alone."""
    other = new_machine(machine.target, jwks=holder(kid="other").jwks)
    assert is_refused(machine.come(machine.assertion(holder(kid="other"))))
    assert is_refused(other.come(other.assertion(holder())))
