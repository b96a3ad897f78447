"""Every page, for everyone: axe finds nothing, nothing sticks out sideways, and what is pressed is large enough."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.places import PLACES, Journey
from tests.interop.node_packages import install
from tests.plugins.running_idp import RunningIdp

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PRESSED = "main button, main .btn, main input:not([type=hidden], [type=checkbox]), main .check, .way, .help-way"


@dataclass(frozen=True)
class Look:
    """How a visitor wants pages, and how high what they press must be, in pixels."""

    language: str
    mode: str
    theme: str
    is_on_phone: bool
    smallest_target: int


LOOKS = {
    "Chinese, light, at a desk": Look("zh-CN", "standard", "light", is_on_phone=False, smallest_target=44),
    "English, very large, dark, on a phone": Look("en", "xl", "dark", is_on_phone=True, smallest_target=60),
}


@pytest.fixture(scope="module")
def axe() -> str:
    return (install() / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(params=list(LOOKS.values()), ids=list(LOOKS))
def look(request: pytest.FixtureRequest) -> Look:
    found: Look = request.param
    return found


@pytest.fixture
def journey(
    new_visitor: NewVisitor,
    idp_sqlite: RunningIdp,
    library: DepartmentApp,
    housing_fund: DepartmentApp,
    look: Look,
) -> Journey:
    visitor = new_visitor(is_on_phone=look.is_on_phone, language=look.language)
    wishes = {"mode": look.mode, "theme": look.theme, "lang": look.language}
    visitor.context.add_cookies([{"name": name, "value": wishes[name], "url": idp_sqlite.issuer} for name in wishes])
    return Journey(visitor, idp_sqlite.issuer, library, housing_fund, idp_sqlite.new_person(proofing=3))


@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_for_everyone(journey: Journey, look: Look, axe: str, place: str) -> None:
    PLACES[place](journey)
    page = journey.visitor.page
    page.wait_for_load_state()  # a click waits until the next page has begun, not until it is there
    assert page.evaluate("document.documentElement.dataset.mode") == look.mode
    assert violations(page, axe) == []
    assert small_targets(page, look.smallest_target) == []
    assert page.locator("h1").count() == 1
    assert page.locator("a[href='tel:12345']").count() >= 1
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_would_be_wrong_is_found(new_visitor: NewVisitor, idp_sqlite: RunningIdp, axe: str) -> None:
    """The finders of this file are tried on a page that was spoilt."""
    visitor = new_visitor()
    visitor.page.goto(f"{idp_sqlite.issuer}/help")
    visitor.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [found["id"] for found in violations(visitor.page, axe)] == ["button-name"]
    assert len(small_targets(visitor.page, 44)) == 1


def violations(page: Page, axe: str) -> list[dict[str, Any]]:
    """What axe-core finds: the rule, and where."""
    page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate(
        """async (rules) => {
            const { violations } = await axe.run({ runOnly: rules });
            return violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => node.html) }));
        }""",
        RULES,
    )
    return found


def small_targets(page: Page, smallest: int) -> list[str]:
    """What is pressed and lower than that, a rounding error aside."""
    found: list[str] = page.locator(PRESSED).evaluate_all(
        """(elements, smallest) => elements
            .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < smallest - 0.5)
            .map((element) => `${element.getBoundingClientRect().height}: ${element.outerHTML.slice(0, 120)}`)""",
        smallest,
    )
    return found
