"""The documents as tests read them: their tables, their code blocks, the files they name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced code block: its language, and the words behind it."""

    language: str
    words: tuple[str, ...]
    text: str


def text_of(name: str) -> str:
    """A document by its path below `docs/`."""
    return (DOCS / name).read_text("utf-8")


def blocks(name: str) -> list[Block]:
    """All code blocks of a document, in order."""
    found = []
    for match in _BLOCK.finditer(text_of(name)):
        language, *words = match["info"].split() or [""]
        found.append(Block(language, tuple(words), match["text"]))
    return found


def section(name: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its kind or higher."""
    level = heading.split(maxsplit=1)[0]
    _, _, rest = text_of(name).partition(f"\n{heading}\n")
    assert rest, f"{name} has no section {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(table: str) -> Iterator[list[str]]:
    """The cells of each row of all tables in a text, without heads and rulers."""
    lines = [line.strip() for line in table.splitlines()]
    for number, line in enumerate(lines):
        is_head = number + 1 < len(lines) and lines[number + 1].startswith("|--")
        if line.startswith("|") and not line.startswith("|--") and not is_head:
            yield [cell.strip() for cell in line.strip("|").split("|")]
