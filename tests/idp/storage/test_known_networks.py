"""Known networks in the store: a few of each person, written over, and gone with the last browser that knows the person."""

from dataclasses import replace

from sqlalchemy import func, select

from idp.clock import Instant
from idp.model.known_device import NewKnownDevice
from idp.model.known_network import SLOTS, KnownNetwork
from idp.ports import UnitOfWork
from idp.storage.stores import Storage
from idp.storage.tables import known_networks
from tests.idp.storage.made import NOW, account
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

LATER = Instant(NOW + 60)
HOME = KnownNetwork(slot=0, digest=b"home", place_digest=b"town", seen_at=NOW)
WORK = KnownNetwork(slot=3, digest=b"work", place_digest=None, seen_at=LATER)
LONG_BEFORE = Instant(NOW - 1)


def known_device(unit_of_work: UnitOfWork, person: int) -> int:
    return unit_of_work.known_devices.remember(NewKnownDevice(account_id=person, secret_digest=b"d", device=None), NOW)


def kept(unit_of_work: UnitOfWork, person: int) -> list[KnownNetwork]:
    found = unit_of_work.known_networks.of_person(person, LONG_BEFORE)
    return sorted(found, key=lambda network: network.slot)


def test_what_is_remembered_is_found_by_its_person_alone(storage: Storage) -> None:
    """Mutations: another person's; one that was seen too long ago."""
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        for network in (HOME, WORK):
            unit_of_work.known_networks.remember(person, network)
        unit_of_work.commit()
    with storage.begin() as unit_of_work:
        assert kept(unit_of_work, person) == [HOME, WORK]
        assert kept(unit_of_work, other) == []
        assert unit_of_work.known_networks.of_person(person, NOW) == [WORK]


def test_a_slot_is_written_over_with_all_that_was_in_it(storage: Storage) -> None:
    """Mutation: the place of the network before it stays."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.known_networks.remember(person, HOME)
        unit_of_work.known_networks.remember(person, replace(WORK, slot=0))
        assert kept(unit_of_work, person) == [replace(WORK, slot=0)]


def test_twenty_at_once_fill_the_slots_and_no_more(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: rows that are inserted, and counted before."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.commit()

    def one(number: int) -> None:
        with storage.begin() as unit_of_work:
            unit_of_work.known_networks.remember(person, replace(HOME, slot=number % SLOTS))
            unit_of_work.commit()

    storm(20, one)
    with engine_of(storage_urls).connect() as connection:
        assert connection.execute(select(func.count()).select_from(known_networks)).scalar_one() == SLOTS


def test_networks_go_with_the_last_browser(storage: Storage) -> None:
    """Mutations: with the first one; of all who have no browser; never; with a browser of somebody else."""
    with storage.begin() as unit_of_work:
        person, other, third = (account(unit_of_work).id for _ in range(3))
        devices = [known_device(unit_of_work, person) for _ in range(2)]
        known_device(unit_of_work, other)
        for each in (person, other, third):
            unit_of_work.known_networks.remember(each, HOME)
        assert unit_of_work.known_devices.forget(person, devices[0])
        assert kept(unit_of_work, person) == [HOME]
        assert not unit_of_work.known_devices.forget(other, devices[1])
        assert unit_of_work.known_devices.forget(person, devices[1])
        assert kept(unit_of_work, person) == []
        assert (kept(unit_of_work, other), kept(unit_of_work, third)) == ([HOME], [HOME])


def test_networks_go_with_all_browsers(storage: Storage) -> None:
    """Also where no browser is known any more. Mutations: they stay; everybody's go."""
    with storage.begin() as unit_of_work:
        person, other = account(unit_of_work).id, account(unit_of_work).id
        known_device(unit_of_work, person)
        for each in (person, other):
            unit_of_work.known_networks.remember(each, HOME)
        assert unit_of_work.known_devices.forget_all(person) == 1
        assert unit_of_work.known_devices.forget_all(person) == 0
        assert (kept(unit_of_work, person), kept(unit_of_work, other)) == ([], [HOME])
        assert unit_of_work.known_devices.forget_all(other) == 0
        assert kept(unit_of_work, other) == []
