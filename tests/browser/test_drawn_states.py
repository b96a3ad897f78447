"""Every state that a template can be in, drawn with the server's own headers, also those that no test can bring about.

The pseudo language shows them longer and from right to left: nothing may stick out, be hidden or be too small to press.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from admin.operations.dashboard import SERIES
from idp.http.html import form_target
from idp.http.languages import CHINESE, ENGLISH, Language
from idp.http.response import page_headers
from idp.http.static_files import StaticFiles
from idp.http.templates import Look as Choice
from tests.browser.findings import all_findings, sideways
from tests.browser.looks import ALL_LOOKS, DESKTOP, FOUR_LOOKS, PHONE, Look
from tests.browser.visitor import Visitor
from tests.idp.http.page_states import CARD, CASES
from tests.idp.http.test_templates import PAGES, PSEUDO

ORIGIN = "http://localhost:1"
BRIDGE = CARD["bridge"]
FILES = StaticFiles()
AN_HOUR = {
    "minutes": [1_790_000_000 + 60 * minute for minute in range(60)],
    **{name: [number * minute % 97 for minute in range(60)] for number, name in enumerate(SERIES, start=1)},
}


class Drawer:
    """Answers for a server: with the page that is drawn, and with static files."""

    def __init__(self, browser: Browser, axe: str) -> None:
        self.visitor = Visitor(browser)
        self.axe = axe
        self._html = ""
        self._bridge: list[str] = []
        self._frames: list[str] = []
        self.visitor.page.route(f"{ORIGIN}/**", self._answer)
        self.visitor.page.route(f"{BRIDGE}/**", self._answer_as_bridge)
        self.visitor.page.route(
            "https://app.example.cn/**", lambda route: route.fulfill(body="", content_type="text/html")
        )

    def draw(self, case: str, language: Language, look: Look) -> Page:
        template, context = CASES[case]
        self._bridge = [context["bridge"]] if "bridge" in context else []
        self._frames = [form_target(address) for address in context.get("frames", ())]
        choice = Choice(language, look.mode, look.theme)
        self._html = PAGES.render(template, choice, here="/s/tx", **context)
        page = self.visitor.page
        page.emulate_media(forced_colors="active" if look.are_colours_forced else "none")
        page.goto(f"{ORIGIN}/s/tx")
        return page

    def _headers(self) -> dict[str, str]:
        return dict(page_headers(connect_to=self._bridge, frame_sources=self._frames))

    @staticmethod
    def _answer_as_bridge(route: Route) -> None:
        """A reader with a card on it, which only pages of cards may ask."""
        told = {"terminal": "desk-1", "reader": True, "card": True}
        route.fulfill(status=200, headers={"Access-Control-Allow-Origin": ORIGIN}, json=told)

    def _answer(self, route: Route) -> None:
        file = FILES.answer(route.request.url.removeprefix(ORIGIN))
        if any(script in route.request.url for script in ("send-form", "go-on")):  # they would leave the page
            route.fulfill(body="", content_type="text/javascript")
        elif file is not None:
            route.fulfill(status=200, headers=dict(file.headers), body=file.content)
        elif route.request.url.endswith("/dashboard/data"):
            route.fulfill(status=200, json=AN_HOUR)
        elif route.request.is_navigation_request():
            route.fulfill(status=200, headers=self._headers(), body=self._html)
        else:
            route.fulfill(status=200, json={"apps": [], "summary": "", "is_over": True})


@pytest.fixture(scope="module")
def drawer(chromium: Browser, axe: str) -> Iterator[Drawer]:
    drawer = Drawer(chromium, axe)
    yield drawer
    drawer.visitor.close()
    assert drawer.visitor.complaints == []


@pytest.mark.parametrize(
    ("case", "look"), [(case, FOUR_LOOKS[number % 4]) for number, case in enumerate(CASES)], ids=CASES
)
def test_a_state_is_for_everyone(drawer: Drawer, case: str, look: Look) -> None:
    """Longer and from right to left on a phone, in one of four looks in turn. The others, and languages: make long."""
    assert wrong_with(drawer, case, PSEUDO, look, PHONE) == []


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("language", [CHINESE, ENGLISH, PSEUDO], ids=lambda language: language.tag)
@pytest.mark.parametrize("look", ALL_LOOKS, ids=lambda look: look.name)
def test_a_state_is_for_everyone_in_every_way(drawer: Drawer, case: str, language: Language, look: Look) -> None:
    assert wrong_with(drawer, case, language, look, DESKTOP, PHONE) == []


def wrong_with(drawer: Drawer, case: str, language: Language, look: Look, *widths: int) -> list[str]:
    """The page is drawn once: a window that becomes narrower is what a person has, too."""
    page, found = drawer.draw(case, language, look), []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        wrong = (*all_findings(page, drawer.axe, look), *sideways(page))
        found += [f"{language.tag}, {look.name}, {width}: {each}" for each in wrong]
    return found
