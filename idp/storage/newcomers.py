"""People who come many at a time, in SQL: a handful of statements for hundreds of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.entropy import random_uid
from idp.errors import Refused
from idp.model.account import AccountStatus, Identifier
from idp.model.credential import CredentialKind
from idp.model.imported_person import ImportedPerson, Subject, WrittenAccount
from idp.storage.attribute_columns import place_of
from idp.storage.evidence import MANY_EVIDENCE, of_new
from idp.storage.many_rows import ManyRows
from idp.storage.master_keys import Writing, hold
from idp.storage.namesakes import index_of
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import accounts, credentials, identifiers, is_identifier_in_force, names, subjects
from idp.storage.transaction import Transaction

_HOLDERS = select(identifiers.c.blind_index, identifiers.c.account_id).where(
    identifiers.c.kind.in_(bindparam("kinds", expanding=True)),
    identifiers.c.blind_index.in_(bindparam("indexes", expanding=True)),
    is_identifier_in_force,
)
_SUBJECT_HOLDERS = select(subjects.c.sub, subjects.c.account_id).where(
    subjects.c.sector == bindparam("sector"), subjects.c.sub.in_(bindparam("subs", expanding=True))
)
_ACCOUNTS = ManyRows(
    insert(accounts).returning(accounts.c.id, accounts.c.uid),
    ("uid", "status", "proofing", "proofed_at", "is_sandbox", "created_at"),
)
_NAMES = ManyRows(insert(names), ("account_id", "sealed_name", "blind_index", "valid_from"))
_IDENTIFIERS = ManyRows(
    insert(identifiers)
    .on_conflict_do_nothing(
        index_elements=[identifiers.c.kind, identifiers.c.blind_index], index_where=is_identifier_in_force
    )
    .returning(identifiers.c.id),
    ("account_id", "kind", "blind_index", "sealed_value", "verified_at", "valid_from"),
)
_CREDENTIALS = ManyRows(insert(credentials), ("account_id", "kind", "sealed_secret", "created_at"))
_SUBJECTS = ManyRows(
    insert(subjects).on_conflict_do_nothing().returning(subjects.c.id), ("account_id", "sector", "sub")
)
_PASSWORD = CredentialKind.PASSWORD.value

_Numbered = Sequence[tuple[int, ImportedPerson]]


class SqlNewcomers:
    """Implements `ports.Newcomers`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def holders(self, wanted: Collection[Identifier]) -> Mapping[Identifier, int]:
        """Who holds these at one moment, stored under any key version that is still known."""
        indexes = self._fields.cipher.indexes
        by_index = {index: each for each in wanted for index in indexes(each.kind.value, each.value)}
        # In one statement, so that of somebody who is written at this moment all is found, or nothing. Kinds have keys of
        # their own, so no two share an index.
        kinds = sorted({each.kind.value for each in wanted})
        rows = self._transaction.find_all(_HOLDERS, {"kinds": kinds, "indexes": list(by_index)}) if wanted else ()
        return {by_index[row.blind_index]: row.account_id for row in rows}

    def subject_holders(self, wanted: Collection[Subject]) -> Mapping[Subject, int]:
        """Who has these."""
        found: dict[Subject, int] = {}
        for sector in {subject.sector for subject in wanted}:
            subs = [subject.sub for subject in wanted if subject.sector == sector]
            rows = self._transaction.find_all(_SUBJECT_HOLDERS, {"sector": sector, "subs": subs})
            found |= {Subject(sector, row.sub): row.account_id for row in rows}
        return found

    def write(self, people: Sequence[ImportedPerson]) -> Sequence[WrittenAccount]:
        """Write them, in their order; raises `Refused("identifier_taken", …)` when somebody was faster."""
        uids = [random_uid() for _ in people]
        written = _ACCOUNTS.write(self._transaction, list(map(_account, uids, people)))
        ids = {row.uid: row.id for row in written}
        numbered = [(ids[uid], person) for uid, person in zip(uids, people, strict=True)]
        writing = hold(self._transaction, self._fields.cipher)
        self._refuse_those_held(people, writing)
        _NAMES.write(self._transaction, self._names(numbered, writing))
        self._write_all_or_spoil(_IDENTIFIERS, self._identifiers(numbered, writing))
        MANY_EVIDENCE.write(
            self._transaction, [said for id_, each in numbered if (said := of_new(id_, each.account)) is not None]
        )
        _CREDENTIALS.write(self._transaction, self._credentials(numbered, writing))
        self._write_all_or_spoil(
            _SUBJECTS, [(id_, each.sector, each.sub) for id_, p in numbered for each in p.subjects]
        )
        return [WrittenAccount(ids[uid], uid) for uid in uids]

    def _write_all_or_spoil(self, many: ManyRows, rows: Sequence[Sequence[Any]]) -> None:
        if len(many.write(self._transaction, rows)) != len(rows):
            self._refuse()

    def _refuse_those_held(self, people: Sequence[ImportedPerson], writing: Writing) -> None:
        """Under a former key: the UNIQUE index compares what is under one."""
        wanted = [(each.kind.value, each.value) for person in people for each in person.account.identifiers]
        indexes = [index for kind, value in wanted for index in writing.former_indexes(kind, value)]
        kinds = sorted({kind for kind, _ in wanted})
        if indexes and self._transaction.find_all(_HOLDERS, {"kinds": kinds, "indexes": indexes}):
            self._refuse()

    def _refuse(self) -> NoReturn:
        self._transaction.spoil()  # of some people only a part is written
        raise Refused("identifier_taken", "Another account came to hold one of these at this moment.", status=409)

    def _names(self, people: _Numbered, writing: Writing) -> list[tuple[Any, ...]]:
        return [
            (
                id_,
                self._fields.seal(names.c.sealed_name, place_of(id_, at), name, writing.version),
                index_of(writing, name, person.account.identifiers),
                at,
            )
            for id_, person in people
            if (name := person.account.name) is not None and (at := person.account.created_at) is not None
        ]

    def _identifiers(self, people: _Numbered, writing: Writing) -> list[tuple[Any, ...]]:
        return [
            self._identifier(id_, person, each, writing)
            for id_, person in people
            for each in person.account.identifiers
        ]

    def _identifier(
        self, id_: int, person: ImportedPerson, identifier: Identifier, writing: Writing
    ) -> tuple[Any, ...]:
        kind, at = identifier.kind, person.account.created_at
        index = writing.index(kind.value, identifier.value)
        place = place_of(id_, index.hex())
        sealed = self._fields.seal(identifiers.c.sealed_value, place, identifier.value, writing.version)
        return id_, kind.value, index, sealed, at if kind in person.verified else None, at

    def _credentials(self, people: _Numbered, writing: Writing) -> list[tuple[Any, ...]]:
        return [
            (id_, _PASSWORD, self._secret(id_, person.password_hash, writing), person.account.created_at)
            for id_, person in people
            if person.password_hash is not None
        ]

    def _secret(self, id_: int, password_hash: str, writing: Writing) -> bytes:
        place = place_of(id_, _PASSWORD)
        return self._fields.seal(credentials.c.sealed_secret, place, password_hash, writing.version)


def _account(uid: str, person: ImportedPerson) -> tuple[Any, ...]:
    account = person.account
    status, proofing = AccountStatus.ACTIVE.value, int(account.proofing)
    return uid, status, proofing, account.proofed_at, account.is_sandbox, account.created_at
