"""A person who cannot hold a mouse."""

from playwright.sync_api import Page

MOST_STOPS = 40
"""Tabs until one gives up; few pages have that many things to stop at."""


class Keyboard:
    """Moves as the browser moves, and must see where it is."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def reach(self, selector: str, most: int = MOST_STOPS) -> None:
        """Tab until it has the focus; every stop on the way shows that it has it."""
        for _ in range(most):
            self._page.keyboard.press("Tab")
            assert self._page.evaluate(_IS_FOCUS_SEEN), self._page.evaluate("document.activeElement.outerHTML")
            if self._page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached at {self._page.url}")

    def type_into(self, selector: str, text: str) -> None:
        self.reach(selector)
        self._page.keyboard.type(text)

    def press(self, selector: str, key: str = "Enter", most: int = MOST_STOPS) -> None:
        self.reach(selector, most)
        with self._page.expect_navigation():
            self._page.keyboard.press(key)


_IS_FOCUS_SEEN = """() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    const box = document.activeElement.getBoundingClientRect();
    const isOnPage = document.activeElement !== document.body;  // after the last stop it leaves the page and comes back
    return !isOnPage || outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && box.bottom > 0 && box.top < innerHeight;
}"""
