"""The whole log of a person as a file: a table for a spreadsheet, or JSON for a program."""

import csv
import io
import json
from collections.abc import Iterable

from idp.events import Logged
from idp.http.languages import Language
from idp.http.response import NO_STORE, Response
from idp.pages.account._lines import Line

_BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else, and names become nonsense."""
_COLUMNS = ("moment", "what", "app", "channel", "device", "level", "tags", "reference")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(language: Language, lines: Iterable[Line], older: str | None) -> Response:
    """A table; no cell of it is a formula, whatever an app called itself."""
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow([language.plain(f"activity.column.{column}") for column in _COLUMNS])
    for line in lines:
        level = "" if line.level is None else language.plain(f"level.{line.level}")
        cells = (line.moment, line.what, line.app, line.channel, line.device, level, " ".join(line.tags), str(line.id))
        table.writerow([_harmless(cell) for cell in cells])
    if older is not None:
        table.writerow([language.plain("activity.older_at", path=older)])
    return _file("csv", "text/csv; charset=utf-8; header=present", _BOM + file.getvalue())


def as_json(entries: Iterable[tuple[Logged, Line]], older: str | None) -> Response:
    """Every fact as it was written down, with the words a person would read."""
    events = [
        {
            "id": logged.id,
            "at": line.moment,
            "action": logged.action,
            "outcome": logged.outcome,
            "client_id": logged.client_id,
            "app": line.app or None,
            "channel": logged.channel,
            "device": logged.data.get("device") or logged.device,
            "data": dict(logged.data),
            "words": line.what,
        }
        for logged, line in entries
    ]
    return _file("json", "application/json", json.dumps({"events": events, "older": older}, ensure_ascii=False))


def _harmless(cell: str) -> str:
    """A spreadsheet runs what begins like a formula (CSV injection): an apostrophe makes it text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _file(extension: str, content_type: str, text: str) -> Response:
    headers = (
        ("Content-Type", content_type),
        ("Content-Disposition", f'attachment; filename="activity.{extension}"'),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        *NO_STORE,
    )
    return Response(200, headers, text.encode())
