"""Permits in SQL: one for each thing that a command may do."""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.storage.tables import permits
from idp.storage.transaction import Transaction

_insert = insert(permits)
_GRANT = _insert.on_conflict_do_update(
    index_elements=[permits.c.operation, permits.c.subject], set_={"expires_at": _insert.excluded.expires_at}
)
_FIND = select(permits.c.expires_at).where(
    permits.c.operation == bindparam("of_operation"), permits.c.subject == bindparam("of_subject")
)


class SqlPermits:
    """Implements `ports.Permits`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def grant(self, operation: str, subject: str, until: Instant) -> None:
        """From now on, in the place of an earlier one."""
        self._transaction.change(_GRANT, {"operation": operation, "subject": subject, "expires_at": until})

    def until(self, operation: str, subject: str) -> Instant | None:
        """How long it may be done; None: nobody ever permitted it."""
        row = self._transaction.find(_FIND, {"of_operation": operation, "of_subject": subject})
        return None if row is None else Instant(row.expires_at)
