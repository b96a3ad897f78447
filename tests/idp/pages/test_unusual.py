"""A sign-in through the pages, from two cities: what was unusual stands in its event, in codes, and nobody is kept out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts.overview import overview
from idp.app import Installation
from idp.events import Action
from idp.model.account import Account, Identifier, IdentifierKind
from tests.idp.installed import PASSWORD, PHONE, Moment, installed, new_person
from tests.idp.pages.in_process import City, city_of, request_of_app
from tests.plugins.private_servers import StorageUrls

PROXY, SUZHOU, BEIJING = "10.0.0.1", "192.0.2.7", "203.0.113.9"


@pytest.fixture
def installation(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """Behind a proxy of ours, with a list and a file of places."""
    places, listed = tmp_path / "places.csv", tmp_path / "listed.txt"
    places.write_text("192.0.2.0/24,320500,31.3,120.6\n203.0.113.0/24,110000,39.9,116.4\n")
    listed.write_text("203.0.113.0/29\n")
    changes = {"IDP_RISK__PLACES": str(places), "IDP_RISK__LISTED_NETWORKS": str(listed)}
    opened = installed(storage_urls, tmp_path, clock, IDP_SERVER__TRUSTED_PROXIES=f'["{PROXY}"]', **changes)
    yield opened
    opened.storage.close()


def signs_in(city: City, forwarded: str, peer: str = PROXY) -> None:
    """By password, on a browser that was never here."""
    browser = city.browser(peer)
    browser.http.headers["X-Forwarded-For"] = forwarded
    page = browser.press(browser.get(request_of_app()), {"value": "password"}, username=PHONE)
    page = browser.press(page, {"id": "sign-in"}, password=PASSWORD)
    if page.has("consent-allow"):
        page = browser.press(page, {"id": "consent-allow"})
    assert "code" in page.answer, "whatever was unusual, the person is in"


def reasons(installation: Installation, account: Account) -> list[object]:
    """Of the last sign-in; of the score it is the sum."""
    with installation.services.begin() as unit_of_work:
        (last,) = unit_of_work.events.of_person(account.id, before=None, limit=1, actions=[Action.SIGNED_IN])
    assert SUZHOU not in str(last.data)
    assert "320500" not in str(last.data)
    told = last.data["risk"]
    assert isinstance(told, list)
    return told


def test_from_two_cities_within_the_hour(installation: Installation, clock: Moment) -> None:
    """The address is the one that our proxy tells. Mutations: that of the proxy; one that a stranger writes."""
    account = new_person(installation, Identifier(IdentifierKind.PHONE, f"+86{PHONE}"))
    city = city_of(installation)
    signs_in(city, SUZHOU)
    assert reasons(installation, account) == ["new_device", "password_alone"]
    clock.pass_by(60)
    signs_in(city, f"198.51.100.1, {SUZHOU}")
    assert reasons(installation, account) == ["new_device", "password_alone"]
    clock.pass_by(1800)
    signs_in(city, BEIJING)
    assert reasons(installation, account) == [
        "new_device",
        "new_network",
        "new_place",
        "too_far_too_fast",
        "password_alone",
    ]
    clock.pass_by(60)
    signs_in(city, SUZHOU, peer=BEIJING)
    assert reasons(installation, account) == ["new_device", "password_alone"], "a stranger cannot say to be at home"
    with installation.services.begin() as unit_of_work:
        told = overview(unit_of_work, account, installation.settings.policy.levels, clock())["unusual"]
    assert isinstance(told, list)
    assert told[:2] == [
        "2026-09-21T14:45:20Z 20 new_device,password_alone",
        "2026-09-21T14:44:20Z 55 new_device,new_network,new_place,too_far_too_fast,password_alone",
    ]
