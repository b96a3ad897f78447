"""G02: guesses spread over spellings of a name, doors, written addresses and one network of IPv6 are counted as one.

In this process, where the address of the connection and the limit can be chosen; what our own proxies tell is in
`tests/idp/http/test_request.py`, what counts is in `tests/idp/interaction/test_counting.py`.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from idp.accounts.guesses import FREE_TRIES
from idp.app import create_app
from tests.benchmarks.operations import Answer, Caller
from tests.idp.installed import CITIZEN_ID, PHONE, Moment, installed, new_person
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.plugins.private_servers import StorageUrls

PROXY, LIMIT = "10.0.0.1", 20
WRONG = {
    "password": {"password": "wrong"},
    "totp": {"code": "000000"},
    "recovery": {"code": "0" * 16},
    "slip": {"code": "0" * 8},
}
"""At each door where somebody can guess without having been sent anything."""
DOORS = tuple(WRONG)
_numbers = count(1)


class Attacker(Browser):
    """A browser at an address, with whatever it writes into the headers."""

    def __init__(self, city: Caller, address: str, forwarded: str = "") -> None:
        self.caller, self._cookies, self.here = city, {}, ""  # one application serves them all
        self._from = {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forwarded}

    def guess(self, name: str, way: str = "password") -> Answer:
        """From the first page to a wrong proof."""
        page = self.get("/me")
        page = self.post(self.path, csrf=csrf_of(page), username=name, way="password")
        path = self.path.replace("/password", f"/{way}")
        if way != "password":
            page = self.get(path)
        return self.post(path, csrf=csrf_of(page), **WRONG[way])

    @property
    def _headers(self) -> dict[str, str]:
        return {**super()._headers, **self._from}


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path) -> Iterator[Caller]:
    changes = {"IDP_SERVER__TRUSTED_PROXIES": f'["{PROXY}"]', "IDP_ADDRESSES__FAILURES_PER_HOUR": str(LIMIT)}
    opened = installed(storage_urls, tmp_path, Moment(), **changes)
    new_person(opened)
    yield Caller(create_app(opened))
    opened.storage.close()


SPREAD: dict[str, Callable[[int], tuple[str, str]]] = {
    "written by the attacker": lambda number: ("192.0.2.7", f"198.51.100.{number}"),
    "written before the proxy": lambda number: (PROXY, f"198.51.100.{number}, 192.0.2.7"),
    "ports": lambda number: (PROXY, f"192.0.2.7:{5000 + number}"),
    "our own proxy's name": lambda number: ("192.0.2.7", f"{PROXY}, 198.51.100.{number}, {PROXY}"),
    "one network": lambda number: (PROXY, f"2001:db8:1:2::{number:x}"),
    "one network, in brackets": lambda number: (PROXY, f"[2001:DB8:1:2:{number:x}::1]:{5000 + number}"),
    "IPv4 in IPv6": lambda number: (PROXY, "192.0.2.7" if number % 2 else "::ffff:192.0.2.7"),
}


@pytest.mark.parametrize("spread", SPREAD)
def test_one_source_is_one_however_it_is_written(city: Caller, spread: str) -> None:
    """One guess at each of many people. Mutations: the first of X-Forwarded-For; it is believed of anybody; IPv6 whole."""
    for number in range(LIMIT):
        attacker = Attacker(city, *SPREAD[spread](number + 1))
        assert attacker.guess(f"1370000{next(_numbers):04}", DOORS[number % len(DOORS)]).status == 200
    for door in DOORS:
        refused = Attacker(city, *SPREAD[spread](99)).guess(PHONE, door)
        assert refused.status == 429
        assert int(refused.headers["retry-after"]) > 0
        body = refused.body.decode()
        assert "您所在的网络上" in body
        assert "/help#hall" in body
        assert "12345" in body
    assert Attacker(city, PROXY, "203.0.113.1").guess(PHONE).status == 200


def test_every_name_of_one_person_and_every_door_is_one_counter(city: Caller) -> None:
    """From as many addresses. Mutation: what was typed is counted, or each door for itself."""
    names = (
        PHONE,
        f"+86 {PHONE}",
        CITIZEN_ID,
        CITIZEN_ID.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    )
    for number in range(FREE_TRIES):
        attacker = Attacker(city, PROXY, f"203.0.113.{number}")
        attacker.guess(names[number % len(names)], DOORS[number % len(DOORS)])
    for number, name in enumerate(names):
        assert Attacker(city, PROXY, f"203.0.113.{100 + number}").guess(name).status == 429
