"""Templates need nothing that the strict content security policy would block."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.architecture.sources import files, name

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
TEMPLATES = [file for suffix in (".html", ".jinja", ".j2", ".svg") for file in files(suffix)]


class InlineFinder(HTMLParser):
    """Collects inline styles, inline scripts, event handlers and script addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {attribute for attribute, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")
        for attribute, value in attrs:
            is_script = (value or "").strip().lower().startswith(("javascript:", "data:text/html"))
            if attribute == "style" or attribute.startswith("on") or is_script:
                self.found.append(f"<{tag} {attribute}>")


def inline_parts(template: str) -> list[str]:
    finder = InlineFinder()
    finder.feed(JINJA.sub("", template))
    finder.close()
    return finder.found


@pytest.mark.parametrize("file", TEMPLATES, ids=name)
def test_a_template_has_nothing_inline(file: Path) -> None:
    assert inline_parts(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "template",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<button {% if x %}onclick="go()"{% endif %}>',
        '<svg ONLOAD="go()"/>',
        '<a href=" JavaScript:go()">',
    ],
)
def test_the_finder_finds(template: str) -> None:
    assert inline_parts(template)


def test_the_finder_leaves_good_templates_alone() -> None:
    assert inline_parts('<script type="module" src="{{ x }}"></script><a href="{{ "/style" }}" class="on">一</a>') == []
