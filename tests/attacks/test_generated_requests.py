"""Generated hostile requests: what each endpoint answers well is bent by a grammar, 200 times here, 10 000 in `make long`.

A number stands for the same faults in every run. One that found something is kept in `KEPT` and sent first for ever.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.attacks.generated.bends import Bender, written
from tests.attacks.generated.city import City
from tests.attacks.generated.judge import faults_of
from tests.attacks.generated.kept import KEPT
from tests.attacks.generated.parts import Sent, Shape
from tests.attacks.generated.valid import ENDPOINTS

BASE = 20_260_000_000
"""The seed of request `number` is this and the number."""
FEW, MANY = 200, 10_000
A_CITY, TIDIED = 2500, 50
"""Requests to one installation, and to one with the same apps: nothing that piles up slows the next ones down."""
_NAMES = tuple(ENDPOINTS)


class Cities:
    """One installation after the other."""

    def __init__(self, migrated: Path, directory: Path) -> None:
        self._migrated, self._directory, self._made = migrated, directory, 0
        self.city = self._new()

    def next(self) -> None:
        """A new one."""
        self.city.close()
        self.city = self._new()

    def _new(self) -> City:
        self._made += 1
        return City(self._migrated, self._directory / str(self._made))


@pytest.fixture(scope="module")
def cities(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cities]:
    made = Cities(migrated_sqlite, tmp_path_factory.mktemp("cities"))
    yield made
    made.city.close()


def good(city: City, endpoint: str, number: int) -> Shape:
    """The request that number begins with, from an address of its own, so that no count of failures stands in its way."""
    makes = ENDPOINTS[endpoint]
    shape = makes[number % len(makes)](city)
    shape.peer = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return shape


def attack(city: City, endpoint: str, number: int) -> tuple[Sent, int, str]:
    """Send one; what was sent, the status, and what is wrong with the answer."""
    shape = good(city, endpoint, number)

    def other(draw: int) -> Shape:
        return good(city, _NAMES[draw % len(_NAMES)], draw)

    sent = Bender(f"{BASE + number} {endpoint}", city, other).bent(shape)
    with capture_logs() as logged:
        answer = city.call(sent)
    return sent, answer.status, faults_of(city, sent, answer, shape.client_id, logged)


def sweep(cities: Cities, endpoint: str, numbers: Iterator[int] | range) -> set[int]:
    """Send all of them; the statuses that came."""
    statuses = set()
    for position, number in enumerate(numbers):
        if position and position % A_CITY == 0:
            cities.next()
        if position % TIDIED == 0:
            cities.city.forget_registrations()
        sent, status, fault = attack(cities.city, endpoint, number)
        assert not fault, f"{endpoint} number {number} (seed {BASE + number}): {fault}\n{sent}"
        statuses.add(status)
    return statuses


@pytest.mark.parametrize(("endpoint", "number"), KEPT, ids=[f"{endpoint}-{number}" for endpoint, number in KEPT])
def test_what_was_found_once_stays_mended(cities: Cities, endpoint: str, number: int) -> None:
    """The kept seeds; each has a test of its own beside the code that was mended."""
    assert not attack(cities.city, endpoint, number)[2]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_is_bent_was_good(cities: Cities, endpoint: str) -> None:
    """Red when the grammar has grown stale: then everything would be refused at the first look, and nothing be tried."""
    city = cities.city
    for number in range(len(ENDPOINTS[endpoint])):
        shape = good(city, endpoint, number)
        sent = written(shape)
        answer = city.call(sent)
        assert answer.status == (shape.expected or answer.status), f"{answer}\n{sent}"
        assert answer.status < 500, f"{answer}\n{sent}"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_generated_request_breaks_an_endpoint(cities: Cities, endpoint: str) -> None:
    """No 5xx, no way out to where nobody registered, no session for the asker, nothing of our inside (threats §0)."""
    assert len(sweep(cities, endpoint, range(FEW))) > 1, "nothing gets through, or everything does"


@pytest.mark.long
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_ten_thousand_generated_requests_break_no_endpoint(cities: Cities, endpoint: str) -> None:
    """The same at length."""
    cities.next()
    sweep(cities, endpoint, range(FEW, MANY))


def test_a_rubout_in_a_form_reaches_no_header(cities: Cities) -> None:
    """A cross-site POST goes on as an address (`as_get`): DEL is no character of one (RFC 3986 §2)."""
    typed = (("Content-Type", "application/x-www-form-urlencoded"),)
    for path in (b"/authorize", b"/logout"):
        answer = cities.city.call(Sent("POST", path, b"", typed, b"client_id=x&redirect_uri=\x7f"))
        assert answer.status == 400
