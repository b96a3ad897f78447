"""Waiting recoveries in SQL."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.recovery import Basis, Recovery, RecoveryOutcome
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import is_recovery_waiting, recoveries
from idp.storage.transaction import Transaction

_OPEN = (
    insert(recoveries)
    .on_conflict_do_nothing(index_elements=[recoveries.c.account_id], index_where=is_recovery_waiting)
    .returning(recoveries.c.id)
)
_WAITING = select(recoveries).where(
    recoveries.c.account_id == bindparam("of_account", type_=BigInteger), is_recovery_waiting
)
_of_recovery = recoveries.c.id == bindparam("of_recovery", type_=BigInteger)
_GET = select(recoveries).where(_of_recovery, is_recovery_waiting)
_ENDED = update(recoveries).values(ended_at=bindparam("at"), outcome=bindparam("how"))
_END = _ENDED.where(_of_recovery, is_recovery_waiting)
_END_OF = _ENDED.where(recoveries.c.account_id == bindparam("of_account", type_=BigInteger), is_recovery_waiting)
_RIPE = (
    select(recoveries.c.id)
    .where(
        is_recovery_waiting,
        recoveries.c.ripe_at <= bindparam("now", type_=BigInteger),
        recoveries.c.id > bindparam("after_id", type_=BigInteger),
    )
    .order_by(recoveries.c.id)
    .limit(bindparam("most", type_=BigInteger))
)


class SqlRecoveries:
    """Implements `ports.Recoveries`; ended ones stay for a while, to be read in the export."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def open(self, account_id: int, basis: Basis, phone: str, at: Instant, ripe_at: Instant) -> bool:
        """Begin to wait; False: another one waits already."""
        sealed = self._fields.seal(recoveries.c.sealed_phone, _place(account_id, at), phone)
        values = {"account_id": account_id, "basis": basis.value, "sealed_phone": sealed}
        return self._transaction.write(_OPEN, {**values, "opened_at": at, "ripe_at": ripe_at}) is not None

    def waiting(self, account_id: int) -> Recovery | None:
        """The one of this person that waits."""
        row = self._transaction.find(_WAITING, {"of_account": account_id})
        return None if row is None else recovery_of(row, self._fields)

    def get(self, recovery_id: int) -> Recovery | None:
        """It, while it waits."""
        row = self._transaction.find(_GET, {"of_recovery": recovery_id})
        return None if row is None else recovery_of(row, self._fields)

    def end(self, recovery_id: int, outcome: RecoveryOutcome, at: Instant) -> bool:
        """End it; False: it had ended."""
        return self._transaction.change(_END, {"of_recovery": recovery_id, "how": outcome.value, "at": at}) == 1

    def end_of(self, account_id: int, outcome: RecoveryOutcome, at: Instant) -> bool:
        """End what waits for this person; False: nothing does."""
        return self._transaction.change(_END_OF, {"of_account": account_id, "how": outcome.value, "at": at}) == 1

    def ripe(self, now: Instant, limit: int, after_id: int = 0) -> Sequence[int]:
        """The ids of so many at most whose time has come, the oldest first; none of them is decrypted."""
        key = {"now": now, "most": limit, "after_id": after_id}
        return [row.id for row in self._transaction.find_all(_RIPE, key)]


def recovery_of(row: Row, fields: SealedFields) -> Recovery:
    """A row of recoveries as a value; raises `Unavailable` when its phone does not decrypt."""
    return Recovery(
        id=row.id,
        account_id=row.account_id,
        basis=Basis(row.basis),
        phone=fields.open(recoveries.c.sealed_phone, _place(row.account_id, row.opened_at), row.sealed_phone),
        opened_at=row.opened_at,
        ripe_at=row.ripe_at,
    )


def _place(account_id: int, opened_at: Instant) -> str:
    return f"{account_id} {opened_at}"
