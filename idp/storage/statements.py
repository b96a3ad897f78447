"""Statements of SQLAlchemy Core as their driver takes them, compiled once per process.

Core stays the language in which every statement is written. What is left out is its machinery around each execution,
which costs more than the statement itself (docs/decisions/0015): the text, the order of the parameters and the
conversion of the columns never change, so they are worked out once.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Dialect, Executable, Insert, TextClause
from sqlalchemy.sql.compiler import SQLCompiler

Parameters: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Any
"""A named tuple of the statement's columns."""


class Outcome(NamedTuple):
    """What a statement gave back: its rows, and how many rows an UPDATE or DELETE touched."""

    rows: Sequence[Row]
    rowcount: int


class Prepared:
    """One statement for one kind of database, with these parameters."""

    __slots__ = ("_constants", "_converters", "_make_row", "_order", "has_rows", "is_expanding", "is_text", "text")

    def __init__(self, statement: Executable, names: Sequence[str], dialect: Dialect) -> None:
        compiled = _compile(statement, names, dialect)
        self.text = str(compiled)
        self.is_text = isinstance(statement, TextClause)
        # A list of unknown length changes the text each time: only Core itself can write that one down.
        self.is_expanding = bool(compiled.post_compile_params)
        self._order = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        self._constants = {name: value for name, value in compiled.params.items() if name not in names}
        columns = compiled._result_columns  # noqa: SLF001 - what the compiler knows of the columns has no public name
        self.has_rows = bool(columns)
        self._make_row = _row_maker([column.keyname for column in columns])
        self._converters = [
            (place, convert)
            for place, column in enumerate(columns)
            if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]

    def arguments(self, parameters: Parameters) -> Sequence[Any]:
        """The values in the order in which the text asks for them."""
        if self._constants:
            parameters = {**self._constants, **parameters}
        return [parameters[name] if convert is None else convert(parameters[name]) for name, convert in self._order]

    def rows(self, fetched: Sequence[Sequence[Any]]) -> Sequence[Row]:
        """What the driver fetched, with names and in our types."""
        if self._converters:
            fetched = [self._converted(row) for row in fetched]
        return [self._make_row(row) for row in fetched]

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for place, convert in self._converters:
            values[place] = convert(values[place])
        return values


_prepared: dict[str, dict[tuple[Executable, tuple[str, ...]], Prepared]] = {}
"""By the name of the dialect. They are constants of our modules, so their number is bounded."""


class Statements:
    """The prepared statements of one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared = _prepared.setdefault(dialect.name, {})

    def prepare(self, statement: Executable, parameters: Parameters) -> Prepared:
        """The statement with parameters of these names."""
        key = (statement, tuple(parameters))
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = Prepared(statement, key[1], self._dialect)
        return prepared


def _compile(statement: Executable, names: Sequence[str], dialect: Dialect) -> SQLCompiler:
    if isinstance(statement, Insert):
        statement = statement.inline()  # no RETURNING but the one that is written there
    compiled = statement.compile(dialect=dialect, column_keys=list(names))  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)
    return compiled


def _row_maker(names: Sequence[str]) -> Callable[[Sequence[Any]], Row]:
    if not names:  # the compiler knows nothing of the columns of a `text()`
        return tuple
    if len(set(names)) < len(names):  # the second one would be read under the name of the first
        raise ValueError(f"a statement has two columns of one name: {', '.join(names)}")
    named: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024
    make: Callable[[Sequence[Any]], Row] = named._make  # a public method of named tuples
    return make
