"""Holds on the log in SQL; the trigger of the log looks at the same rows."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, insert, select, update

from idp.clock import Instant
from idp.model.hold import Hold
from idp.storage.statements import Row
from idp.storage.tables import audit_holds
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_is_in_force = audit_holds.c.released_at.is_(None)
_PLACE = insert(audit_holds).returning(*audit_holds.c)
_IN_FORCE = select(audit_holds).where(_is_in_force).order_by(audit_holds.c.id)
_RELEASE = update(audit_holds).where(audit_holds.c.id == bindparam("of_id", type_=BigInteger), _is_in_force)


class SqlHolds:
    """Implements `ports.Holds`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def place(self, reference: str, since: Instant, by: int | None, at: Instant) -> Hold:
        """From now on."""
        values = {"reference": reference, "since": since, "placed_by": by, "placed_at": at}
        row = self._transaction.write(_PLACE, values)
        assert row is not None  # INSERT … RETURNING
        return _hold(row)

    def in_force(self) -> Sequence[Hold]:
        """Those that nobody has released, the oldest first."""
        return list(map(_hold, self._transaction.find_all(_IN_FORCE)))

    def release(self, hold_id: int, by: int | None, at: Instant) -> bool:
        """End it; False: there is none of this number in force."""
        if not can_be_id(hold_id):
            return False
        return self._transaction.change(_RELEASE, {"of_id": hold_id, "released_by": by, "released_at": at}) > 0


def _hold(row: Row) -> Hold:
    return Hold(
        id=row.id,
        reference=row.reference,
        since=row.since,
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        released_by=row.released_by,
        released_at=row.released_at,
    )
