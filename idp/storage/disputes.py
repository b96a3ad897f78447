"""Numbers that two people say are theirs, in SQL; what was claimed is sealed."""

from collections.abc import Sequence

from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.account import Identifier, IdentifierKind
from idp.model.dispute import Claim, Dispute, DisputeOutcome
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import disputes, is_dispute_waiting
from idp.storage.transaction import Transaction
from idp.storage.unverified import LARGEST_ID, can_be_id

_OPEN = (
    insert(disputes)
    .on_conflict_do_nothing(
        index_elements=[disputes.c.claimant_id, disputes.c.holder_id], index_where=is_dispute_waiting
    )
    .returning(disputes.c.id)
)
_of_dispute = disputes.c.id == bindparam("of_dispute", type_=BigInteger)
_GET = select(disputes).where(_of_dispute)
_WAITING = (
    select(disputes)
    .where(is_dispute_waiting, disputes.c.id < bindparam("before", type_=BigInteger))
    .order_by(disputes.c.id.desc())
    .limit(bindparam("most", type_=BigInteger))
)
_DECIDE = (
    update(disputes)
    .where(_of_dispute, is_dispute_waiting)
    .values(decided_at=bindparam("at", type_=BigInteger), outcome=bindparam("how"))
)


class SqlDisputes:
    """Implements `ports.Disputes`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def open(self, claimant_id: int, holder_id: int, claim: Claim, at: Instant) -> bool:
        """Write it down; False: it waits already."""
        said = {
            "name": claim.name,
            "kind": claim.document.kind.value,
            "number": claim.document.value,
            "source": claim.source,
            "reference": claim.reference,
            "answered_at": claim.answered_at,
        }
        sealed = self._fields.seal(disputes.c.sealed_claim, _place(claimant_id, holder_id), to_json(said).decode())
        values = {"claimant_id": claimant_id, "holder_id": holder_id, "sealed_claim": sealed, "opened_at": at}
        return self._transaction.write(_OPEN, values) is not None

    def get(self, dispute_id: int) -> Dispute | None:
        """It, decided or not."""
        row = self._transaction.find(_GET, {"of_dispute": dispute_id}) if can_be_id(dispute_id) else None
        return None if row is None else self._dispute(row)

    def waiting(self, before: int | None, limit: int) -> Sequence[Dispute]:
        """Those that nobody has decided, the newest first."""
        if before is not None and not can_be_id(before):
            return []
        parameters = {"before": before or LARGEST_ID, "most": limit}
        return [self._dispute(row) for row in self._transaction.find_all(_WAITING, parameters)]

    def decide(self, dispute_id: int, outcome: DisputeOutcome, at: Instant) -> bool:
        """End it; False: it was ended."""
        values = {"of_dispute": dispute_id, "how": outcome.value, "at": at}
        return self._transaction.change(_DECIDE, values) == 1

    def _dispute(self, row: Row) -> Dispute:
        place = _place(row.claimant_id, row.holder_id)
        said = from_json(self._fields.open(disputes.c.sealed_claim, place, row.sealed_claim))
        return Dispute(
            id=row.id,
            claimant_id=row.claimant_id,
            holder_id=row.holder_id,
            claim=Claim(
                name=said["name"],
                document=Identifier(IdentifierKind(said["kind"]), said["number"]),
                source=said["source"],
                reference=said["reference"],
                answered_at=said["answered_at"],
            ),
            opened_at=row.opened_at,
            decided_at=row.decided_at,
            outcome=None if row.outcome is None else DisputeOutcome(row.outcome),
        )


def _place(claimant_id: int, holder_id: int) -> str:
    return f"{claimant_id} {holder_id}"
