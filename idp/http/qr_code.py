"""Drawings that telephones read: worked out here, black on white in every theme, as one path of an SVG."""

from dataclasses import dataclass

QUIET_ZONE = 4
"""Modules of white around it (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """What a template draws: a square of so many units, and the path of its dark parts."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The drawing of a text, with 15 % to spare for scratches and reflections."""
    import segno  # loads with the first drawing

    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=QUIET_ZONE))
    runs = [run for y, row in enumerate(rows) for run in _dark_runs(bytes(row), y)]
    return QrCode(len(rows), "".join(runs))


def _dark_runs(row: bytes, y: int) -> list[str]:
    """A rectangle for each stretch of dark modules."""
    runs, x = [], 0
    while (start := row.find(1, x)) >= 0:
        end = row.find(0, start)
        x = end if end >= 0 else len(row)
        runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
    return runs
