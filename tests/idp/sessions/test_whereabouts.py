"""Where people sign in from: what is new is told, what is not known is not, and what is kept can be read by nobody."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from idp.accounts.status import Reason, close, freeze
from idp.app import Installation
from idp.clock import Instant
from idp.events import Action
from idp.http.network_places import NetworkPlaces
from idp.interaction.arrival import Browser
from idp.interaction.outcomes import SignedIn
from idp.model.account import Account
from idp.model.known_network import SLOTS
from idp.policy.risk import MANY
from idp.ports import UnitOfWork
from idp.sessions.known_devices import TOUCH_SECONDS
from idp.sessions.whereabouts import KEPT_SECONDS, look, remember
from idp.storage.encryption import FieldCipher
from idp.storage.tables import known_networks
from tests.idp.installed import PASSWORD, Moment, identifiers, new_person
from tests.idp.interaction.test_login import Visitor
from tests.idp.storage.sql import engine_of
from tests.plugins.private_servers import StorageUrls

DAY, REMEMBERED = 86_400, 400 * 86_400
HOME, NEXT_DOOR, WORK, FAR, NOWHERE = "192.0.2.7", "192.0.2.200", "198.51.100.9", "203.0.113.1", "8.8.8.8"
PLACES = NetworkPlaces(
    [
        "192.0.2.0/24,320500,31.3,120.6",  # Suzhou
        "198.51.100.0/24,320500,31.3,120.6",
        "203.0.113.0/24,110000,39.9,116.4",  # Beijing, some 1030 km away
        "2001:db8::/32,CN",
    ]
)
OTHER = "13900000002"


class Person:
    """Somebody on a browser of their own, whose sign-ins are read in the log."""

    def __init__(self, installation: Installation, phone: str = "13900000001") -> None:
        self._installation = installation
        self._phone = phone
        self.account = new_person(installation, *identifiers(phone, None))
        self._cookie: str | None = None

    def signs_in(self, address: str, *, is_shared_device: bool = False, on_new_browser: bool = False) -> list[str]:
        """The reasons of it, without those of the time, the method and the browser."""
        visitor = Visitor(self._installation, self._phone, is_shared_device=is_shared_device)
        cookie = None if on_new_browser else self._cookie
        browser = Browser(device="chrome windows", address=address, unverified_cookie=cookie)
        outcome = visitor.login.check_password(replace(visitor._attempt(), browser=browser), PASSWORD)
        assert isinstance(outcome, SignedIn)
        self._cookie = outcome.device_cookie or self._cookie
        told = self.events()[0].get("risk", [])
        assert isinstance(told, list)
        return [reason for reason in told if reason not in {"new_device", "night", "password_alone"}]

    def events(self) -> list[dict[str, Any]]:
        with self._installation.services.begin() as unit_of_work:
            found = unit_of_work.events.of_person(self.account.id, before=None, limit=99, actions=[Action.SIGNED_IN])
        return [dict(line.data) for line in found]


@pytest.fixture
def here(installation_on_each_store: Installation) -> Installation:
    """With places."""
    services = replace(installation_on_each_store.services, places=PLACES)
    return replace(installation_on_each_store, services=services)


@pytest.fixture
def person(here: Installation) -> Person:
    return Person(here)


@pytest.fixture
def engine(storage_urls: StorageUrls) -> Iterator[Engine]:
    opened = engine_of(storage_urls)
    yield opened
    opened.dispose()


def rows(engine: Engine, account: Account) -> int:
    count = select(func.count()).select_from(known_networks).where(known_networks.c.account_id == account.id)
    with engine.connect() as connection:
        return int(connection.execute(count).scalar_one())


def test_the_first_sign_in_is_from_nowhere_new(person: Person) -> None:
    """Mutation: `nothing is remembered` for `never there`."""
    assert person.signs_in(HOME) == []


def test_a_new_network_is_told_once(person: Person, clock: Moment) -> None:
    """Mutations: the address instead of its network; nothing remembered."""
    person.signs_in(HOME)
    assert person.signs_in(NEXT_DOOR) == []
    clock.pass_by(DAY)
    assert person.signs_in(WORK) == ["new_network"]
    assert person.signs_in(WORK) == []
    assert person.signs_in(f"::ffff:{HOME}") == []


def test_of_ipv6_the_48_bits_of_a_site_count(person: Person) -> None:
    person.signs_in("2001:db8:1:2::1")
    assert person.signs_in("2001:db8:1:3::9") == []
    assert person.signs_in("2001:db8:2:3::9") == ["new_network"]


def test_a_new_place_is_told_once(person: Person, clock: Moment) -> None:
    """Mutation: by the network alone."""
    person.signs_in(HOME)
    clock.pass_by(DAY)
    assert person.signs_in(FAR) == ["new_network", "new_place"]
    clock.pass_by(DAY)
    assert person.signs_in(FAR) == []
    assert "new_place" not in person.signs_in(WORK)


def test_a_place_that_is_not_known_is_not_new(person: Person, clock: Moment) -> None:
    """Mutations: none is a place; it is compared with sign-ins from nowhere."""
    person.signs_in(NOWHERE)
    assert person.signs_in(HOME) == ["new_network"], "it is not known where they were"
    clock.pass_by(DAY)
    assert person.signs_in("9.9.9.9") == ["new_network"], "it is not known where they are"


@pytest.mark.parametrize("address", ["", "unknown", "192.0.2"])
def test_without_an_address_nothing_is_told_and_nothing_kept(person: Person, engine: Engine, address: str) -> None:
    """Mutation: all who have none are in one network."""
    person.signs_in(HOME)
    assert person.signs_in(address) == []
    assert rows(engine, person.account) == 1


def test_a_place_is_remembered_while_the_file_is_gone(here: Installation, person: Person, clock: Moment) -> None:
    """Mutation: what was known of a network is written over by nothing."""
    person.signs_in(HOME)
    without = replace(here.services, places=None)
    now = clock.pass_by(DAY)
    with without.begin() as unit_of_work:
        remember(without, unit_of_work, person.account.id, look(without, unit_of_work, person.account.id, HOME, now))
        unit_of_work.commit()
    clock.pass_by(DAY)
    assert "new_place" in person.signs_in(FAR)


def test_without_a_file_nobody_is_anywhere(installation_on_each_store: Installation) -> None:
    person = Person(installation_on_each_store)
    person.signs_in(HOME)
    assert person.signs_in(FAR) == ["new_network"]


@pytest.mark.parametrize(("seconds", "is_told"), [(60, True), (3600, True), (2 * 3600, False), (KEPT_SECONDS, False)])
def test_nobody_is_in_two_cities_within_the_hour(person: Person, clock: Moment, seconds: int, is_told: bool) -> None:
    """Mutations: the time since the network was seen last, which is coarse; the first position kept and not the last."""
    person.signs_in(FAR)
    clock.pass_by(TOUCH_SECONDS - 1)
    person.signs_in(HOME)
    person.signs_in(FAR)
    clock.pass_by(seconds)
    assert ("too_far_too_fast" in person.signs_in(HOME)) is is_told


def test_a_place_without_coordinates_is_not_far(person: Person, clock: Moment) -> None:
    """And the last one with some still counts. Mutation: it takes that away."""
    person.signs_in(HOME)
    clock.pass_by(60)
    assert "too_far_too_fast" not in person.signs_in("2001:db8::1")
    assert "too_far_too_fast" not in person.signs_in(NOWHERE)
    assert "too_far_too_fast" in person.signs_in(FAR)


def test_the_last_position_is_gone_after_a_day_by_itself(installation: Installation, clock: Moment) -> None:
    """Mutation: kept without an end."""
    person = Person(replace(installation, services=replace(installation.services, places=PLACES)))
    person.signs_in(HOME)
    key = f"last_position:{person.account.id}"
    clock.pass_by(DAY - 1)
    assert installation.services.ephemeral.get(key) is not None
    clock.pass_by(1)
    assert installation.services.ephemeral.get(key) is None


def test_many_sign_ins_within_an_hour_are_told(person: Person) -> None:
    """Mutations: everybody's counted together; none of a shared computer."""
    told = [person.signs_in(HOME, is_shared_device=number % 2 == 1) for number in range(MANY + 1)]
    assert told == [[]] * MANY + [["many_sign_ins"]]


def test_another_person_is_not_many(here: Installation) -> None:
    one, other = Person(here), Person(here, OTHER)
    for _ in range(MANY):
        one.signs_in(HOME)
    assert other.signs_in(HOME) == []


def test_two_people_of_one_household_share_nothing_in_the_database(here: Installation, engine: Engine) -> None:
    """Mutation: the digest of the network alone, by which everybody who was there is found."""
    for each in (Person(here), Person(here, OTHER)):
        each.signs_in(HOME)
    with engine.connect() as connection:
        kept = connection.execute(select(known_networks)).all()
    assert len(kept) == 2
    assert len({value for row in kept for value in (row.digest, row.place_digest)}) == 4


def test_nothing_readable_is_kept(here: Installation, person: Person, engine: Engine) -> None:
    """Neither in the database nor in the events. Mutations: the place's code; an address; a digest without a key."""
    person.signs_in(HOME)
    person.signs_in(FAR)
    with engine.connect() as connection:
        kept = connection.execute(select(known_networks)).all()
    stored = f"{kept} {person.events()}"
    sealed = here.services.ephemeral.get(f"last_position:{person.account.id}")
    assert sealed is not None
    for word in ("192.0.2", "203.0.113", "320500", "110000", "31.3", "39.9"):
        assert word not in stored
        assert word.encode() not in sealed
    strangers = FieldCipher({1: b"another key of exactly 32 bytes!"})
    digests = {row.digest for row in kept}
    assert strangers.index("known_network", f"{person.account.id} 192.0.2.0/24") not in digests
    assert here.services.cipher.index("known_network", f"{person.account.id} 192.0.2.0/24") in digests


def test_a_new_master_key_makes_nothing_new(here: Installation, person: Person, clock: Moment) -> None:
    """Mutation: only the digest under the newest key is compared, or is never written."""
    person.signs_in(HOME)
    old, new = here.services.cipher, FieldCipher({1: _first_key(), 2: b"a second key of exactly 32 bytes"})
    rotated = replace(here.services, cipher=new)
    for _ in range(2):
        with rotated.begin() as unit_of_work:
            found = look(rotated, unit_of_work, person.account.id, HOME, clock())
            assert (found.is_known_network, found.is_known_place) == (True, True)
            remember(rotated, unit_of_work, person.account.id, found)
            unit_of_work.commit()
    with here.services.begin() as unit_of_work:
        (kept,) = unit_of_work.known_networks.of_person(person.account.id, Instant(0))
    assert kept.digest == new.index("known_network", f"{person.account.id} 192.0.2.0/24")
    assert kept.digest != old.index("known_network", f"{person.account.id} 192.0.2.0/24")


def test_a_shared_computer_leaves_nothing(here: Installation, person: Person, engine: Engine) -> None:
    """Mutation: the hall's network is the person's, or where they were last."""
    assert person.signs_in(HOME, is_shared_device=True) == []
    assert rows(engine, person.account) == 0
    assert here.services.ephemeral.get(f"last_position:{person.account.id}") is None
    person.signs_in(HOME)
    told = person.signs_in(FAR, is_shared_device=True, on_new_browser=True)
    assert told == ["new_network", "new_place", "too_far_too_fast"], "it is compared all the same"
    assert rows(engine, person.account) == 1
    assert person.signs_in(HOME) == []


def test_eight_networks_are_kept_and_the_oldest_goes(person: Person, engine: Engine, clock: Moment) -> None:
    """Mutations: no bound; the newest goes; who came again counts as having come when they came first."""
    for number in range(SLOTS):
        clock.pass_by(TOUCH_SECONDS)
        person.signs_in(f"10.0.{number}.1")
    clock.pass_by(TOUCH_SECONDS)
    assert "new_network" not in person.signs_in("10.0.0.1")
    clock.pass_by(TOUCH_SECONDS)
    assert "new_network" in person.signs_in("10.0.99.1")
    assert rows(engine, person.account) == SLOTS
    assert "new_network" not in person.signs_in("10.0.0.1")
    assert "new_network" in person.signs_in("10.0.1.1")
    assert rows(engine, person.account) == SLOTS


def test_a_network_is_remembered_as_long_as_a_browser(person: Person, clock: Moment) -> None:
    """Mutations: from the first time; for ever. Its row may go later, and its slot is free before."""
    person.signs_in(HOME)
    person.signs_in(WORK)
    clock.pass_by(REMEMBERED - 1)
    assert person.signs_in(HOME) == []
    clock.pass_by(1)
    assert person.signs_in(WORK) == ["new_network"]
    clock.pass_by(REMEMBERED)
    assert person.signs_in(FAR) == [], "nothing is remembered any more"


def test_the_last_time_is_noted_coarsely(here: Installation, person: Person, clock: Moment) -> None:
    """Mutations: a write at each sign-in; none ever, after which the network is forgotten though it is used."""

    def seen_at() -> Instant:
        with here.services.begin() as unit_of_work:
            (kept,) = unit_of_work.known_networks.of_person(person.account.id, Instant(0))
        return kept.seen_at

    begun = clock()
    person.signs_in(HOME)
    clock.pass_by(TOUCH_SECONDS - 1)
    person.signs_in(HOME)
    assert seen_at() == begun
    later = clock.pass_by(1)
    person.signs_in(HOME)
    assert seen_at() == later


@pytest.mark.parametrize("how", ["all", "the only one"])
def test_with_the_browsers_the_networks_are_forgotten_and_where_one_was(
    here: Installation, person: Person, engine: Engine, how: str
) -> None:
    """Mutation: the position still counts, or the next sign-in is from a new network."""
    person.signs_in(HOME)
    with here.services.begin() as unit_of_work:
        (device,) = unit_of_work.known_devices.of_person(person.account.id, Instant(0), 9)
        if how == "all":
            assert unit_of_work.known_devices.forget_all(person.account.id) == 1
        else:
            assert unit_of_work.known_devices.forget(person.account.id, device.id)
        unit_of_work.commit()
    assert rows(engine, person.account) == 0
    assert person.signs_in(NOWHERE) == []
    assert person.signs_in(FAR) == ["new_network"]


@pytest.mark.parametrize("stop", [freeze, close])
def test_of_a_stopped_account_no_network_is_kept(
    here: Installation,
    person: Person,
    engine: Engine,
    stop: Callable[[UnitOfWork, int, Reason, Instant], bool],
) -> None:
    person.signs_in(HOME)
    with here.services.begin() as unit_of_work:
        assert stop(unit_of_work, person.account.id, Reason.ASKED, here.services.clock())
        unit_of_work.commit()
    assert rows(engine, person.account) == 0


def _first_key() -> bytes:
    return bytes(range(32))
