"""What is common to all places that are written again under another master key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    select,
)

from idp.model.master_key import RekeyedRows
from idp.ports import Cipher
from idp.storage.statements import Row
from idp.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Page:
    """So many rows behind an id, which come to lie under this version."""

    version: int
    after_id: int
    rows: int

    @property
    def parameters(self) -> dict[str, object]:
        """For a statement made by `page_of`."""
        return {"version": bytes((self.version,)), "after_id": self.after_id, "rows": self.rows}


class Place(Protocol):
    """A column, or what stands in one."""

    def step(self, transaction: Transaction, cipher: Cipher, page: Page) -> RekeyedRows:
        """As `ports.Rekeying.step`."""


def lies_elsewhere(column: Column[Any]) -> ColumnElement[bool]:
    """Whether the header of this value names another version than `version`; the empty value has no header."""
    header = func.substr(column, 2, 1, type_=LargeBinary)
    return and_(
        column != bindparam("nothing", b"", type_=LargeBinary), header != bindparam("version", type_=LargeBinary)
    )


def only_if(condition: ColumnElement[bool], column: Column[Any]) -> ColumnElement[Any]:
    """The value where that holds, else nothing: what is done already is not sent once more."""
    return case((condition, column), else_=None).label("was")


def page_of(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    """The next rows by their ids, with these columns."""
    return (
        select(table.c.id, *columns)
        .where(table.c.id > bindparam("after_id", type_=BigInteger))
        .order_by(table.c.id)
        .limit(bindparam("rows", type_=BigInteger))
    )


def told(rows: Sequence[Row], wanted: int = 0, changed: int = 0, unreadable: Sequence[int] = ()) -> RekeyedRows:
    """What came of a page, of which so many rows were to be written and so many were."""
    return RekeyedRows(
        last_id=rows[-1].id if rows else None,
        looked_at=len(rows),
        rekeyed=changed,
        missed=wanted - changed,
        unreadable=tuple(unreadable),
    )
