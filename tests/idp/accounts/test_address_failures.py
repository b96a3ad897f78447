"""One counter per address over all people: late, slow at first, and never for long."""

from types import SimpleNamespace

import pytest

from idp.accounts import address_failures
from idp.accounts.address_failures import HOUR, LONGEST, delay_after, note_failure, paused_until
from idp.app import Installation
from tests.idp.installed import NOW, Moment
from tests.idp.storage.storm import storm

HALL = "192.0.2.7"


def fail(installation: Installation, address: str, times: int) -> None:
    for _ in range(times):
        note_failure(installation.services, address, installation.services.clock())


def test_the_wait_grows_to_a_quarter_of_an_hour_and_no_further() -> None:
    """Mutations: from the first failure; a wait that doubles for ever."""
    delays = [delay_after(failures, 300) for failures in range(300 + 200)]
    assert delays[:300] == [0] * 300
    assert delays[300:303] == [5, 10, 20]
    assert delays == sorted(delays)
    assert max(delays) == LONGEST == 900


def test_a_hall_waits_after_very_many_and_not_for_long(
    installation_on_each_store: Installation, clock: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutations: no limit; a pause that does not end; one that is told longer than it is."""
    installation, services = installation_on_each_store, installation_on_each_store.services
    limit = services.settings.addresses.failures_per_hour
    fail(installation, HALL, limit - 1)
    assert paused_until(services, HALL, clock()) is None
    lines: list[tuple[str, dict[str, object]]] = []
    noted = SimpleNamespace(info=lambda event, **told: lines.append((event, told)))
    monkeypatch.setattr(address_failures, "_log", noted)
    fail(installation, HALL, 1)
    until = paused_until(services, HALL, clock())
    assert until == clock() + 5
    assert HALL not in str(lines)
    assert [event for event, _ in lines] == ["addresses.paused"]
    assert paused_until(services, HALL, until) is None
    fail(installation, HALL, 3)
    assert paused_until(services, HALL, clock()) == clock() + 40
    clock.pass_by(HOUR)
    assert paused_until(services, HALL, clock()) is None


@pytest.mark.parametrize(
    ("address", "is_the_same"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("192.0.2.8", False),
        ("", False),
        ("2001:db8::7", False),
    ],
)
def test_an_address_stands_for_itself(installation: Installation, address: str, *, is_the_same: bool) -> None:
    """Mutation: another spelling is another address (threat G02)."""
    fail(installation, HALL, installation.settings.addresses.failures_per_hour)
    assert (paused_until(installation.services, address, NOW) is not None) == is_the_same


def test_a_network_of_ipv6_is_one(installation: Installation) -> None:
    """Threat G02. Mutation: the address whole, of which one subscriber has 2^64."""
    for number in range(installation.settings.addresses.failures_per_hour):
        fail(installation, f"2001:db8:1:2::{number:x}", 1)
    assert paused_until(installation.services, "2001:DB8:1:2:ffff::1", NOW) is not None
    assert paused_until(installation.services, "2001:db8:1:3::1", NOW) is None


def test_who_comes_from_nowhere_is_not_counted(installation: Installation) -> None:
    """Behind a socket that tells no address everybody would wait for everybody. Mutation: counted as one."""
    fail(installation, "", installation.settings.addresses.failures_per_hour + 1)
    assert paused_until(installation.services, "", NOW) is None


def test_no_parallel_failure_is_lost(installation_on_each_store: Installation) -> None:
    """Mutation: read and written back."""
    installation = installation_on_each_store
    fail(installation, HALL, installation.settings.addresses.failures_per_hour - 12)
    storm(12, lambda _: fail(installation, HALL, 1))
    assert paused_until(installation.services, HALL, NOW) is not None
