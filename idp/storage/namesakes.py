"""People who share a name and a year of birth, in SQL: by a blind index of both, in the order of their accounts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from sqlalchemy import BigInteger, bindparam, exists, select, update

from idp.errors import Unavailable
from idp.model.account import Attributes, Identifier, IdentifierKind
from idp.model.namesake import DATED, NameAndYear, Namesake, name_and_year_of
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.among import among
from idp.storage.attribute_columns import ATTRIBUTE_COLUMNS, attributes_of, place_of, with_attributes
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import accounts, identifiers, is_name_in_force, is_name_unindexed, names
from idp.storage.transaction import Transaction

NOTHING = b""
"""Of a name that nothing dates: it has been looked at."""
_KIND = "name and birth year"

PAGE = (
    select(names.c.account_id)
    .where(
        names.c.blind_index == bindparam("of_both"),
        names.c.account_id > bindparam("after_account", type_=BigInteger),
    )
    .order_by(names.c.account_id)
    .limit(bindparam("most", type_=BigInteger))
)
_OF = (
    select(*ACCOUNT_COLUMNS, *ATTRIBUTE_COLUMNS)
    .select_from(with_attributes(accounts))
    .where(accounts.c.id.in_(bindparam("account_ids", expanding=True)))
    .order_by(accounts.c.id, identifiers.c.id)
)
UNINDEXED = (
    select(names.c.id, names.c.account_id, names.c.sealed_name, names.c.valid_from)
    .where(is_name_unindexed, names.c.id > bindparam("after_name", type_=BigInteger))
    .order_by(names.c.id)
    .limit(bindparam("most", type_=BigInteger))
)
_IS_ANY_UNINDEXED = select(exists().where(is_name_unindexed))
_held_columns = select(
    identifiers.c.account_id,
    identifiers.c.kind,
    identifiers.c.blind_index,
    identifiers.c.sealed_value,
    identifiers.c.superseded_at,
)
_DATED_OF = {
    is_sqlite: _held_columns.where(among(identifiers.c.account_id, "account_ids", is_sqlite=is_sqlite)).order_by(
        identifiers.c.id
    )
    for is_sqlite in (True, False)
}
# Whoever was closed meanwhile has nothing to be found by any more, and that stays.
_INDEX = (
    update(names).where(names.c.id == bindparam("of_name"), is_name_unindexed).values(blind_index=bindparam("of_both"))
)
INDEX_AGAIN = (
    update(names)
    .where(names.c.account_id == bindparam("of_account"), is_name_in_force)
    .values(blind_index=bindparam("of_both"))
)
"""Whatever a person is found by now stands beside their name."""


class Indexing(Protocol):
    """The fields, or the key that one transaction writes with."""

    def index(self, kind: str, value: str) -> bytes:
        """A keyed digest by which a value is found."""


def index_of(indexing: Indexing, name: str | None, known_by: Iterable[Identifier]) -> bytes:
    """What stands beside a name of somebody with these identifiers."""
    both = name_and_year_of(name, known_by)
    return NOTHING if both is None else indexing.index(_KIND, both.key)


def dated_of(transaction: Transaction, account_ids: Sequence[int]) -> Sequence[Row]:
    """What dates these people now: their identifiers, still sealed.

    All that they ever had is read: for a condition on its kind or state the planner of PostgreSQL may choose to read what
    everybody has of it.
    """
    if not account_ids:
        return ()
    rows = transaction.find_all(_DATED_OF[transaction.is_sqlite], {"account_ids": list(account_ids)})
    return [row for row in rows if row.superseded_at is None and row.kind in DATED]


class SqlNamesakes:
    """Implements `ports.Namesakes`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def page(self, wanted: NameAndYear, *, after: int, limit: int) -> Sequence[int]:
        """The next ids, stored under any key version that is still known: a page of each, of which the first count.

        The current one comes last: a name that is written again under it meanwhile is seen twice, and not missed.
        """
        found = {
            row.account_id
            for of_both in reversed(self._fields.cipher.indexes(_KIND, wanted.key))
            for row in self._transaction.find_all(PAGE, {"of_both": of_both, "after_account": after, "most": limit})
        }
        return sorted(found)[:limit]

    def of(self, account_ids: Sequence[int]) -> Sequence[Namesake]:
        """These people, in ascending order."""
        rows = self._transaction.find_all(_OF, {"account_ids": list(account_ids)}) if account_ids else ()
        of_each = groupby(rows, attrgetter("account_id"))
        return [self._namesake(account_id, list(theirs)) for account_id, theirs in of_each]

    def is_complete(self) -> bool:
        """Whether every name has its index."""
        row = self._transaction.find(_IS_ANY_UNINDEXED)
        return row is not None and not row[0]

    def catch_up(self, *, after: int, limit: int) -> int | None:
        """Index the next names that have none, and the number of the last."""
        rows = self._transaction.find_all(UNINDEXED, {"after_name": after, "most": limit})
        if not rows:
            return None
        known_by = self._dated([row.account_id for row in rows])
        for row in rows:
            place = place_of(row.account_id, row.valid_from)
            name = self._fields.open_or_none(names.c.sealed_name, place, row.sealed_name)
            if name is not None:
                of_both = index_of(self._fields, name, known_by[row.account_id])
                self._transaction.change(_INDEX, {"of_name": row.id, "of_both": of_both})
        return int(rows[-1].id)

    def _namesake(self, account_id: int, rows: Sequence[Row]) -> Namesake:
        try:
            attributes = attributes_of(rows, account_id, self._fields)
        except Unavailable:  # one row that was altered must not hide all the others of the page
            attributes = Attributes()
        return Namesake(account_of(rows[0]), attributes)

    def _dated(self, account_ids: Sequence[int]) -> dict[int, list[Identifier]]:
        known_by: dict[int, list[Identifier]] = defaultdict(list)
        for row in dated_of(self._transaction, account_ids):
            place = place_of(row.account_id, row.blind_index.hex())
            value = self._fields.open(identifiers.c.sealed_value, place, row.sealed_value)
            known_by[row.account_id].append(Identifier(IdentifierKind(row.kind), value))
        return known_by
