"""What people allowed, in SQL: one row per person and app, which only grows until it is withdrawn."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.model.consent import Consent
from idp.storage.tables import consents
from idp.storage.transaction import Transaction

_of_both = (consents.c.account_id == bindparam("of_account"), consents.c.client_id == bindparam("of_client"))

_GET = select(consents.c.scope, consents.c.given_at).where(*_of_both)
_GIVE_FIRST = (
    insert(consents)
    .on_conflict_do_nothing(index_elements=[consents.c.account_id, consents.c.client_id])
    .returning(consents.c.id)
)
_LOCK = select(consents.c.scope).where(*_of_both).with_for_update()
_WIDEN = update(consents).where(*_of_both)


class SqlConsents:
    """Implements `ports.Consents`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, account_id: int, client_id: str) -> Consent | None:
        """The consent in force."""
        row = self._transaction.find(_GET, {"of_account": account_id, "of_client": client_id})
        if row is None:
            return None
        scope = tuple(row.scope.split())
        return Consent(account_id=account_id, client_id=client_id, scope=scope, given_at=row.given_at)

    def give(self, consent: Consent) -> None:
        """Write it, together with what was allowed before."""
        key = {"of_account": consent.account_id, "of_client": consent.client_id}
        values = {"account_id": consent.account_id, "client_id": consent.client_id, "given_at": consent.given_at}
        if self._transaction.write(_GIVE_FIRST, {**values, "scope": " ".join(consent.scope)}) is not None:
            return
        before = self._transaction.find(_LOCK, key)
        scope = dict.fromkeys((*(before.scope.split() if before else ()), *consent.scope))
        self._transaction.change(_WIDEN, {**key, "scope": " ".join(scope), "given_at": consent.given_at})
