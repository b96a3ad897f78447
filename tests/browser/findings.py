"""What is wrong with a page for somebody: axe's rules, and what axe does not measure."""

from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

from tests.browser.looks import Look

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ZOOMED = {"width": 320, "height": 256}
"""A screen of 1280 × 1024 pixels at 400 %: so many CSS pixels are left (WCAG 1.4.10)."""
_TIMERS_WITHOUT_SCRIPTS = """
    const soon = (call) => { Promise.resolve().then(call); return 1; };
    window.setTimeout = soon;
    window.requestAnimationFrame = soon;
"""
"""Where JavaScript is off, timers never ring, and axe would wait for them for ever."""


def all_findings(page: Page, axe: str, look: Look) -> list[str]:
    """Everything that is wrong with the page as it is shown now."""
    return [
        *violations(page, axe),
        *small_targets(page, look.smallest_target),
        *misplaced_headings(page),
        *ways_on(page),
    ]


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core finds: the rule, and where."""
    if page.evaluate("typeof window.axe") == "undefined":
        page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate(
        """async (rules) => {
            const { violations } = await axe.run({ runOnly: rules, resultTypes: ["violations"], preload: false });
            return violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => node.html.slice(0, 160)) }));
        }""",
        RULES,
    )
    return [f"{violation['id']}: {violation['where']}" for violation in found]


def make_axe_run_without_scripts(page: Page) -> None:
    """Before axe is brought in."""
    page.evaluate(_TIMERS_WITHOUT_SCRIPTS)


def small_targets(page: Page, smallest: int) -> list[str]:
    """What is pressed and lower or narrower than that, a rounding error aside; a box and its words are one target."""
    found: list[str] = page.locator("a[href], button, input:not([type=hidden]), select, summary").evaluate_all(
        """(elements, smallest) => elements
            .map((element) => element.matches("[type=checkbox], [type=radio]") ? element.closest("label") : element)
            .filter((element) => element.checkVisibility() && !element.matches(".skip"))
            .filter((element) => getComputedStyle(element).display !== "inline")
            .map((element) => ({ element, box: element.getBoundingClientRect() }))
            .filter(({ box }) => Math.min(box.height, box.width) < smallest - 0.5)
            .map(({ element, box }) => `${box.width} x ${box.height}: ${element.outerHTML.slice(0, 120)}`)""",
        smallest,
    )
    return found


def misplaced_headings(page: Page) -> list[str]:
    """Exactly one h1, first; no level left out on the way down."""
    levels: list[int] = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(
        "headings => headings.filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"
    )
    after_summary = levels[levels.index(1) :] if 1 in levels else []
    steps = pairwise(after_summary)
    is_fine = levels.count(1) == 1 and all(below <= above + 1 for above, below in steps)
    return [] if is_fine else [f"headings {levels}"]


def ways_on(page: Page) -> list[str]:
    """Every page for people names the hotline and the hall; those for officers do not."""
    missing: list[str] = page.evaluate(
        """(needed) => document.querySelector(".con") ? [] : needed.filter((each) => !document.querySelector(each))""",
        ["a[href='tel:12345']", "a[href='/help#hall']"],
    )
    return [f"no {selector}" for selector in missing]


def sideways(page: Page) -> list[str]:
    """How far the page sticks out of its window, now and at 400 %."""
    found = []
    window = page.viewport_size
    assert window is not None
    for size in (window, ZOOMED):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        width = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{width} pixels in a window of {size['width']}"] if width > size["width"] else []
    page.set_viewport_size(window)
    return found
