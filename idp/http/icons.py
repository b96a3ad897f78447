"""The drawings a page uses, and only those: each `icon()` in a template leaves its symbol for the foot of the page."""

import functools
import re
from pathlib import Path

from markupsafe import Markup

_SYMBOLS_FILE = Path(__file__).parent / "templates" / "symbols.svg"
_ARROWS = {"back", "go", "next"}
_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)".*?</symbol>')


@functools.cache
def _symbols() -> dict[str, Markup]:
    return {match[1]: Markup(match[0]) for match in _SYMBOL.finditer(_SYMBOLS_FILE.read_text("utf-8"))}  # noqa: S704 our own file


class Icons:
    """The drawings of one page while it is rendered."""

    def __init__(self) -> None:
        self._used: dict[str, Markup] = {}

    def icon(self, name: str, css_class: str = "i") -> Markup:
        """A line drawing beside words that say the same; screen readers pass over it.

        Arrows are marked, so that the stylesheet can turn them where reading goes from right to left.
        """
        return self._use(f"i-{name}", f"{css_class} i-arrow" if name in _ARROWS else css_class)

    def level(self, level: int) -> Markup:
        """The character 正 with as many strokes as the level, 1 to 5, has reached."""
        return self._use(f"z-{level}", "z")

    def sprite(self) -> Markup:
        """The symbols of all drawings asked for so far."""
        return Markup("\n").join(self._used.values())

    def _use(self, symbol: str, css_class: str) -> Markup:
        self._used[symbol] = _symbols()[symbol]
        return Markup('<svg class="{}" aria-hidden="true" focusable="false"><use href="#{}"/></svg>').format(
            css_class, symbol
        )
