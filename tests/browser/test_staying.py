"""A page of the account that lies open warns before the person is signed out, and leaves the screen when they are."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.visitor import Visitor
from tests.plugins.running_idp import Person, RunningIdp

Told = dict[str, object]


@pytest.fixture
def at_devices(chromium: Browser, idp_sqlite: RunningIdp, person: Person) -> Visitor:
    """Signed in, on a page of the account; only who has scripts is warned."""
    visitor = Visitor(chromium)
    visitor.page.goto(f"{idp_sqlite.issuer}/me/devices")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    return visitor


def near_the_end(seconds: int, *, may_stay: bool) -> Callable[[Route], None]:
    """The server's own answer, with another time left: an hour is long for a test."""

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            route.continue_()
            return
        told: Told = {**route.fetch().json(), "seconds": seconds, "may_stay": may_stay}
        route.fulfill(json=told)

    return answer


def test_who_needs_more_time_gets_it(at_devices: Visitor) -> None:
    """Mutations: no warning; a button that does nothing; a token that the server does not know."""
    page = at_devices.page
    expect(page.locator("[data-stay]")).to_be_hidden()
    page.route("**/me/staying", near_the_end(100, may_stay=True))
    page.reload()
    expect(page.get_by_role("alert")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST") as staying:
        page.locator("#stay").click()
    assert 3590 < staying.value.json()["seconds"] <= 3600
    expect(page.locator("[data-stay]")).to_be_hidden()
    assert at_devices.complaints == []
    at_devices.close()


def test_a_sign_in_that_cannot_be_made_longer_says_so(at_devices: Visitor) -> None:
    """Mutation: a button that promises what it cannot do."""
    page = at_devices.page
    page.route("**/me/staying", near_the_end(100, may_stay=False))
    page.reload()
    expect(page.locator("[data-says=over]")).to_be_visible()
    expect(page.locator("#stay")).to_be_hidden()
    at_devices.close()


def test_when_it_is_over_the_screen_is_left(at_devices: Visitor) -> None:
    """Mutation: the devices of a person stand on the screen until somebody presses something."""
    page = at_devices.page
    page.route("**/me/staying", near_the_end(1, may_stay=True))
    page.reload()
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute("**/me/staying")
    at_devices.context.clear_cookies(name="session")
    expect(page).to_have_url(re.compile("/s/"), timeout=10_000)
    at_devices.close()
