"""What the columns of the tables are made of, and the catalogue that all tables are entered in."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Text

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

CATALOGUE = MetaData(naming_convention=NAMING)

ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""


def row_id() -> Column[Any]:
    """The sequential id of a row."""
    return Column("id", ID, primary_key=True)


def reference(name: str, target: str) -> Column[Any]:
    """The id of a row of another table."""
    return Column(name, ID, ForeignKey(target), nullable=False)


def words(name: str, *, nullable: bool = False) -> Column[Any]:
    """Text."""
    return Column(name, Text, nullable=nullable)


def octets(name: str, *, nullable: bool = False) -> Column[Any]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """Whole seconds since 1970."""
    return Column(name, BigInteger, nullable=nullable)


def number(name: str) -> Column[Any]:
    """A small number."""
    return Column(name, Integer, nullable=False)
