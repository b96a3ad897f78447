"""Citizen cards in SQL: a keyed digest of the serial number, and the key that the holder added."""

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.citizen_card import CardUse, CitizenCard, SignedCard
from idp.storage.master_keys import hold
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import citizen_cards, sessions
from idp.storage.transaction import Transaction

_KIND = "citizen_card"
_of_person = citizen_cards.c.account_id == bindparam("of_account")
_of_id = citizen_cards.c.id == bindparam("of_id")
_FIND = select(citizen_cards).where(citizen_cards.c.serial_digest.in_(bindparam("digests", expanding=True)))
_SIGNED_IN = (
    select(citizen_cards.c.account_id, func.max(citizen_cards.c.used_at).label("used_at"))
    .join(sessions, sessions.c.account_id == citizen_cards.c.account_id)
    .where(
        citizen_cards.c.serial_digest.in_(bindparam("digests", expanding=True)),
        citizen_cards.c.used_at.is_not(None),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("now", type_=BigInteger),
    )
    .group_by(citizen_cards.c.account_id)
)
_OF_ACCOUNT = select(citizen_cards).where(_of_person).order_by(citizen_cards.c.id)
_ADD = (
    insert(citizen_cards)
    .on_conflict_do_nothing(index_elements=[citizen_cards.c.serial_digest])
    .returning(citizen_cards.c.id)
)
_USE = (
    update(citizen_cards)
    .where(
        _of_id,
        or_(
            citizen_cards.c.challenged_at.is_(None),
            citizen_cards.c.challenged_at < bindparam("at_challenge"),
            and_(
                citizen_cards.c.challenged_at == bindparam("at_challenge"),
                citizen_cards.c.challenge < bindparam("answered"),
            ),
        ),
    )
    .values(
        challenged_at=bindparam("at_challenge"),
        challenge=bindparam("answered"),
        used_at=bindparam("at"),
        # No serial number is kept, so that only whoever brings the card can have it digested under another key.
        serial_digest=bindparam("digest"),
    )
)
_REMOVE = delete(citizen_cards).where(_of_id, _of_person)
_REMOVE_ALL = delete(citizen_cards).where(_of_person)


class SqlCitizenCards:
    """Implements `ports.CitizenCards`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._cipher = fields.cipher

    def find(self, serial: str) -> CitizenCard | None:
        """The card with this serial number, digested under any key version that is still known."""
        row = self._transaction.find(_FIND, {"digests": self._cipher.indexes(_KIND, serial)})
        return None if row is None else _card(row)

    def of_account(self, account_id: int) -> Sequence[CitizenCard]:
        """Those of one person, the oldest first."""
        return [_card(row) for row in self._transaction.find_all(_OF_ACCOUNT, {"of_account": account_id})]

    def signed_in(self, serials: Sequence[str], now: Instant) -> Mapping[int, Instant]:
        """Of their owners those with a session that has not ended, and when such a card of theirs was last used."""
        digests = [digest for serial in serials for digest in self._cipher.indexes(_KIND, serial)]
        rows = self._transaction.find_all(_SIGNED_IN, {"digests": digests, "now": now})
        return {row.account_id: row.used_at for row in rows}

    def add(self, account_id: int, card: SignedCard, at: Instant) -> bool:
        """Write it; False when it is known, whosever it is, also under a key version of before."""
        writing = hold(self._transaction, self._cipher)
        if self.find(card.serial) is not None:
            return False
        values = {
            "account_id": account_id,
            "serial_digest": writing.index(_KIND, card.serial),
            "public_key": card.public_key,
            "created_at": at,
        }
        return self._transaction.write(_ADD, values) is not None

    def use(self, card: CitizenCard, use: CardUse, at: Instant) -> bool:
        """Note an answer; False when it answers no newer question than one before: it was sent twice."""
        digest = self._cipher.index(_KIND, use.serial)
        answered = {"at_challenge": use.challenged_at, "answered": use.challenge, "digest": digest}
        return self._transaction.change(_USE, {"of_id": card.id, "at": at, **answered}) == 1

    def remove(self, account_id: int, card_id: int) -> bool:
        """Forget one; False: the person has none with this id."""
        return self._transaction.change(_REMOVE, {"of_id": card_id, "of_account": account_id}) == 1

    def remove_all(self, account_id: int) -> int:
        """Forget all of the person; how many there were."""
        return self._transaction.change(_REMOVE_ALL, {"of_account": account_id})


def _card(row: Row) -> CitizenCard:
    return CitizenCard(
        id=row.id,
        account_id=row.account_id,
        public_key=row.public_key,
        created_at=row.created_at,
        used_at=row.used_at,
    )
