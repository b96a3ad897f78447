"""Recovery codes in SQL: digests alone, and one statement that uses one up (threat H04)."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, null, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.credential import RecoveryCodeBatch
from idp.storage.tables import recovery_codes
from idp.storage.transaction import Transaction

_of_person = recovery_codes.c.account_id == bindparam("of_account")
_of_digest = recovery_codes.c.digest == bindparam("of_digest")
_insert = insert(recovery_codes)
_PUT = _insert.on_conflict_do_update(
    index_elements=[recovery_codes.c.account_id, recovery_codes.c.place],
    set_={
        "digest": _insert.excluded.digest,
        "created_at": _insert.excluded.created_at,
        "used_at": null(),
    },
)
_BATCH = select(
    (func.count() - func.count(recovery_codes.c.used_at)).label("left"),
    func.max(recovery_codes.c.created_at).label("created_at"),
    func.max(recovery_codes.c.used_at).label("used_at"),
).where(_of_person)
_DIGESTS = select(recovery_codes.c.digest).where(_of_person)
_USE = (
    update(recovery_codes)
    .where(_of_person, _of_digest, recovery_codes.c.used_at.is_(None))
    .values(used_at=bindparam("at"))
)
_USED = select(recovery_codes.c.id).where(_of_person, _of_digest, recovery_codes.c.used_at.is_not(None))
_REMOVE = delete(recovery_codes).where(_of_person)


class SqlRecoveryCodes:
    """Implements `ports.RecoveryCodeBatches`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def replace(self, account_id: int, digests: Sequence[bytes], at: Instant) -> None:
        """Each takes the place of one of the batch before; two batches made at once wait for each other at the first."""
        for place, digest in enumerate(digests):
            values = {"account_id": account_id, "place": place, "digest": digest, "created_at": at}
            self._transaction.change(_PUT, values)

    def batch(self, account_id: int) -> RecoveryCodeBatch | None:
        """What is left of it."""
        row = self._transaction.find(_BATCH, {"of_account": account_id})
        if row is None or row.created_at is None:
            return None
        return RecoveryCodeBatch(left=row.left, created_at=row.created_at, used_at=row.used_at)

    def use(self, account_id: int, digests: Sequence[bytes], at: Instant) -> bool:
        """Use it up; False: somebody has, or it is none."""
        return any(
            self._transaction.change(_USE, {"of_account": account_id, "of_digest": digest, "at": at}) == 1
            for digest in digests
        )

    def are_kept(self, account_id: int, digests: Sequence[Sequence[bytes]]) -> bool:
        """Whether each is one of the batch."""
        rows = self._transaction.find_all(_DIGESTS, {"of_account": account_id})
        kept = {row.digest for row in rows}
        return all(not kept.isdisjoint(of_one) for of_one in digests)

    def is_used(self, account_id: int, digests: Sequence[bytes]) -> bool:
        """Whether somebody has."""
        found = [self._transaction.find(_USED, {"of_account": account_id, "of_digest": digest}) for digest in digests]
        return any(row is not None for row in found)

    def remove(self, account_id: int) -> bool:
        """Forget all of them."""
        return self._transaction.change(_REMOVE, {"of_account": account_id}) > 0
