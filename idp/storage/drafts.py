"""Drafts and kept answers in SQL."""

import hashlib
from collections.abc import Sequence

from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, Integer, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.draft import Draft, DraftState, NewDraft
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import drafts, is_undecided, kept_answers
from idp.storage.transaction import Transaction
from idp.storage.unverified import LARGEST_ID, can_be_id, can_be_text

_of_number = drafts.c.id == bindparam("of_id", type_=BigInteger)
_ADD = insert(drafts).returning(*drafts.c)
_GET = select(drafts).where(_of_number)
_DECIDE = update(drafts).where(_of_number, drafts.c.state == bindparam("known"), is_undecided)
_PAGE = (
    select(drafts)
    .where(drafts.c.id < bindparam("before", type_=BigInteger))
    .order_by(drafts.c.id.desc())
    .limit(bindparam("rows", type_=Integer))
)
_PAGE_OF_STATE = _PAGE.where(drafts.c.state == bindparam("of_state"))
_OPEN = select(func.count().label("rows")).where(
    is_undecided,
    or_(drafts.c.state == DraftState.URGENT.value, drafts.c.expires_at > bindparam("now", type_=BigInteger)),
)
_FIND = select(kept_answers).where(
    kept_answers.c.caller == bindparam("of_caller"), kept_answers.c.key_digest == bindparam("of_key")
)
_KEEP = (
    postgresql.insert(kept_answers)
    .on_conflict_do_nothing(index_elements=[kept_answers.c.caller, kept_answers.c.key_digest])
    .returning(kept_answers.c.id)
)


class SqlDrafts:
    """Implements `ports.Drafts`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def add(self, draft: NewDraft) -> Draft:
        """Write one."""
        place = _place(draft.target, draft.proposed_at)
        values = {
            "operation": draft.operation,
            "target": draft.target,
            "sealed_wanted": self._fields.seal(drafts.c.sealed_wanted, place, draft.wanted),
            "version": draft.version,
            "changes": to_json(draft.changes).decode(),
            "sealed_reason": self._fields.seal(drafts.c.sealed_reason, place, draft.reason),
            "proposed_by": draft.proposed_by,
            "proposed_via": draft.proposed_via,
            "proposed_at": draft.proposed_at,
            "expires_at": draft.expires_at,
            "state": draft.state.value,
        }
        row = self._transaction.write(_ADD, values)
        assert row is not None  # INSERT … RETURNING
        return self._draft(row)

    def get(self, draft_id: int) -> Draft | None:
        """The one with this number."""
        row = self._transaction.find(_GET, {"of_id": draft_id}) if can_be_id(draft_id) else None
        return None if row is None else self._draft(row)

    def decide(self, draft: Draft, state: DraftState, by: int | None, at: Instant) -> bool:
        """Leave the state in which it was read; False: somebody was faster."""
        values = {"of_id": draft.id, "known": draft.state.value, "state": state.value, "decided_by": by}
        return self._transaction.change(_DECIDE, {**values, "decided_at": at}) > 0

    def page(self, *, before: int | None, limit: int, state: DraftState | None = None) -> Sequence[Draft]:
        """The newest, older than the one with this number; of one state or of all."""
        if before is not None and not can_be_id(before):
            return []
        values = {"before": before or LARGEST_ID, "rows": limit}
        if state is None:
            rows = self._transaction.find_all(_PAGE, values)
        else:
            rows = self._transaction.find_all(_PAGE_OF_STATE, {**values, "of_state": state.value})
        return [self._draft(row) for row in rows]

    def open_count(self, now: Instant) -> int:
        """How many somebody may decide on."""
        row = self._transaction.find(_OPEN, {"now": now})
        return 0 if row is None else int(row.rows)

    def _draft(self, row: Row) -> Draft:
        place = _place(row.target, row.proposed_at)
        return Draft(
            id=row.id,
            operation=row.operation,
            target=row.target,
            wanted=self._fields.open(drafts.c.sealed_wanted, place, row.sealed_wanted),
            version=row.version,
            changes=tuple(from_json(row.changes)),
            reason=self._fields.open(drafts.c.sealed_reason, place, row.sealed_reason),
            proposed_by=row.proposed_by,
            proposed_via=row.proposed_via,
            proposed_at=row.proposed_at,
            expires_at=row.expires_at,
            state=DraftState(row.state),
            decided_by=row.decided_by,
            decided_at=row.decided_at,
        )


class SqlKeptAnswers:
    """Implements `ports.KeptAnswers`; of keys digests alone are kept."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def find(self, caller: str, key: str) -> tuple[bytes, str] | None:
        """The digest of what was asked, and the answer."""
        if not can_be_text(caller):
            return None
        digest = _digest(key)
        row = self._transaction.find(_FIND, {"of_caller": caller, "of_key": digest})
        if row is None:
            return None
        place = f"{caller} {digest.hex()}"
        return row.asked_digest, self._fields.open(kept_answers.c.sealed_answer, place, row.sealed_answer)

    def keep(self, caller: str, key: str, asked: bytes, answer: str, at: Instant) -> bool:
        """Write it; False: another one was faster."""
        digest = _digest(key)
        values = {
            "caller": caller,
            "key_digest": digest,
            "asked_digest": asked,
            "sealed_answer": self._fields.seal(kept_answers.c.sealed_answer, f"{caller} {digest.hex()}", answer),
            "answered_at": at,
        }
        return self._transaction.write(_KEEP, values) is not None


def _place(target: str, proposed_at: int) -> str:
    return f"{target} {proposed_at}"


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
