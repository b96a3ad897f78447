"""How people look at pages: the size of letters, the colours, the language, the width of the screen."""

from dataclasses import dataclass
from typing import Literal

from tests.browser.visitor import Visitor

DESKTOP, PHONE = 1280, 390
SIZES = {"standard": 44, "elder": 60, "xl": 60}
"""Modes, and how large what is pressed must be in them, in CSS pixels."""


@dataclass(frozen=True)
class Look:
    """What a person chose (three cookies), and what their device adds."""

    name: str
    mode: Literal["standard", "elder", "xl"] = "standard"
    theme: Literal["auto", "light", "dark"] = "light"
    are_colours_forced: bool = False

    @property
    def smallest_target(self) -> int:
        return SIZES[self.mode]

    def put_on(self, visitor: Visitor, issuer: str, language: str) -> None:
        """The next page comes in this look."""
        chosen = {"mode": self.mode, "theme": self.theme, "lang": language}
        visitor.context.add_cookies([{"name": name, "value": chosen[name], "url": issuer} for name in chosen])
        visitor.page.emulate_media(forced_colors="active" if self.are_colours_forced else "none")


NORMAL = Look("normal")
ELDER = Look("elder", mode="elder")
DARK = Look("dark", theme="dark")
FORCED = Look("forced colours", are_colours_forced=True)
FOUR_LOOKS = (NORMAL, ELDER, DARK, FORCED)
ALL_LOOKS = (*FOUR_LOOKS, Look("very large", mode="xl"), Look("very large, dark", mode="xl", theme="dark"))
