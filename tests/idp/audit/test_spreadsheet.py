"""A table of the log: every event a row, nothing a formula (threat M10)."""

import csv
import io

import pytest

from idp.audit.seals import line_of
from idp.audit.spreadsheet import COLUMNS, write
from idp.storage.tables import events


def table_of(client_id: str) -> list[dict[str, str]]:
    columns = [
        1,
        "audit",
        "session.signed_in",
        1_800_000_000,
        "ok",
        None,
        client_id,
        None,
        "kiosk",
        "r",
        {"a": "王"},
        None,
    ]
    file = io.StringIO(newline="")
    assert write([line_of(columns)], file) == 1
    return list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))


def test_the_columns_are_those_of_the_log() -> None:
    """Red when a migration adds one and the table does not name it."""
    assert [column.name for column in events.c] == list(COLUMNS)


def test_a_row_says_what_the_event_says() -> None:
    (row,) = table_of("housing-fund")
    assert row["client_id"] == "housing-fund"
    assert row["at"] == "2027-01-15T16:00:00+08:00"
    assert (row["account_id"], row["data"]) == ("", '{"a": "王"}')


@pytest.mark.parametrize(
    "typed", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "\uff1d1", "\ufeff=1"]
)
def test_nothing_typed_is_a_formula(typed: str) -> None:
    """Mutation: a value stands in its cell as it was typed."""
    (row,) = table_of(typed)
    assert row["client_id"] == f"'{typed}"


@pytest.mark.parametrize("typed", ['","', '"\r\n"x', "a,b", "a\nb"])
def test_nothing_typed_makes_a_cell_or_a_row(typed: str) -> None:
    (row,) = table_of(typed)
    assert row["client_id"] == typed
