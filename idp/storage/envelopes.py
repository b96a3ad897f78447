"""Sealed envelopes in SQL: digests of their codes alone, and one statement that uses one up."""

from sqlalchemy import BigInteger, bindparam, insert, select, update

from idp.clock import Instant
from idp.model.office import Envelope
from idp.storage.tables import envelopes
from idp.storage.transaction import Transaction

_now = bindparam("now", type_=BigInteger)
_is_sealed = envelopes.c.ended_at.is_(None)
_ADD = insert(envelopes)
_END = update(envelopes).where(_is_sealed).values(ended_at=_now)
_OPEN = (
    update(envelopes)
    .where(_is_sealed, envelopes.c.digest == bindparam("of_digest"))
    .values(ended_at=_now, opened_at=_now)
)
_LAST = select(envelopes).order_by(envelopes.c.id.desc()).limit(1)


class SqlEnvelopes:
    """Implements `ports.Envelopes`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def seal(self, digest: bytes, at: Instant) -> None:
        """Write one; the one before opens nothing any more."""
        self._transaction.change(_END, {"now": at})
        self._transaction.change(_ADD, {"digest": digest, "sealed_at": at})

    def open(self, digest: bytes, at: Instant) -> bool:
        """Use it up; False: there is none with this code, or it was replaced or opened before."""
        return self._transaction.change(_OPEN, {"of_digest": digest, "now": at}) > 0

    def last(self) -> Envelope | None:
        """The newest, whether it is sealed or opened."""
        row = self._transaction.find(_LAST)
        if row is None:
            return None
        return Envelope(id=row.id, sealed_at=row.sealed_at, ended_at=row.ended_at, opened_at=row.opened_at)
