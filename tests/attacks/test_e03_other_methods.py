"""Threats E01–E03 and D09: the registered method and no other one, at every door where clients authenticate."""

import base64
import time
from itertools import count

import pytest

from tests.attacks.machines import DOORS, REFUSAL, is_refused, is_welcome, new_machine
from tests.attacks.rig import SECRET, Target
from tests.attacks.timing import assert_alike
from tests.idp.oauth.assertions import encoded, form, holder

SAMPLES = 60


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@pytest.mark.parametrize("door", DOORS)
def test_who_registered_a_key_comes_with_the_key_alone(target: Target, door: str) -> None:
    """E03. Mutation: the registered method is looked at before the proof, or only for some methods."""
    machine = new_machine(target)
    me = machine.client_id
    unsigned = f"{encoded({'alg': 'none'})}.{encoded({'iss': me, 'sub': me, 'aud': target.issuer})}."
    assert is_refused(machine.come_with({"client_id": me, "client_secret": SECRET}, door))
    assert is_refused(machine.come_with({"client_id": me}, door))
    assert is_refused(machine.come_with({}, door, authorization=basic(me, SECRET)))
    assert is_refused(machine.come_with({}, door, authorization=f"Bearer {machine.assertion()}"))
    assert is_refused(machine.come(unsigned, door))
    for fields in (form(unsigned, client_id=me, client_secret=SECRET), form(machine.assertion(), client_secret=SECRET)):
        answer = machine.come_with(fields, door)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    both = machine.come_with(form(machine.assertion()), door, authorization=basic(me, SECRET))
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_who_registered_a_secret_cannot_come_with_a_key(target: Target, door: str, method: str) -> None:
    """E03."""
    machine = new_machine(target, token_endpoint_auth_method=method)
    assert is_refused(machine.come(machine.assertion(), door))
    assert is_refused(machine.come_with({}, door, authorization=basic(machine.client_id, "wrong")))


@pytest.mark.parametrize("door", DOORS)
def test_an_assertion_in_the_address_or_twice_is_refused(target: Target, door: str) -> None:
    """E02: what stands in the address is in every log on the way."""
    machine = new_machine(target)
    assertion = machine.assertion()
    for name in form(assertion):
        answer = machine.browser.post(f"{door}?{name}=x", list({**DOORS[door], **form(assertion)}.items()))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        twice = [*DOORS[door].items(), *form(assertion).items(), (name, "x")]
        answer = machine.browser.post(door, twice)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("door", DOORS)
def test_ten_thousand_guesses_become_a_wait_and_nobody_is_locked_out(target: Target, door: str) -> None:
    """D09, over two processes. Mutations: a count per process; a count before the check."""
    machine = new_machine(target)
    stranger = holder(kid="stranger")
    answers = [machine.come(machine.assertion(stranger), door) for _ in range(40)]
    assert all(map(is_refused, answers))
    statuses = [answer.status_code for answer in answers]
    assert statuses[:30] == [401] * 30
    assert statuses[-1] == 429
    assert is_welcome(machine.come(machine.assertion(), door))


@pytest.mark.alone
def test_an_unknown_client_costs_as_much_as_a_wrong_signature(target: Target) -> None:
    """E01. Mutation: leave the strangers' keys out of `ClientAuthentication._is_proven`."""
    machine, stranger, numbers = new_machine(target), holder(kid="stranger"), count(1)
    now = int(time.time())
    known = [stranger.assertion(machine.client_id, target.issuer, now, {"kid": "one"}) for _ in range(4 * SAMPLES)]
    unknown = [
        stranger.assertion(f"unknown-machine-{1000 + next(numbers)}", target.issuer, now) for _ in range(4 * SAMPLES)
    ]
    used = count(0)

    def come(made: list[str]) -> None:
        answer = machine.come(made[next(used) % len(made)])
        assert answer.json() == REFUSAL

    assert_alike(lambda _: come(known), lambda _: come(unknown), SAMPLES)
