"""Budgets of messages: each holds, each is whole again when it says, and none is used up for somebody else's sake."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from idp.accounts.message_budget import DAY, HOUR, RESEND_SECONDS, Asker, spend
from idp.app import Installation
from idp.clock import Instant, after
from idp.services import Services
from tests.idp.installed import NOW, Moment, installed
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

TO = "+8613900000001"
LIMITS = {
    "IDP_MESSAGES__PER_DESTINATION_HOUR": "2",
    "IDP_MESSAGES__PER_DESTINATION_DAY": "3",
    "IDP_MESSAGES__PER_DEVICE_DAY": "4",
    "IDP_MESSAGES__PER_ADDRESS_HOUR": "5",
    "IDP_MESSAGES__PER_DAY": "6",
}
MIDNIGHT = Instant((NOW + 8 * HOUR) // DAY * DAY - 8 * HOUR)
"""The last one in China before the clock of these tests."""


@pytest.fixture
def services(installation: Installation) -> Services:
    return installation.services


@pytest.fixture
def strict(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Services]:
    """With small budgets, over each store; the day has just begun."""
    clock.now = MIDNIGHT
    opened = installed(storage_urls, tmp_path, clock, **LIMITS)
    yield opened.services
    opened.storage.close()


def asker(number: int = 0, address: str | None = None) -> Asker:
    return Asker(f"browser-{number}", address or f"192.0.2.{number}")


def test_a_minute_lies_between_two_messages_to_one_phone(services: Services) -> None:
    """Whoever asks. Mutation: the pause kept per device."""
    assert spend(services, TO, asker(1), NOW) is None
    assert spend(services, TO, asker(2), after(NOW, 1)) == after(NOW, RESEND_SECONDS)
    assert spend(services, TO, asker(1), after(NOW, 59)) == after(NOW, RESEND_SECONDS)
    assert spend(services, "+8613900000002", asker(1), NOW) is None
    assert spend(services, TO, asker(2), after(NOW, 60)) is None


def test_a_phone_gets_two_in_an_hour_and_three_in_a_day(strict: Services) -> None:
    """Mutations: one counter without an end; a budget that tells another moment than that from which it is whole."""
    outcomes = {at: spend(strict, TO, asker(at), Instant(MIDNIGHT + at)) for at in (0, 60, 120, 121, 3600, 3700, 7200)}
    assert outcomes == {
        0: None,
        60: None,
        120: MIDNIGHT + HOUR,
        121: MIDNIGHT + HOUR,
        3600: None,
        3700: MIDNIGHT + DAY,
        7200: MIDNIGHT + DAY,
    }
    assert spend(strict, TO, asker(), Instant(MIDNIGHT + DAY)) is None


def phones(number: int) -> list[str]:
    return [f"+86139{each:08}" for each in range(number)]


def test_one_device_rings_four_phones_in_a_day(strict: Services, clock: Moment) -> None:
    """Mutation: the device counted together with its address, which a phone changes by itself."""
    told = [spend(strict, to, Asker("browser", f"192.0.2.{n}"), clock()) for n, to in enumerate(phones(5))]
    assert told == [None] * 4 + [MIDNIGHT + DAY]


def test_one_address_rings_five_phones_in_an_hour(strict: Services, clock: Moment) -> None:
    """A ring of numbers. Mutation: an address counted with its device, which a script throws away."""
    told = [spend(strict, to, asker(n, "192.0.2.1"), clock()) for n, to in enumerate(phones(6))]
    assert told == [None] * 5 + [MIDNIGHT + HOUR]
    assert spend(strict, phones(7)[6], asker(9, "192.0.2.2"), clock()) is None


def test_all_together_get_six_in_a_day_and_somebody_is_told(strict: Services, clock: Moment) -> None:
    """Mutation: the last budget left out, and with it the end of the city's bill."""
    with capture_logs() as logs:
        told = [spend(strict, to, asker(n), clock()) for n, to in enumerate(phones(8))]
    assert told == [None] * 6 + [MIDNIGHT + DAY] * 2
    assert Counter(map(str, logs)) == {
        "{'budget': 'day', 'event': 'messages.budget_used_up', 'log_level': 'error'}": 2,
    }


def test_who_is_refused_for_their_own_sake_uses_up_nobody_elses_budget(strict: Services, clock: Moment) -> None:
    """Mutation: the destination counted first; a script then locks every phone of the city for the price of nothing."""
    for to in phones(5):
        spend(strict, to, asker(1, "192.0.2.1"), clock())
    for _ in range(5):
        assert spend(strict, phones(9)[8], asker(1, "192.0.2.1"), clock()) is not None
    assert spend(strict, phones(9)[8], asker(2), clock()) is None


def test_of_many_at_once_one_message_leaves(strict: Services, clock: Moment) -> None:
    """Mutation: look for the pause, then begin it."""
    told = storm(4, lambda number: spend(strict, TO, asker(number), clock()))
    assert Counter(told) == {None: 1, after(MIDNIGHT, RESEND_SECONDS): 3}


def test_nothing_of_phone_device_or_address_is_in_clear_in_the_store(
    sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """Mutation: the phone in the key of a counter."""
    opened = installed(sqlite_urls, tmp_path, clock)
    spend(opened.services, TO, asker(7), clock())
    opened.storage.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("ephemeral.db*"))
    assert b"messages:destination_day" in stored
    assert not [secret for secret in (b"13900000001", b"browser-7", b"192.0.2.7") if secret in stored]
