"""Passkeys in SQL: public halves of keys, and under which name their person knows them."""

from collections.abc import Sequence

from sqlalchemy import LargeBinary, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.passkey import NewPasskey, Passkey, PasskeyUse
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import passkeys
from idp.storage.transaction import Transaction

_of_person = passkeys.c.account_id == bindparam("of_account")
_of_id = passkeys.c.id == bindparam("of_id")
_FIND = select(passkeys).where(passkeys.c.credential_id == bindparam("credential_id"))
_OF_ACCOUNT = select(passkeys).where(_of_person).order_by(passkeys.c.id)
_ADD = insert(passkeys).on_conflict_do_nothing(index_elements=[passkeys.c.credential_id]).returning(passkeys.c.id)
_USE = (
    update(passkeys)
    .where(
        _of_id,
        or_(
            passkeys.c.challenged_at.is_(None),
            passkeys.c.challenged_at < bindparam("at_challenge"),
            and_(passkeys.c.challenged_at == bindparam("at_challenge"), passkeys.c.challenge < bindparam("answered")),
        ),
    )
    .values(
        challenged_at=bindparam("at_challenge"),
        challenge=bindparam("answered"),
        sign_count=bindparam("new_count"),
        used_at=bindparam("at"),
        user_handle=func.coalesce(bindparam("handle", type_=LargeBinary), passkeys.c.user_handle),
    )
)
_RENAME = update(passkeys).where(_of_id, _of_person).values(sealed_name=bindparam("sealed"))
_REMOVE = delete(passkeys).where(_of_id, _of_person)
_REMOVE_ALL = delete(passkeys).where(_of_person)


class SqlPasskeys:
    """Implements `ports.Passkeys`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def find(self, credential_id: bytes) -> Passkey | None:
        """The passkey with this credential id, whosever it is."""
        row = self._transaction.find(_FIND, {"credential_id": credential_id})
        return None if row is None else self._passkey(row)

    def of_account(self, account_id: int) -> Sequence[Passkey]:
        """Those of one person, the oldest first."""
        return [self._passkey(row) for row in self._transaction.find_all(_OF_ACCOUNT, {"of_account": account_id})]

    def add(
        self, account_id: int, new: NewPasskey, name: str, at: Instant, *, user_handle: bytes | None = None
    ) -> bool:
        """Write it; False when its credential id is known, whosever it is."""
        values = {
            "account_id": account_id,
            "credential_id": new.credential_id,
            "public_key": new.public_key,
            "sign_count": new.sign_count,
            "aaguid": new.aaguid,
            "transports": " ".join(new.transports),
            "is_synced": new.is_synced,
            "sealed_name": self._fields.seal(passkeys.c.sealed_name, _row(account_id, new.credential_id), name),
            "created_at": at,
            "user_handle": user_handle,
        }
        return self._transaction.write(_ADD, values) is not None

    def use(self, passkey: Passkey, use: PasskeyUse, at: Instant) -> bool:
        """Note an answer; False when it answers no newer question than one before: it was sent twice."""
        answered = {"at_challenge": use.challenged_at, "answered": use.challenge, "new_count": use.sign_count}
        said = {"of_id": passkey.id, "at": at, "handle": use.user_handle}
        return self._transaction.change(_USE, {**said, **answered}) == 1

    def rename(self, passkey: Passkey, name: str) -> None:
        """Call it something else."""
        row = _row(passkey.account_id, passkey.credential_id)
        sealed = self._fields.seal(passkeys.c.sealed_name, row, name)
        self._transaction.change(_RENAME, {"of_id": passkey.id, "of_account": passkey.account_id, "sealed": sealed})

    def remove(self, account_id: int, passkey_id: int) -> bool:
        """Forget one; False: the person has none with this id."""
        return self._transaction.change(_REMOVE, {"of_id": passkey_id, "of_account": account_id}) == 1

    def remove_all(self, account_id: int) -> int:
        """Forget all of the person; how many there were."""
        return self._transaction.change(_REMOVE_ALL, {"of_account": account_id})

    def _passkey(self, row: Row) -> Passkey:
        return Passkey(
            id=row.id,
            account_id=row.account_id,
            credential_id=row.credential_id,
            public_key=row.public_key,
            sign_count=row.sign_count,
            aaguid=row.aaguid,
            transports=tuple(row.transports.split()),
            is_synced=row.is_synced,
            name=self._fields.open(passkeys.c.sealed_name, _row(row.account_id, row.credential_id), row.sealed_name),
            created_at=row.created_at,
            used_at=row.used_at,
            user_handle=row.user_handle,
        )


def _row(account_id: int, credential_id: bytes) -> str:
    return f"{account_id} {credential_id.hex()}"
