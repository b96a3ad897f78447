"""Stored factors in SQL, sealed for the person and kind they belong to."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.credential import Credential, CredentialKind
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import credentials, former_passwords
from idp.storage.transaction import Transaction

_of_person = credentials.c.account_id == bindparam("account_id")
_of_kind = credentials.c.kind == bindparam("kind")
_GET = select(credentials.c.id, credentials.c.sealed_secret, credentials.c.created_at, credentials.c.used_at).where(
    _of_person, _of_kind
)
_KINDS = select(credentials.c.kind).where(_of_person).order_by(credentials.c.kind)
_REMOVE_ALL = delete(credentials).where(_of_person)
_of_former = former_passwords.c.account_id == bindparam("of_account")
_FORMER = select(former_passwords).where(_of_former).order_by(former_passwords.c.id.desc())
_KEEP_FORMER = insert(former_passwords)
_FORGET_FORMER = delete(former_passwords).where(former_passwords.c.id == bindparam("of_id"))
_FORGET_ALL_FORMER = delete(former_passwords).where(_of_former)
_insert = insert(credentials)
_PUT = _insert.on_conflict_do_update(
    index_elements=[credentials.c.account_id, credentials.c.kind],
    set_={
        "sealed_secret": _insert.excluded.sealed_secret,
        "created_at": _insert.excluded.created_at,
        "used_at": null(),
        "last_step": null(),
    },
)
_IMPROVE = (
    update(credentials)
    .where(credentials.c.id == bindparam("known_id"), credentials.c.created_at == bindparam("known_at"))
    .values(sealed_secret=bindparam("sealed"))
)
_USE_STEP = (
    update(credentials)
    .where(
        credentials.c.account_id == bindparam("of_account"),
        credentials.c.kind == CredentialKind.ONE_TIME_CODE.value,
        or_(credentials.c.last_step.is_(None), credentials.c.last_step < bindparam("step")),
    )
    .values(last_step=bindparam("step"), used_at=bindparam("at"))
)
_REMOVE = delete(credentials).where(_of_person, _of_kind)


class SqlCredentials:
    """Implements `ports.Credentials`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def get(self, account_id: int, kind: CredentialKind) -> Credential | None:
        """The person's factor of this kind."""
        row = self._transaction.find(_GET, {"account_id": account_id, "kind": kind.value})
        if row is None:
            return None
        return Credential(
            id=row.id,
            account_id=account_id,
            kind=kind,
            secret=self._fields.open(credentials.c.sealed_secret, _row(account_id, kind), row.sealed_secret),
            created_at=row.created_at,
            used_at=row.used_at,
        )

    def put(self, account_id: int, kind: CredentialKind, secret: str, at: Instant) -> None:
        """Set or replace it; steps that were used were those of the secret before."""
        sealed = self._fields.seal(credentials.c.sealed_secret, _row(account_id, kind), secret)
        values = {"account_id": account_id, "kind": kind.value, "sealed_secret": sealed, "created_at": at}
        self._transaction.change(_PUT, values)

    def former(self, account_id: int) -> Sequence[str]:
        """Hashes of passwords that the person had before, the last one first."""
        rows = self._transaction.find_all(_FORMER, {"of_account": account_id})
        column = former_passwords.c.sealed_secret
        return [self._fields.open(column, _former(account_id, row.replaced_at), row.sealed_secret) for row in rows]

    def keep_former(self, known: Credential, most: int, at: Instant) -> None:
        """Keep this one beside those before it, so many at most."""
        column, place = former_passwords.c.sealed_secret, _former(known.account_id, at)
        values = {"account_id": known.account_id, "replaced_at": at}
        self._transaction.change(
            _KEEP_FORMER, {**values, "sealed_secret": self._fields.seal(column, place, known.secret)}
        )
        rows = self._transaction.find_all(_FORMER, {"of_account": known.account_id})
        for row in rows[most:]:
            self._transaction.change(_FORGET_FORMER, {"of_id": row.id})

    def forget_former(self, account_id: int) -> None:
        """Forget the passwords that the person had before."""
        self._transaction.change(_FORGET_ALL_FORMER, {"of_account": account_id})

    def improve(self, known: Credential, secret: str) -> None:
        """A better hash of the same password; one that was set since stays."""
        sealed = self._fields.seal(credentials.c.sealed_secret, _row(known.account_id, known.kind), secret)
        self._transaction.change(_IMPROVE, {"known_id": known.id, "known_at": known.created_at, "sealed": sealed})

    def use_step(self, account_id: int, step: int, at: Instant) -> bool:
        """Use up a step and all before it; False: it was used up."""
        return self._transaction.change(_USE_STEP, {"of_account": account_id, "step": step, "at": at}) == 1

    def remove(self, account_id: int, kind: CredentialKind) -> bool:
        """Forget one factor."""
        return self._transaction.change(_REMOVE, {"account_id": account_id, "kind": kind.value}) == 1

    def kinds(self, account_id: int) -> Sequence[CredentialKind]:
        """The kinds of factors that the person has."""
        rows = self._transaction.find_all(_KINDS, {"account_id": account_id})
        return [CredentialKind(row.kind) for row in rows]

    def remove_all(self, account_id: int) -> None:
        """Forget every factor of the person."""
        self._transaction.change(_REMOVE_ALL, {"account_id": account_id})
        self.forget_former(account_id)


def _former(account_id: int, replaced_at: Instant) -> str:
    return f"{account_id} {replaced_at}"


def _row(account_id: int, kind: CredentialKind) -> str:
    return f"{account_id} {kind.value}"
