"""Evidence in SQL, and what it makes of its person."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import BigInteger, bindparam, exists, insert, select, update

from idp.clock import Instant
from idp.entropy import random_token
from idp.model.account import NewAccount, Proofed
from idp.model.evidence import Evidence, EvidenceMethod, NewEvidence, WithdrawalReason
from idp.model.policy import Proofing
from idp.storage.many_rows import ManyRows
from idp.storage.statements import Row
from idp.storage.tables import (
    accounts,
    evidence,
    identifiers,
    is_document,
    is_identifier_in_force,
    is_name_in_force,
    names,
)
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

IMPORT = "import"
"""The source of what another system said."""
COLUMNS = (
    "account_id", "check_id", "source", "method", "proofing",
    "verified_at", "expires_at", "recorded_at", "operator_id", "reference",
)  # fmt: skip
MANY_EVIDENCE = ManyRows(insert(evidence), COLUMNS)

_person = bindparam("of_account", type_=BigInteger)
_LOCK = select(accounts.c.id).where(accounts.c.id == _person).with_for_update()
_ADD = insert(evidence).returning(evidence.c.id)
_OF_ACCOUNT = select(evidence).where(evidence.c.account_id == _person).order_by(evidence.c.id)
_WITHDRAW_ALL = (
    update(evidence)
    .where(evidence.c.account_id == _person, evidence.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("at"), withdrawn_why=bindparam("why"))
)
_WITHDRAW = _WITHDRAW_ALL.where(evidence.c.id == bindparam("of_evidence", type_=BigInteger))
_NAMED_FROM = select(names.c.valid_from).where(
    names.c.account_id == _person,
    is_name_in_force,
    exists().where(
        identifiers.c.account_id == names.c.account_id,
        is_document,
        is_identifier_in_force,
    ),
)
_SETTLE = update(accounts).where(accounts.c.id == _person)


class SqlEvidence:
    """Implements `ports.EvidenceRecords`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, account_id: int, new: NewEvidence, at: Instant) -> Evidence:
        """Write it down, and what the account is worth with it."""
        self._transaction.write(_LOCK, {"of_account": account_id})
        check_id = random_token(16)
        values = dict(zip(COLUMNS, _values(account_id, check_id, new, at), strict=True))
        row = self._transaction.write(_ADD, values)
        assert row is not None  # INSERT … RETURNING
        self._settle(account_id, at)
        members = {name: getattr(new, name) for name in NewEvidence.__dataclass_fields__}
        return Evidence(id=row.id, check_id=check_id, recorded_at=at, **members)

    def of_account(self, account_id: int) -> Sequence[Evidence]:
        """All of one person."""
        return [evidence_of(row) for row in self._transaction.find_all(_OF_ACCOUNT, {"of_account": account_id})]

    def withdraw(self, account_id: int, evidence_id: int, why: WithdrawalReason, at: Instant) -> bool:
        """Take one back."""
        if not can_be_id(evidence_id):
            return False
        self._transaction.write(_LOCK, {"of_account": account_id})
        values = {"of_account": account_id, "of_evidence": evidence_id, "why": why.value, "at": at}
        is_withdrawn = self._transaction.change(_WITHDRAW, values) == 1
        if is_withdrawn:
            self._settle(account_id, at)
        return is_withdrawn

    def withdraw_all(self, account_id: int, why: WithdrawalReason, at: Instant) -> int:
        """Take all back."""
        self._transaction.write(_LOCK, {"of_account": account_id})
        values = {"of_account": account_id, "why": why.value, "at": at}
        withdrawn = self._transaction.change(_WITHDRAW_ALL, values)
        self._settle(account_id, at)
        return withdrawn

    def _settle(self, account_id: int, now: Instant) -> None:
        """Write what the account is worth into its row, where every request finds it without looking here."""
        said = self._transaction.find(_NAMED_FROM, {"of_account": account_id})
        least = Proofed(Proofing.P0) if said is None else Proofed(Proofing.P1, Instant(said.valid_from))
        steps = steps_of((each for each in self.of_account(account_id) if each.counts_at(now)), least)
        values = {
            "of_account": account_id,
            "proofing": int(steps[0].level),
            "proofed_at": steps[0].at,
            "proofing_steps": None if len(steps) == 1 else to_json(steps).decode(),
        }
        self._transaction.change(_SETTLE, values)


def steps_of(evidence: Iterable[Evidence], least: Proofed) -> tuple[Proofed, ...]:
    """What a person is worth by and by: the highest first, and of equals the newest; each lasts longer than those before it."""
    made = [Proofed(each.proofing, each.verified_at, each.expires_at) for each in evidence]
    made.sort(key=lambda each: (each.level, each.at or 0), reverse=True)
    steps: list[Proofed] = []
    for each in (*made, least):
        until = steps[-1].until if steps else Instant(0)
        if until is None:
            break
        if each.until is None or each.until > until:
            steps.append(each)
    return tuple(steps)


def of_new(account_id: int, account: NewAccount) -> tuple[Any, ...] | None:
    """The row that says by what a new account is worth what it is; None: it is worth no more than its person says."""
    if account.proofing < Proofing.P2:
        return None
    said = NewEvidence(
        source=IMPORT, method=EvidenceMethod.IMPORTED, proofing=account.proofing, verified_at=account.proofed_at
    )
    return _values(account_id, random_token(16), said, account.created_at)


def evidence_of(row: Row) -> Evidence:
    """The evidence in a row with all columns."""
    return Evidence(
        id=row.id,
        check_id=row.check_id,
        source=row.source,
        method=EvidenceMethod(row.method),
        proofing=Proofing(row.proofing),
        verified_at=row.verified_at,
        expires_at=row.expires_at,
        recorded_at=row.recorded_at,
        operator_id=row.operator_id,
        reference=row.reference,
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=None if row.withdrawn_why is None else WithdrawalReason(row.withdrawn_why),
    )


def _values(account_id: int, check_id: str, new: NewEvidence, at: Instant) -> tuple[Any, ...]:
    return (
        account_id,
        check_id,
        new.source,
        new.method.value,
        int(new.proofing),
        new.verified_at,
        new.expires_at,
        at,
        new.operator_id,
        new.reference,
    )
