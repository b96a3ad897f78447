"""Slips in SQL: digests alone, and one statement that uses one up."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, delete, insert, select

from idp.clock import Instant
from idp.model.policy import Level
from idp.model.recovery import Slip
from idp.storage.statements import Row
from idp.storage.tables import slips
from idp.storage.transaction import Transaction

_of_person = slips.c.account_id == bindparam("of_account", type_=BigInteger)
_is_good = slips.c.expires_at > bindparam("now", type_=BigInteger)
_ISSUE = insert(slips)
_FIND = select(slips).where(_of_person, slips.c.digest.in_(bindparam("digests", expanding=True)), _is_good)
_HELD = select(slips).where(_of_person, _is_good)
_USE = delete(slips).where(_of_person, slips.c.digest == bindparam("of_digest"), _is_good).returning(*slips.c)
_REMOVE = delete(slips).where(_of_person)


class SqlSlips:
    """Implements `ports.Slips`; one that was used is deleted, and the log says of it."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def issue(self, account_id: int, digest: bytes, level: Level, at: Instant, expires_at: Instant) -> None:
        """Write one in the place of the one before."""
        self.remove(account_id)
        values = {"account_id": account_id, "digest": digest, "level": int(level)}
        self._transaction.change(_ISSUE, {**values, "issued_at": at, "expires_at": expires_at})

    def find(self, account_id: int, digests: Sequence[bytes], now: Instant) -> Slip | None:
        """The person's slip, if it has one of these digests and still works."""
        row = self._transaction.find(_FIND, {"of_account": account_id, "digests": digests, "now": now})
        return None if row is None else _slip(row)

    def held(self, account_id: int, now: Instant) -> Slip | None:
        """The person's slip, if it still works."""
        row = self._transaction.find(_HELD, {"of_account": account_id, "now": now})
        return None if row is None else _slip(row)

    def use(self, account_id: int, digest: bytes, now: Instant) -> Slip | None:
        """Use it up; None: it was used, replaced, or has run out. By its digest: a number is given to the next row again."""
        row = self._transaction.write(_USE, {"of_account": account_id, "of_digest": digest, "now": now})
        return None if row is None else _slip(row)

    def remove(self, account_id: int) -> bool:
        """Forget the person's slip."""
        return self._transaction.change(_REMOVE, {"of_account": account_id}) > 0


def _slip(row: Row) -> Slip:
    return Slip(
        digest=row.digest,
        account_id=row.account_id,
        level=Level(row.level),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )
