"""Whether a column has one of many values, written as each database looks it up by its index."""

from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, any_, bindparam


def among(column: Column[Any], name: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    """The condition; the parameter of this name takes a list.

    PostgreSQL is given one array: of hundreds of single parameters it would compare each with every row of a table that is
    not huge, since it plans before it knows them.
    """
    if is_sqlite:
        return column.in_(bindparam(name, expanding=True))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))
