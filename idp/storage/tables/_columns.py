"""The kinds of columns that all tables are made of, and the one list of tables."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Text

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

# SQLite numbers rows by itself only in a column of type INTEGER.
ID = BigInteger().with_variant(Integer, "sqlite")


def row_id() -> Column[Any]:
    """The sequential primary key."""
    return Column("id", ID, primary_key=True)


def reference(name: str, target: str) -> Column[Any]:
    """A row of another table, by its number."""
    return Column(name, ID, ForeignKey(target), nullable=False)


def text(name: str, *, nullable: bool = False) -> Column[Any]:
    """Words; a list of them with spaces between."""
    return Column(name, Text, nullable=nullable)


def octets(name: str, *, nullable: bool = False) -> Column[Any]:
    """Bytes: a digest, or what is encrypted."""
    return Column(name, LargeBinary, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """Seconds since 1970."""
    return Column(name, BigInteger, nullable=nullable)


def number(name: str) -> Column[Any]:
    """A count."""
    return Column(name, Integer, nullable=False)
