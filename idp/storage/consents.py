"""What people allowed, in SQL: one row per person and app; of what is asked twice, the newer answer counts."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.model.consent import Consent
from idp.storage.statements import Row
from idp.storage.tables import consents
from idp.storage.transaction import Transaction

_of_both = (consents.c.account_id == bindparam("of_account"), consents.c.client_id == bindparam("of_client"))

ANSWER = (consents.c.scope, consents.c.left_out, consents.c.given_at, consents.c.terms)
_GET = select(*ANSWER).where(*_of_both)
_OF_ACCOUNT = (
    select(consents.c.client_id, *ANSWER)
    .where(consents.c.account_id == bindparam("of_account"))
    .order_by(consents.c.given_at.desc(), consents.c.id.desc())
)
_WITHDRAW = delete(consents).where(*_of_both)
_GIVE_FIRST = (
    insert(consents)
    .on_conflict_do_nothing(index_elements=[consents.c.account_id, consents.c.client_id])
    .returning(consents.c.id)
)
_LOCK = select(consents.c.scope, consents.c.left_out).where(*_of_both).with_for_update()
_WIDEN = update(consents).where(*_of_both)


class SqlConsents:
    """Implements `ports.Consents`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, account_id: int, client_id: str) -> Consent | None:
        """The consent in force."""
        row = self._transaction.find(_GET, {"of_account": account_id, "of_client": client_id})
        return None if row is None else consent_of(row, account_id, client_id)

    def of_account(self, account_id: int) -> Sequence[Consent]:
        """Everything that the person allowed and did not take back, the newest answer first."""
        rows = self._transaction.find_all(_OF_ACCOUNT, {"of_account": account_id})
        return [consent_of(row, account_id, row.client_id) for row in rows]

    def withdraw(self, account_id: int, client_id: str) -> bool:
        """Take it back; False when there was none."""
        return self._transaction.change(_WITHDRAW, {"of_account": account_id, "of_client": client_id}) == 1

    def give(self, consent: Consent) -> None:
        """Write it, together with what was answered before and not asked now."""
        key = {"of_account": consent.account_id, "of_client": consent.client_id}
        answered = {"given_at": consent.given_at, "terms": consent.terms}
        values = {"account_id": consent.account_id, "client_id": consent.client_id, **answered}
        first = {"scope": " ".join(consent.scope), "left_out": " ".join(consent.left_out)}
        if self._transaction.write(_GIVE_FIRST, {**values, **first}) is not None:
            return
        before = self._transaction.find(_LOCK, key)
        scope, left_out = (before.scope, before.left_out) if before else ("", "")
        widened = {
            "scope": _merged(scope, consent.scope, consent.left_out),
            "left_out": _merged(left_out, consent.left_out, consent.scope),
        }
        self._transaction.change(_WIDEN, {**key, **widened, **answered})


def consent_of(row: Row, account_id: int, client_id: str) -> Consent:
    """The consent in a row with the columns of `ANSWER`."""
    return Consent(
        account_id=account_id,
        client_id=client_id,
        scope=tuple(row.scope.split()),
        left_out=tuple(row.left_out.split()),
        given_at=row.given_at,
        terms=row.terms,
    )


def _merged(before: str, now: tuple[str, ...], answered_otherwise: tuple[str, ...]) -> str:
    return " ".join(dict.fromkeys((*(name for name in before.split() if name not in answered_otherwise), *now)))
