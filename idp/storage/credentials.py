"""Stored factors in SQL, sealed for the person and kind they belong to."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.credential import Credential, CredentialKind
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import credentials
from idp.storage.transaction import Transaction

_GET = select(credentials.c.id, credentials.c.sealed_secret, credentials.c.created_at).where(
    credentials.c.account_id == bindparam("account_id"), credentials.c.kind == bindparam("kind")
)
_of_person = credentials.c.account_id == bindparam("account_id")
_KINDS = select(credentials.c.kind).where(_of_person).order_by(credentials.c.kind)
_REMOVE_ALL = delete(credentials).where(_of_person)
_insert = insert(credentials)
_PUT = _insert.on_conflict_do_update(
    index_elements=[credentials.c.account_id, credentials.c.kind],
    set_={"sealed_secret": _insert.excluded.sealed_secret, "created_at": _insert.excluded.created_at},
)


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
        )

    def put(self, account_id: int, kind: CredentialKind, secret: str, at: Instant) -> None:
        """Set or replace it."""
        sealed = self._fields.seal(credentials.c.sealed_secret, _row(account_id, kind), secret)
        values = {"account_id": account_id, "kind": kind.value, "sealed_secret": sealed, "created_at": at}
        self._transaction.change(_PUT, values)

    def kinds(self, account_id: int) -> Sequence[CredentialKind]:
        """The kinds of factors that the person has."""
        rows = self._transaction.find_all(_KINDS, {"account_id": account_id})
        return [CredentialKind(row.kind) for row in rows]

    def remove_all(self, account_id: int) -> None:
        """Forget every factor of the person."""
        self._transaction.change(_REMOVE_ALL, {"account_id": account_id})


def _row(account_id: int, kind: CredentialKind) -> str:
    return f"{account_id} {kind.value}"
