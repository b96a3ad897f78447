"""Blind indexes, made again under another master key from what is encrypted beside them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, Column, LargeBinary, Text, and_, bindparam, case, func, select

from idp.model.account import Identifier, IdentifierKind
from idp.model.master_key import RekeyedRows
from idp.ports import Cipher
from idp.storage.attribute_columns import place_of
from idp.storage.keyed_columns import DIGESTS
from idp.storage.many_updates import ManyUpdates
from idp.storage.master_keys import Writing
from idp.storage.namesakes import dated_of, index_of
from idp.storage.rekeyed_place import Page, lies_elsewhere, only_if, page_of, told
from idp.storage.sealed_fields import place_of_column
from idp.storage.statements import Row
from idp.storage.tables import identifiers, is_identifier_in_force, names
from idp.storage.transaction import Transaction

_VALUE, _NAME = place_of_column(identifiers.c.sealed_value), place_of_column(names.c.sealed_name)
_is_held = and_(identifiers.c.blind_index.in_(bindparam("indexes", expanding=True)), is_identifier_in_force)
_given = select(
    func.unnest(bindparam("kinds", type_=ARRAY(Text))).label("kind"),
    func.unnest(bindparam("indexes", type_=ARRAY(LargeBinary))).label("index"),
).subquery()
_HELD = {
    True: select(identifiers.c.blind_index).where(identifiers.c.kind.in_(bindparam("kinds", expanding=True)), _is_held),
    False: select(identifiers.c.blind_index).join(
        _given,
        and_(identifiers.c.kind == _given.c.kind, identifiers.c.blind_index == _given.c.index, is_identifier_in_force),
    ),
}
"""For SQLite, and for PostgreSQL, which looks each of them up by its index: who holds these."""


class IdentifierIndex:
    """By which a number, phone or address is found; the value is bound to its index, so it is sealed again with it."""

    def __init__(self) -> None:
        index, value = identifiers.c.blind_index, identifiers.c.sealed_value
        self._page = page_of(
            identifiers,
            identifiers.c.account_id,
            identifiers.c.kind,
            index,
            identifiers.c.superseded_at,
            only_if(lies_elsewhere(index), value),
        )
        self._updates = ManyUpdates(index, (index, value))

    def step(self, transaction: Transaction, cipher: Cipher, page: Page) -> RekeyedRows:
        """Index again what lies under another key, unless somebody else holds it under this one."""
        rows = transaction.find_all(self._page, page.parameters)
        made: list[tuple[Row, bytes, bytes]] = []
        unreadable = []
        for row in rows:
            if row.was is None:
                continue
            value = cipher.open(_VALUE, row.was, place_of(row.account_id, row.blind_index.hex()))
            if value is None:
                unreadable.append(row.id)
                continue
            index = cipher.index(row.kind, value.decode(), version=page.version)
            place = place_of(row.account_id, index.hex())
            made.append((row, index, cipher.seal(_VALUE, value, place, version=page.version)))
        wanted, doubles = _apart(made, _held(transaction, made))
        changed = self._updates.write(transaction, wanted)
        return replace(told(rows, len(wanted), changed, unreadable), doubles=tuple(doubles))


def _held(transaction: Transaction, made: Sequence[tuple[Row, bytes, bytes]]) -> set[bytes]:
    """Those of these indexes that somebody has already."""
    if not made:
        return set()
    wanted = {"kinds": [row.kind for row, _, _ in made], "indexes": [index for _, index, _ in made]}
    found = transaction.find_all(_HELD[transaction.is_sqlite], wanted)
    return {bytes(row.blind_index) for row in found}


def _apart(
    made: Sequence[tuple[Row, bytes, bytes]], held: set[bytes]
) -> tuple[list[tuple[int, bytes, bytes, bytes]], list[int]]:
    """What can be written, and the ids of what nobody may write; a number that was given up hinders nobody."""
    wanted, doubles = [], []
    for row, index, sealed in made:
        if row.superseded_at is None and index in held:
            doubles.append(int(row.id))
            continue
        if row.superseded_at is None:
            held.add(index)
        wanted.append((int(row.id), row.blind_index, index, sealed))
    return wanted, doubles


class NameIndex:
    """By which people of a name and a birth year are found; the year stands in their numbers."""

    def __init__(self) -> None:
        index = names.c.blind_index
        self._page = page_of(
            names,
            names.c.account_id,
            names.c.sealed_name,
            names.c.valid_from,
            only_if(lies_elsewhere(index), index),
        )
        self._updates = ManyUpdates(index, (index,))

    def step(self, transaction: Transaction, cipher: Cipher, page: Page) -> RekeyedRows:
        """Index again what lies under another key."""
        rows = transaction.find_all(self._page, page.parameters)
        former = [row for row in rows if row.was is not None]
        known_by = _dated(transaction, cipher, [row.account_id for row in former])
        writing = Writing(cipher, page.version, ())
        wanted, unreadable = [], []
        for row in former:
            name = cipher.open(_NAME, row.sealed_name, place_of(row.account_id, row.valid_from))
            identifiers_of = known_by[row.account_id]
            if name is None or None in identifiers_of:
                unreadable.append(row.id)
                continue
            wanted.append((row.id, row.was, index_of(writing, name.decode(), filter(None, identifiers_of))))
        return told(rows, len(wanted), self._updates.write(transaction, wanted), unreadable)


def _dated(
    transaction: Transaction, cipher: Cipher, account_ids: Sequence[int]
) -> Mapping[int, list[Identifier | None]]:
    """What dates these people; None stands for what cannot be read."""
    known_by: dict[int, list[Identifier | None]] = defaultdict(list)
    for row in dated_of(transaction, account_ids):
        value = cipher.open(_VALUE, row.sealed_value, place_of(row.account_id, row.blind_index.hex()))
        read = None if value is None else Identifier(IdentifierKind(row.kind), value.decode())
        known_by[row.account_id].append(read)
    return known_by


class KeptDigests:
    """Digests that nobody can make again: they are counted."""

    def __init__(self, column: Column[Any]) -> None:
        is_left = lies_elsewhere(column) & DIGESTS[column]
        rows = page_of(column.table, case((is_left, 1), else_=0).label("is_left")).subquery()
        self._count = select(
            func.max(rows.c.id).label("last_id"),
            func.count().label("looked_at"),
            func.coalesce(func.sum(rows.c.is_left), 0).label("kept"),
        ).select_from(rows)

    def step(self, transaction: Transaction, cipher: Cipher, page: Page) -> RekeyedRows:
        """How many of the next rows lie under another key."""
        del cipher
        row = transaction.find(self._count, page.parameters)
        assert row is not None  # counts always give a row
        return RekeyedRows(last_id=row.last_id, looked_at=row.looked_at, kept=int(row.kept))
