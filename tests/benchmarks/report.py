"""What a measurement tells: tables for people (Markdown), the same figures for programs (JSON), and where both are kept."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".run" / "bench"


@dataclass(frozen=True)
class Table:
    """Figures as they are told: every cell a text, notes below for what a reader must know about them."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """The table as Markdown; its first column to the left, figures to the right."""
        cells = [tuple(map(_cell, row)) for row in (self.columns, *self.rows)]
        if any(len(row) != len(self.columns) for row in cells):
            raise ValueError(f"{self.title}: a row has more or fewer cells than there are columns")
        widths = [max(3, *(len(row[number]) for row in cells)) for number in range(len(self.columns))]
        rule = "|".join(
            "-" * (width + 2) if not number else "-" * (width + 1) + ":" for number, width in enumerate(widths)
        )
        head, *rows = (_line(row, widths) for row in cells)
        notes = [f"- {note}" for note in self.notes]
        return "\n".join([f"### {self.title}", "", head, f"|{rule}|", *rows, *(["", *notes] if notes else []), ""])


def keep(name: str, head: str, tables: Sequence[Table], folder: Path = FOLDER) -> tuple[Path, Path]:
    """Write the tables as `<name>.md` and `<name>.json`, over an earlier run's; where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    markdown, programs = folder / f"{name}.md", folder / f"{name}.json"
    markdown.write_text("\n".join([head, "", *(table.markdown() for table in tables)]), "utf-8")
    told = {"head": head.splitlines(), "tables": [asdict(table) for table in tables]}
    programs.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return markdown, programs


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    first, *others = row
    figures = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
    return f"| {' | '.join([first.ljust(widths[0]), *figures])} |"
