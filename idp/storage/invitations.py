"""Invitations in SQL: digests of their secrets alone, and one statement that uses one up."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, insert, select, update

from idp.clock import Instant
from idp.model.office import Invitation, NewInvitation, Role
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import invitations
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_of_number = invitations.c.id == bindparam("of_id", type_=BigInteger)
_is_unused = invitations.c.ended_at.is_(None)
_ADD = insert(invitations).returning(*invitations.c)
_GET = select(invitations).where(_of_number)
_END = update(invitations).where(_of_number, _is_unused)
_ACCEPT = _END.where(invitations.c.expires_at > bindparam("now", type_=BigInteger)).values(
    ended_at=bindparam("now", type_=BigInteger), account_id=bindparam("of_account", type_=BigInteger)
)
_WITHDRAW = _END.values(ended_at=bindparam("now", type_=BigInteger))
_OPEN = (
    select(invitations)
    .where(_is_unused, invitations.c.expires_at > bindparam("now", type_=BigInteger))
    .order_by(invitations.c.id.desc())
)


class SqlInvitations:
    """Implements `ports.Invitations`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def add(self, invitation: NewInvitation) -> Invitation:
        """Write one."""
        values = {
            "uid": invitation.uid,
            "secret_digest": invitation.secret_digest,
            "role": invitation.role.value,
            "scope": invitation.scope,
            "sealed_name": self._fields.seal(invitations.c.sealed_name, invitation.uid, invitation.name),
            "invited_by": invitation.invited_by,
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
        }
        row = self._transaction.write(_ADD, values)
        assert row is not None  # INSERT … RETURNING
        return self._invitation(row)

    def get(self, invitation_id: int) -> Invitation | None:
        """The invitation with this number."""
        row = self._transaction.find(_GET, {"of_id": invitation_id}) if can_be_id(invitation_id) else None
        return None if row is None else self._invitation(row)

    def accept(self, invitation_id: int, account_id: int, at: Instant) -> bool:
        """Use it up; False: it was accepted, withdrawn, or ran out."""
        values = {"of_id": invitation_id, "of_account": account_id, "now": at}
        return self._transaction.change(_ACCEPT, values) > 0

    def withdraw(self, invitation_id: int, at: Instant) -> bool:
        """End it unused; False: it had ended."""
        if not can_be_id(invitation_id):
            return False
        return self._transaction.change(_WITHDRAW, {"of_id": invitation_id, "now": at}) > 0

    def open(self, now: Instant) -> Sequence[Invitation]:
        """Those that may still be accepted, the newest first."""
        return [self._invitation(row) for row in self._transaction.find_all(_OPEN, {"now": now})]

    def _invitation(self, row: Row) -> Invitation:
        return Invitation(
            id=row.id,
            uid=row.uid,
            secret_digest=row.secret_digest,
            role=Role(row.role),
            scope=row.scope,
            name=self._fields.open(invitations.c.sealed_name, row.uid, row.sealed_name),
            invited_by=row.invited_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            account_id=row.account_id,
        )
