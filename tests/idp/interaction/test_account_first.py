"""Whoever signs in holds the account before what belongs to it, as whoever takes its factors away.

In another order the two could wait for each other, until the database lets one fail: the owner's, as it may be.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from idp.app import Installation
from idp.interaction.handles import begin
from idp.interaction.outcomes import Outcome, SignedIn
from idp.model.account import Account
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.card_office import CardOffice, SoftwareCard
from tests.idp.installed import PASSWORD, Moment, installed, new_person, request
from tests.idp.interaction import test_citizen_card, test_one_time_code, test_passkey, test_recovery_code
from tests.plugins.private_servers import StorageUrls

OFFICE = CardOffice()
pytestmark = pytest.mark.parametrize("storage_urls", ["postgresql"], indirect=True)

Door = Callable[[Installation, Account, Path], Callable[[], Outcome]]


def by_password(city: Installation, _account: Account, _directory: Path) -> Callable[[], Outcome]:
    phone = test_one_time_code.Phone(city)
    return lambda: phone.types_password(PASSWORD)


def by_app(city: Installation, account: Account, _directory: Path) -> Callable[[], Outcome]:
    test_one_time_code.give_app(city, account)
    phone = test_one_time_code.Phone(city)
    return lambda: phone.types(phone.shows())


def by_recovery_code(city: Installation, account: Account, _directory: Path) -> Callable[[], Outcome]:
    code = test_recovery_code.make_codes(city, account)[0]
    sheet = test_recovery_code.Sheet(city)
    return lambda: sheet.types(code)


def by_passkey(city: Installation, account: Account, _directory: Path) -> Callable[[], Outcome]:
    device = SoftwareAuthenticator()
    test_passkey.give(city, account, device)
    holder = test_passkey.Holder(city, account, device, begin(request(), "browser", city.services.clock()))
    question = holder.asked()
    return lambda: holder.answers(question)


def by_card(city: Installation, account: Account, directory: Path) -> Callable[[], Outcome]:
    card = SoftwareCard(OFFICE)
    test_citizen_card.give(city, account, card)
    started = begin(request(), "browser", city.services.clock())
    holder = test_citizen_card.Holder(city, account, card, started, directory / "lost.txt")
    question = holder.asked()
    return lambda: holder.answers(question)


DOORS: dict[str, tuple[Door, str]] = {
    "password": (by_password, "credentials"),
    "one-time code": (by_app, "credentials"),
    "recovery code": (by_recovery_code, "recovery_codes"),
    "passkey": (by_passkey, "passkeys"),
    "citizen card": (by_card, "citizen_cards"),
}
"""How one signs in, and where that is kept."""


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    made = installed(storage_urls, tmp_path, clock, **OFFICE.settings(tmp_path))
    yield made
    made.storage.close()


def waits_for_a_lock(connection: psycopg.Connection) -> bool:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    (row,) = connection.execute(asked)
    return bool(row[0])


@pytest.mark.parametrize("name", DOORS)
def test_a_sign_in_waits_for_the_account_with_nothing_of_it_in_hand(
    city: Installation, storage_urls: StorageUrls, tmp_path: Path, name: str
) -> None:
    """Mutation: use up what was shown, then hold the account."""
    door, table = DOORS[name]
    account = new_person(city)
    sign_in = door(city, account, tmp_path)
    url = storage_urls.database
    with (
        psycopg.connect(url) as other,
        psycopg.connect(url, autocommit=True) as watch,
        ThreadPoolExecutor(1) as thread,
    ):
        other.execute("SELECT 1 FROM accounts WHERE id = %s FOR UPDATE", [account.id])
        outcome = thread.submit(sign_in)
        deadline = monotonic() + 20
        while not waits_for_a_lock(watch):
            assert monotonic() < deadline
            assert not outcome.done(), outcome.result()
            sleep(0.02)
        other.execute(f"SELECT 1 FROM {table} WHERE account_id = %s FOR UPDATE NOWAIT", [account.id])
        other.rollback()
        assert isinstance(outcome.result(), SignedIn)
