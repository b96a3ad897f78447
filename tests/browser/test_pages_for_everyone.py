"""The matrix: every page and state, with JavaScript and without, in every look, at a desk and on a phone.

`make test` walks to each place with scripts in Chinese, and looks at it in normal letters at a desk and in large ones on a phone.
`make long` does so without scripts as well, in both languages, in all looks, in both widths. The numbers are in docs/pages.md.
"""

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.findings import all_findings, make_axe_run_without_scripts, sideways, small_targets, violations
from tests.browser.journey import Journey
from tests.browser.looks import ALL_LOOKS, DESKTOP, ELDER, NORMAL, PHONE, Look
from tests.browser.places import PLACES, Place
from tests.plugins.running_idp import RunningIdp

NewJourney = Callable[[bool], Journey]


@pytest.fixture
def new_journey(
    new_visitor: NewVisitor, idp_sqlite: RunningIdp, library: DepartmentApp, housing_fund: DepartmentApp
) -> NewJourney:
    def begin(has_scripts: bool) -> Journey:
        visitor = new_visitor(has_scripts=has_scripts)
        return Journey(visitor, idp_sqlite, library, housing_fund, idp_sqlite.new_person(proofing=3))

    return begin


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page_is_for_everyone(new_journey: NewJourney, axe: str, place: Place) -> None:
    """Without scripts people walk the same ways in `test_ways_people_go.py`; `make long` examines all that."""
    examination = Examination(new_journey(True), place, axe, language="zh-CN", has_scripts=True)
    assert examination.findings({NORMAL: (DESKTOP,), ELDER: (PHONE,)}) == []


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_page_is_for_everyone_in_every_way(
    new_journey: NewJourney, axe: str, place: Place, has_scripts: bool, language: str
) -> None:
    examination = Examination(new_journey(has_scripts), place, axe, language=language, has_scripts=has_scripts)
    assert examination.findings(dict.fromkeys(ALL_LOOKS, (DESKTOP, PHONE))) == []


class Examination:
    """One place, looked at in one look after another."""

    def __init__(self, journey: Journey, place: Place, axe: str, *, language: str, has_scripts: bool) -> None:
        self._journey = journey
        self._place = place
        self._axe = axe
        self._language = language
        self._has_scripts = has_scripts

    def findings(self, looks: Mapping[Look, tuple[int, ...]]) -> list[str]:
        """Everything wrong, each with the look and the width it was seen in."""
        self._put_on(NORMAL)
        self._place.go(self._journey)
        found = []
        for look, widths in looks.items():
            self._put_on(look)
            self._show_again()
            found += [f"{look.name}: {each}" for each in self._at_widths(look, widths)]
        return found

    def _at_widths(self, look: Look, widths: tuple[int, ...]) -> list[str]:
        page = self._journey.visitor.page
        found = [*self._wrong_with_the_problem(page), *self._not_in_this_look(page, look)]
        if not self._has_scripts:
            make_axe_run_without_scripts(page)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{width}: {each}" for each in (*all_findings(page, self._axe, look), *sideways(page))]
        return found

    def _put_on(self, look: Look) -> None:
        look.put_on(self._journey.visitor, self._journey.issuer, self._language)

    def _show_again(self) -> None:
        """In the new look: what a form answered is asked for again as the browser's own button does it."""
        if self._place.costs_a_try:
            self._place.go(self._journey.as_somebody_else())
        else:
            self._journey.visitor.page.reload()
        self._journey.visitor.page.wait_for_load_state()

    def _wrong_with_the_problem(self, page: Page) -> list[str]:
        """A problem is told first in the title, and its summary has the focus; nothing else is called a problem."""
        found = []
        if page.title().startswith(("错误", "Error")) is not self._place.is_problem:
            found.append(f"title {page.title()!r}")
        summary = page.locator("[data-focus]")
        if self._has_scripts and summary.count() and not summary.evaluate("it => it === document.activeElement"):
            found.append("the summary has not the focus")
        return found

    def _not_in_this_look(self, page: Page, look: Look) -> list[str]:
        root = page.evaluate("(({ lang, dataset }) => [lang, dataset.mode, dataset.theme])(document.documentElement)")
        return [] if root == [self._language, look.mode, look.theme] else [f"is shown as {root}"]


def test_what_would_be_wrong_is_found(new_visitor: NewVisitor, idp_sqlite: RunningIdp, axe: str) -> None:
    """The finders are tried on a page that was spoilt, with scripts and without."""
    for has_scripts in (True, False):
        visitor = new_visitor(has_scripts=has_scripts)
        page = visitor.page
        page.goto(f"{idp_sqlite.issuer}/help")
        if not has_scripts:
            make_axe_run_without_scripts(page)
        assert all_findings(page, axe, NORMAL) == []
        page.evaluate("document.querySelector('main').append(document.createElement('button'))")
        assert [found.partition(":")[0] for found in violations(page, axe)] == ["button-name"]
        assert len(small_targets(page, 44)) == 1
        page.evaluate("document.querySelector('main button').replaceWith(document.createElement('h1'))")
        assert "headings [1, 2, 2, 2, 2, 2, 2, 2, 1, 2]" in all_findings(page, axe, NORMAL)
        page.evaluate("document.querySelector('footer').remove()")
        assert "no a[href='tel:12345']" in all_findings(page, axe, NORMAL)
        page.evaluate("document.querySelector('main').style.width = '1300px'")
        assert len(sideways(page)) == 2
