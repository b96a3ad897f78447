"""The `sub` of each person in each sector, in SQL (OpenID Connect Core §8.1)."""

from collections.abc import Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.entropy import random_token
from idp.storage.tables import subjects
from idp.storage.transaction import Transaction

_SUB_BYTES = 16

_GET = select(subjects.c.sub).where(
    subjects.c.account_id == bindparam("account_id"), subjects.c.sector == bindparam("sector")
)
_GIVE = insert(subjects).on_conflict_do_nothing(index_elements=[subjects.c.account_id, subjects.c.sector])
_ALL = select(subjects.c.sector, subjects.c.sub).where(subjects.c.account_id == bindparam("account_id"))


class SqlSubjects:
    """Implements `ports.Subjects`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of(self, account_id: int, sector: str) -> str:
        """The person's `sub` in this sector; of two first calls at once, one gives it and both return it."""
        key = {"account_id": account_id, "sector": sector}
        row = self._transaction.find(_GET, key)
        if row is None:
            self._transaction.change(_GIVE, {**key, "sub": random_token(_SUB_BYTES)})
            row = self._transaction.find(_GET, key)
            assert row is not None  # written here or by whoever came first
        return str(row.sub)

    def all_of(self, account_id: int) -> Mapping[str, str]:
        """Every `sub` that the person has by now, by its sector."""
        return {row.sector: row.sub for row in self._transaction.find_all(_ALL, {"account_id": account_id})}
