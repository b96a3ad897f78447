"""A browser is known to those who signed in on it while we keep its row, and to nobody by a cookie that we did not seal."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic_core import to_json

from idp.accounts.status import Reason, close, freeze
from idp.app import Installation
from idp.clock import Instant
from idp.jose import base64url, from_base64url
from idp.model.account import IdentifierKind
from idp.model.known_device import KnownDevice
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.sessions.known_devices import LISTED, MOST, TOUCH_SECONDS, Arrived, KnownDevices, entries
from idp.settings import Settings
from idp.storage.encryption import FieldCipher
from tests.idp.installed import Moment, identifiers, new_person

DAY = 86_400


class Browser:
    """One browser, and what it is given."""

    def __init__(self, installation: Installation) -> None:
        self.cookie: str | None = None
        self._installation = installation
        self._devices = KnownDevices(installation.services)

    def knows(self, account_id: int) -> KnownDevice | None:
        with self._installation.services.begin() as unit_of_work:
            return self._devices.find(unit_of_work, self.cookie, account_id, self._installation.services.clock())

    def sign_in(self, account_id: int, method: Method = Method.PASSWORD) -> None:
        now = self._installation.services.clock()
        arrived = Arrived(
            account_id=account_id, kind=IdentifierKind.HK_MACAU_TRAVEL_PERMIT, method=method, device=None, at=now
        )
        with self._installation.services.begin() as unit_of_work:
            known = self._devices.find(unit_of_work, self.cookie, account_id, now)
            self.cookie = self._devices.remember(unit_of_work, self.cookie, known, arrived)
            unit_of_work.commit()


@pytest.fixture
def people(installation: Installation) -> list[int]:
    return [
        new_person(installation, *identifiers(f"1390000{number:04}", None), phc="$none").id
        for number in range(1, MOST + 2)
    ]


@pytest.fixture
def browser(installation: Installation) -> Browser:
    return Browser(installation)


def listed(installation: Installation, account_id: int) -> list[KnownDevice]:
    with installation.services.begin() as unit_of_work:
        return KnownDevices(installation.services).listed(unit_of_work, account_id, installation.services.clock())


def test_a_browser_is_known_to_everybody_who_signed_in_on_it(browser: Browser, people: list[int]) -> None:
    """Mutation: the last one replaces the others."""
    for person in people[:2]:
        browser.sign_in(person)
    assert [browser.knows(person) is not None for person in people[:3]] == [True, True, False]


def test_the_oldest_is_forgotten_first_and_the_cookie_stays_small(browser: Browser, people: list[int]) -> None:
    """Mutation: no bound; or who came again counts as having come when they came first."""
    for person in (*people[:MOST], people[0], people[MOST]):
        browser.sign_in(person)
    assert browser.cookie is not None
    assert [person for person in people if browser.knows(person) is None] == [people[1]]
    assert len(browser.cookie) < 1200


@pytest.mark.parametrize("hostile", [None, "", "0", "中", "\ud800", "\0", "a" * 100_000, "W10"])
def test_hostile_cookies_know_nobody(browser: Browser, people: list[int], hostile: str | None) -> None:
    """Mutation: read without the seal."""
    browser.cookie = hostile
    assert browser.knows(people[0]) is None
    browser.sign_in(people[0])
    assert browser.knows(people[0]) is not None


def test_a_cookie_of_another_installation_knows_nobody(
    installation: Installation, browser: Browser, people: list[int]
) -> None:
    browser.sign_in(people[0])
    stranger = FieldCipher({1: b"another key of exactly 32 bytes!"})
    opened = installation.services.cipher.open("device", _bytes(browser.cookie))
    assert opened is not None
    browser.cookie = base64url(stranger.seal("device", opened))
    assert browser.knows(people[0]) is None


@pytest.mark.parametrize("what", ["another secret", "another row", "no row", "too long a number", "no secret"])
def test_the_seal_alone_proves_nothing(
    installation: Installation, browser: Browser, people: list[int], what: str
) -> None:
    """Mutations: the secret not compared; the row of another person taken; a row that is gone trusted."""
    for person in people[:2]:
        browser.sign_in(person)
    second, first = entries(installation.services.cipher, browser.cookie)
    presented = {
        "another secret": first.presented[:-1] + ("A" if first.presented[-1] != "A" else "B"),
        "another row": second.presented,
        "no row": f"987654321.{first.presented.partition('.')[2]}",
        "too long a number": f"{'9' * 30}.x",
        "no secret": first.presented.partition(".")[0],
    }[what]
    line = (people[0], first.kind, first.method, presented)
    browser.cookie = base64url(installation.services.cipher.seal("device", to_json([line])))
    assert browser.knows(people[0]) is None


def test_who_came_last_stands_first_with_the_proof_they_gave_then(
    installation: Installation, browser: Browser, people: list[int]
) -> None:
    """Mutations: in the order of the first visit; the proof of the first visit; a new row each time."""
    for person, method in ((0, Method.PASSWORD), (1, Method.PASSWORD), (0, Method.MESSAGE_CODE)):
        browser.sign_in(people[person], method)
    said = entries(installation.services.cipher, browser.cookie)
    assert [(entry.account_id, entry.method) for entry in said] == [
        (people[0], Method.MESSAGE_CODE),
        (people[1], Method.PASSWORD),
    ]
    assert len(listed(installation, people[0])) == 1


def test_what_another_version_wrote_is_nobody(installation: Installation, people: list[int]) -> None:
    """The release before trusted its seal alone: one notice more, and no page that fails. Mutation: it is believed."""
    lines = [
        "one",
        ["uid", "phone", "pwd"],
        [people[0], "horoscope", "pwd", "1.x"],
        [people[0], "phone", "palm", "1.x"],
        [people[0], "phone", "pwd", 1],
        [people[0], "phone", "pwd", "1.x"],
    ]
    cookie = base64url(installation.services.cipher.seal("device", to_json(lines)))
    assert [each.presented for each in entries(installation.services.cipher, cookie)] == ["1.x"]


def test_the_last_sign_in_is_noted_coarsely(
    installation: Installation, browser: Browser, people: list[int], clock: Moment
) -> None:
    """Mutations: a write at each sign-in; none ever, after which the browser is forgotten though it is used."""
    begun = clock()
    for seconds in (0, TOUCH_SECONDS - 1):
        clock.pass_by(seconds)
        browser.sign_in(people[0])
        assert listed(installation, people[0])[0].last_seen_at == begun
    later = clock.pass_by(1)
    browser.sign_in(people[0])
    (known,) = listed(installation, people[0])
    assert (known.first_seen_at, known.last_seen_at) == (begun, later)


def test_a_browser_is_known_as_long_as_the_setting_says(
    installation: Installation, browser: Browser, people: list[int], clock: Moment
) -> None:
    """Mutation: the setting read by the cookie alone, which a browser may keep longer."""
    devices = replace(installation.services, settings=_with_days(installation, 2))
    browser._devices = KnownDevices(devices)
    browser.sign_in(people[0])
    clock.pass_by(2 * DAY - 1)
    assert browser.knows(people[0]) is not None
    clock.pass_by(1)
    assert browser.knows(people[0]) is None
    with installation.services.begin() as unit_of_work:
        assert browser._devices.listed(unit_of_work, people[0], clock()) == []


def test_the_last_ones_are_listed_the_newest_first(
    installation: Installation, people: list[int], clock: Moment
) -> None:
    """Mutation: the oldest, or all of a person who signs in in private windows."""
    for _ in range(LISTED + 1):
        clock.pass_by(1)
        Browser(installation).sign_in(people[0])
    moments = [known.last_seen_at for known in listed(installation, people[0])]
    assert moments == [Instant(clock() - age) for age in range(LISTED)]


def test_a_browser_is_forgotten_by_its_person_alone(
    installation_on_each_store: Installation,
) -> None:
    """Mutation: the number alone decides."""
    installation = installation_on_each_store
    one = new_person(installation).id
    other = new_person(installation, *identifiers("13900000009", None)).id
    browser = Browser(installation)
    for person in (one, other):
        browser.sign_in(person)
    known = browser.knows(one)
    assert known is not None
    with installation.services.begin() as unit_of_work:
        assert not unit_of_work.known_devices.forget(other, known.id)
        assert not unit_of_work.known_devices.forget(one, 2**70)
        assert unit_of_work.known_devices.forget(one, known.id)
        assert unit_of_work.known_devices.with_person(known.id) is None
        unit_of_work.commit()
    assert browser.knows(one) is None
    assert browser.knows(other) is not None
    with installation.services.begin() as unit_of_work:
        assert unit_of_work.known_devices.forget_all(other) == 1
        unit_of_work.commit()
    assert browser.knows(other) is None


def _bytes(cookie: str | None) -> bytes:
    return from_base64url(cookie or "")


def _with_days(installation: Installation, days: int) -> Settings:
    settings = installation.settings
    return settings.model_copy(update={"devices": settings.devices.model_copy(update={"remember_seconds": days * DAY})})


@pytest.mark.parametrize("stop", [freeze, close])
def test_a_frozen_account_is_known_nowhere(
    installation_on_each_store: Installation, stop: Callable[[UnitOfWork, int, Reason, Instant], bool]
) -> None:
    """Mutation: the thief's browser is still known when the account is let go on."""
    installation = installation_on_each_store
    person, browser = new_person(installation).id, Browser(installation)
    browser.sign_in(person)
    with installation.services.begin() as unit_of_work:
        assert stop(unit_of_work, person, Reason.NOT_ME, installation.services.clock())
        unit_of_work.commit()
    assert browser.knows(person) is None
