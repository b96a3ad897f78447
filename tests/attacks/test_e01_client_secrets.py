"""E01 and E02: whatever is presented instead of the secret, one refusal; and nobody learns which clients exist."""

import base64
from itertools import count
from urllib.parse import quote

import pytest

from idp.storage.engine import create_engine
from idp.storage.tables import clients
from tests.attacks.machines import DOORS, REFUSAL, is_refused, is_welcome, new_machine
from tests.attacks.rig import EVIL, SECRET, Target
from tests.attacks.timing import assert_alike

WRONG = {
    "empty": "",
    "space": " ",
    "beginning": SECRET[:-1],
    "longer": SECRET + "x",
    "upper": SECRET.upper(),
    "encoded": quote(SECRET, safe=""),
    "non-ascii": "密" * 40,
    "full-width": SECRET.translate({ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyz"}),
    "long": "x" * 20_000,
    "digest": "sha256:" + "0" * 64,
    "percent": "%00%ff%",
    "json": '{"secret":true}',
    "sql": "' OR '1'='1",
}
"""What differs from the secret, each in a way of its own."""
UNREADABLE = {
    "no-base64": "Basic %%%",
    "no-colon": "Basic " + base64.b64encode(b"attacked-basic").decode(),
    "not-utf-8": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
    "broken-percent": "Basic " + base64.b64encode(b"%ff:%ff").decode(),
    "empty": "Basic",
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_what_is_not_the_secret_is_refused_in_one_way(target: Target, method: str, door: str) -> None:
    """E01, pitfall T5. Red when secrets are compared as text, or an unknown client hears other words."""
    known, numbers = new_machine(target, token_endpoint_auth_method=method), count(1)
    for secret in WRONG.values():
        for client_id in (known.client_id, f"nobody-{next(numbers)}"):
            if method == "client_secret_post":
                answer = known.come_with({"client_id": client_id, "client_secret": secret}, door)
            else:
                credentials = base64.b64encode(f"{quote(client_id)}:{quote(secret)}".encode()).decode()
                answer = known.come_with({}, door, authorization=f"Basic {credentials}")
            # nginx refuses a header of twenty thousand characters before anybody looks at it.
            assert is_refused(answer) or answer.status_code in {400, 431, 413}, (secret[:20], answer.status_code)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_header_that_nobody_can_read_is_refused_in_the_same_way(target: Target, kind: str, door: str) -> None:
    """E01. Red when `_basic` lets a decoding error out."""
    machine = new_machine(target, token_endpoint_auth_method="client_secret_basic")
    answer = machine.come_with({}, door, authorization=UNREADABLE[kind])
    assert (answer.status_code, answer.json()) == (401, REFUSAL)


@pytest.mark.parametrize("door", DOORS)
def test_one_method_and_one_name(target: Target, door: str) -> None:
    """E02: two methods at once, the secret in the address, Basic for one and the body for another."""
    machine = new_machine(target, token_endpoint_auth_method="client_secret_basic")
    basic = "Basic " + base64.b64encode(f"{machine.client_id}:{quote(SECRET)}".encode()).decode()
    for fields in ({"client_id": EVIL}, {"client_id": machine.client_id, "client_secret": SECRET}):
        answer = machine.come_with(fields, door, authorization=basic)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), fields
    addressed = machine.browser.post(
        f"{door}?client_id={machine.client_id}&client_secret=in-the-address-0123456789", list(DOORS[door].items())
    )
    assert addressed.status_code in {400, 401}
    assert is_welcome(machine.come_with({}, door, authorization=basic))


def test_secrets_are_not_in_the_store(target: Target) -> None:
    """E01, T5. Red when a registration is stored with the secret it came with."""
    new_machine(target, token_endpoint_auth_method="client_secret_post")
    with create_engine(target.idp.installation.settings.storage.database).connect() as connection:
        documents = "".join(connection.execute(clients.select()).scalars("document"))
    assert documents
    assert SECRET not in documents


@pytest.mark.alone
def test_the_clock_tells_nothing_of_a_secret(target: Target) -> None:
    """E01: an unknown client, and a known one with a wrong secret. Red when an unknown one is refused before a digest."""
    known = new_machine(target, token_endpoint_auth_method="client_secret_post")
    numbers = count(1)

    def come(client_id: str) -> None:
        answer = known.come_with({"client_id": client_id, "client_secret": SECRET + "x"}, "/revoke")
        assert answer.json() == REFUSAL

    assert_alike(lambda _: come(known.client_id), lambda _: come(f"nobody-at-all-{next(numbers)}"), 60)
