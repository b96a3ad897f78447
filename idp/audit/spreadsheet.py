"""The events of an export as a table for a spreadsheet, in which nothing that somebody typed is a formula (threat M10)."""

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from idp.clock import Instant, in_china

COLUMNS = (
    *("id", "kind", "action", "at", "outcome", "account_id"),
    *("client_id", "session_id", "channel", "request_id", "data", "actor_id"),
)
"""What the members of an event's line are, in their order."""
_AT = COLUMNS.index("at")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Where a spreadsheet begins to reckon; Chinese ones read the wide forms, too."""


def write(lines: Iterable[bytes], file: TextIO) -> int:
    """A heading and a row for each event, by RFC 4180; how many rows."""
    rows, table = 0, csv.writer(file, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    for line in lines:
        columns = json.loads(line)
        columns[_AT] = in_china(Instant(columns[_AT])).isoformat()
        table.writerow([cell(column) for column in columns])
        rows += 1
    return rows


def cell(value: object) -> str:
    """As text; where a spreadsheet would reckon, an apostrophe before it says that it is text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.lstrip(" \u00a0\u3000\ufeff").startswith(_FORMULA) else text
