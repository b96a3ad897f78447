"""Takes the pictures of the documentation: what a person sees on the way from the housing fund, in a running demo.

make demo            in one terminal
tools/take-pictures  in another
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

HOUSING_FUND = "http://localhost:8001"
PICTURES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDTH = 1280
MARGIN = 40
"""Pixels below the last line of the page."""
LARGEST = 200_000
"""Bytes: the front page of the project must open quickly."""


def main() -> None:
    """Take the picture of the sign-in page."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": WIDTH, "height": 800}, locale="zh-CN", color_scheme="light")
        try:
            page.goto(f"{HOUSING_FUND}/login")
        except Error:
            sys.exit(f"take-pictures: {HOUSING_FUND} does not answer; start `make demo` first")
        page.locator("[name=username]").wait_for()
        bottom = page.locator("footer").evaluate("footer => footer.getBoundingClientRect().bottom")
        picture = PICTURES / "sign-in.png"
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.set_viewport_size({"width": WIDTH, "height": round(bottom) + MARGIN})
        page.screenshot(path=picture)
        chromium.close()
    size = picture.stat().st_size
    print(f"take-pictures: {picture.name}, {size // 1000} kB")
    if size > LARGEST:
        sys.exit(f"take-pictures: more than {LARGEST // 1000} kB")


if __name__ == "__main__":
    main()
