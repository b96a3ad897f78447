"""People in SQL: the account is a number; names and identifiers are sealed attributes with a history."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.entropy import random_uid
from idp.errors import Refused
from idp.model.account import (
    Account,
    AccountKind,
    AccountStatus,
    Attributes,
    Cap,
    Identifier,
    IdentifierKind,
    NewAccount,
    Proofed,
)
from idp.model.namesake import DATED
from idp.model.policy import Proofing
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.attribute_columns import ATTRIBUTE_COLUMNS, attributes_of, place_of, with_attributes
from idp.storage.evidence import MANY_EVIDENCE, of_new
from idp.storage.master_keys import Writing, hold
from idp.storage.namesakes import INDEX_AGAIN, NOTHING, index_of
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import accounts, identifiers, is_document, is_identifier_in_force, is_name_in_force, names
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id, can_be_text

_GET = select(*ACCOUNT_COLUMNS).where(accounts.c.id == bindparam("account_id"))
_BY_UID = select(*ACCOUNT_COLUMNS).where(accounts.c.uid == bindparam("uid"))
FIND = (
    select(*ACCOUNT_COLUMNS)
    .join(identifiers, identifiers.c.account_id == accounts.c.id)
    .where(
        identifiers.c.kind == bindparam("kind"),
        identifiers.c.blind_index.in_(bindparam("indexes", expanding=True)),
        is_identifier_in_force,
    )
)
_CREATE = insert(accounts).returning(accounts.c.id)
_NAME = insert(names)
_IDENTIFY = (
    insert(identifiers)
    .on_conflict_do_nothing(
        index_elements=[identifiers.c.kind, identifiers.c.blind_index], index_where=is_identifier_in_force
    )
    .returning(identifiers.c.id)
)
_IS_HELD = (
    select(identifiers.c.id)
    .where(
        identifiers.c.kind == bindparam("kind"),
        identifiers.c.blind_index.in_(bindparam("indexes", expanding=True)),
        is_identifier_in_force,
    )
    .limit(1)
)
_ATTRIBUTES_OF = (
    select(*ATTRIBUTE_COLUMNS)
    .select_from(with_attributes(accounts))
    .where(accounts.c.id == bindparam("account_id"))
    .order_by(identifiers.c.id)
)
_VERIFY = update(identifiers).where(
    identifiers.c.account_id == bindparam("of_account"),
    identifiers.c.kind == bindparam("of_kind"),
    identifiers.c.blind_index.in_(bindparam("indexes", expanding=True)),
    identifiers.c.verified_at.is_(None),
    is_identifier_in_force,
)
_LOCK = select(accounts.c.id).where(accounts.c.id == bindparam("account_id")).with_for_update()
_SUPERSEDE = update(identifiers).where(
    identifiers.c.account_id == bindparam("of_account"),
    identifiers.c.kind == bindparam("of_kind"),
    is_identifier_in_force,
)
_SUPERSEDE_DOCUMENTS = update(identifiers).where(
    identifiers.c.account_id == bindparam("of_account"),
    is_document,
    is_identifier_in_force,
)
_GIVE_UP = update(identifiers).where(
    identifiers.c.account_id == bindparam("of_account"),
    identifiers.c.kind == bindparam("of_kind"),
    identifiers.c.blind_index.in_(bindparam("indexes", expanding=True)),
    is_identifier_in_force,
)
_CHANGE = update(accounts).where(accounts.c.id == bindparam("account_id"))
_SAID_BY_OTHERS = exists().where(
    names.c.account_id == accounts.c.id, is_name_in_force, names.c.valid_from == accounts.c.created_at
)
_NAME_SELF = _CHANGE.where(
    accounts.c.proofing <= int(Proofing.P1), accounts.c.status == AccountStatus.ACTIVE.value, ~_SAID_BY_OTHERS
)
_IS_SAID_BY_OTHERS = select(accounts.c.id).where(accounts.c.id == bindparam("account_id"), _SAID_BY_OTHERS)
_UNNAME = update(names).where(names.c.account_id == bindparam("of_account"), is_name_in_force)
_CLOSE_AT = _CHANGE.where(accounts.c.closes_at.is_(None), accounts.c.status == AccountStatus.ACTIVE.value)
_THINK_AGAIN = _CHANGE.where(accounts.c.closes_at.is_not(None))
_THINK_AGAIN_IF_DUE = _CHANGE.where(accounts.c.closes_at <= bindparam("due_at"))
_DUE_TO_CLOSE = (
    select(accounts.c.id)
    .where(accounts.c.closes_at <= bindparam("now"))
    .order_by(accounts.c.closes_at)
    .limit(bindparam("limit"))
)
_CAP = _CHANGE.values(cap_level=bindparam("cap_level"), capped_until=bindparam("capped_until"))
_FACE_REFUSED_AT = select(accounts.c.face_refused_at).where(accounts.c.id == bindparam("account_id"))
_REFUSE_FACE = _CHANGE.where(accounts.c.face_refused_at.is_(None))
_ALLOW_FACE = _CHANGE.where(accounts.c.face_refused_at.is_not(None))
_EMPLOY = _CHANGE.where(accounts.c.staff_since.is_(None)).values(staff_since=bindparam("staff_since"))
_DISMISS = _CHANGE.where(accounts.c.staff_since.is_not(None)).values(staff_since=bindparam("staff_since"))
_RESTART = _CHANGE.values(restarted_at=bindparam("restarted_at"))
_ACTIVE = _CHANGE.where(accounts.c.status == bindparam("known")).values(status=bindparam("known"))
_HOLD_FIRST = _ACTIVE.where(accounts.c.restarted_at.is_(None))
_HOLD = _ACTIVE.where(accounts.c.restarted_at == bindparam("restarted", type_=BigInteger))
_MOVE = _CHANGE.where(accounts.c.status == bindparam("known"))
_RELEASE = update(identifiers).where(identifiers.c.account_id == bindparam("of_account"), is_identifier_in_force)
_ANY_SANDBOX = select(exists().where(accounts.c.is_sandbox.is_(True)))
_SEALED_NAME, _SEALED_VALUE = names.c.sealed_name, identifiers.c.sealed_value


class SqlAccounts:
    """Implements `ports.Accounts`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def create(self, account: NewAccount) -> Account:
        """Write a person; raises `Refused("identifier_taken", …)` when another account holds an identifier."""
        if any(self.find(identifier) for identifier in account.identifiers):
            raise _taken()
        uid = account.uid or random_uid()
        values = {
            "uid": uid,
            "kind": None if account.kind is AccountKind.PERSONAL else account.kind.value,
            "status": AccountStatus.ACTIVE.value,
            "proofing": int(account.proofing),
            "proofed_at": account.proofed_at,
            "is_sandbox": account.is_sandbox,
            "created_at": account.created_at,
        }
        row = self._transaction.write(_CREATE, values)
        assert row is not None  # INSERT … RETURNING without ON CONFLICT
        if account.name is not None or account.identifiers:
            self._describe(row.id, account.name, account.identifiers, account.created_at)
        if (said := of_new(row.id, account)) is not None:
            MANY_EVIDENCE.write(self._transaction, [said])
        return Account(
            id=row.id,
            uid=uid,
            status=AccountStatus.ACTIVE,
            kind=account.kind,
            proofings=(Proofed(account.proofing, account.proofed_at),),
            is_sandbox=account.is_sandbox,
            created_at=account.created_at,
        )

    def get(self, account_id: int) -> Account | None:
        """The person with this internal id."""
        row = self._transaction.find(_GET, {"account_id": account_id}) if can_be_id(account_id) else None
        return None if row is None else account_of(row)

    def by_uid(self, uid: str) -> Account | None:
        """The person with this internal name."""
        row = self._transaction.find(_BY_UID, {"uid": uid}) if can_be_text(uid) else None
        return None if row is None else account_of(row)

    def find(self, identifier: Identifier) -> Account | None:
        """The person who holds this identifier now, stored under any key version that is still known."""
        kind = identifier.kind.value
        indexes = self._fields.cipher.indexes(kind, identifier.value)
        row = self._transaction.find(FIND, {"kind": kind, "indexes": indexes})
        return None if row is None else account_of(row)

    def attributes(self, account_id: int) -> Attributes:
        """The person's data, decrypted; of several identifiers of a kind the newest."""
        rows = self._transaction.find_all(_ATTRIBUTES_OF, {"account_id": account_id})
        return attributes_of(rows, account_id, self._fields)

    def verify(self, account_id: int, identifier: Identifier, at: Instant) -> bool:
        """Note that the person proved to hold this identifier; the first time is kept, and is True."""
        kind = identifier.kind.value
        indexes = self._fields.cipher.indexes(kind, identifier.value)
        parameters = {"of_account": account_id, "of_kind": kind, "indexes": indexes, "verified_at": at}
        return self._transaction.change(_VERIFY, parameters) == 1

    def change_identifier(self, account_id: int, kind: IdentifierKind, new: Identifier | None, at: Instant) -> None:
        """Put one that was just proven in the place of those of its kind, or nothing; the history stays.

        Changes of one person stand in line, so that two at once do not leave two phones.
        """
        self._transaction.write(_LOCK, {"account_id": account_id})
        values = {"of_account": account_id, "of_kind": kind.value, "superseded_at": at}
        self._transaction.change(_SUPERSEDE, values)
        writing = hold(self._transaction, self._fields.cipher)
        if new is not None:
            self._identify(account_id, new, at, writing)
            self.verify(account_id, new, at)
        if kind in DATED:
            known = self.attributes(account_id)
            of_both = index_of(writing, known.name, known.identifiers)
            self._transaction.change(INDEX_AGAIN, {"of_account": account_id, "of_both": of_both})

    def name_self(self, account_id: int, name: str, number: Identifier, at: Instant) -> bool:
        """Write down name and number as the person says them: nothing of it was checked, nothing is marked so.

        What they said before, and nobody has verified since, gives way.
        """
        values = {"account_id": account_id, "proofing": int(Proofing.P1), "proofed_at": at}
        if self._transaction.change(_NAME_SELF, values) == 0:
            return False
        given_up = {"of_account": account_id, "superseded_at": at}
        self._transaction.change(_UNNAME, given_up)
        self._transaction.change(_SUPERSEDE_DOCUMENTS, given_up)
        self._describe(account_id, name, (number,), at)
        return True

    def correct(self, account_id: int, name: str | None, document: Identifier | None, at: Instant) -> None:
        """Put another name, and another document in the place of those of its kind; the history stays.

        Raises `Refused("identifier_taken", …)` when another account holds it; then only a rollback is left.
        """
        self._transaction.write(_LOCK, {"account_id": account_id})
        if document is not None:
            self.change_identifier(account_id, document.kind, document, at)
        if name is not None:
            self._transaction.change(_UNNAME, {"of_account": account_id, "superseded_at": at})
            known_by = self.attributes(account_id).identifiers
            self._name(account_id, name, known_by, at, hold(self._transaction, self._fields.cipher))

    def add_document(self, account_id: int, document: Identifier, at: Instant) -> None:
        """One more that the person may be found by. Raises `Refused("identifier_taken", …)` as above."""
        self._identify(account_id, document, at, hold(self._transaction, self._fields.cipher))
        self.verify(account_id, document, at)

    def give_up_document(self, account_id: int, document: Identifier, at: Instant) -> bool:
        """It is another person's from now on; the history stays. False: the account does not hold it."""
        indexes = self._fields.cipher.indexes(document.kind.value, document.value)
        values = {"of_account": account_id, "of_kind": document.kind.value, "indexes": indexes, "superseded_at": at}
        return self._transaction.change(_GIVE_UP, values) == 1

    def is_named_by_others(self, account_id: int) -> bool:
        """Whether the name came with the account: an import, or a window, brought it."""
        return self._transaction.find(_IS_SAID_BY_OTHERS, {"account_id": account_id}) is not None

    def cap(self, account_id: int, cap: Cap) -> None:
        """Hold the account below a level for a while."""
        values = {"account_id": account_id, "cap_level": int(cap.level), "capped_until": cap.until}
        self._transaction.change(_CAP, values)

    def employ(self, account_id: int, since: Instant | None) -> bool:
        """Note that the person works for the city, or no more (None); False: that was known."""
        statement = _DISMISS if since is None else _EMPLOY
        return self._transaction.change(statement, {"account_id": account_id, "staff_since": since}) == 1

    def restart(self, account_id: int, at: Instant) -> None:
        """From now on no sign-in of before opens it, one that is under way neither."""
        self._transaction.change(_RESTART, {"account_id": account_id, "restarted_at": at})

    def hold(self, known: Account) -> bool:
        """Keep it as it is until the transaction ends; False: it may not sign in, or was restarted, since it was read."""
        key = {"account_id": known.id, "known": AccountStatus.ACTIVE.value}
        if known.restarted_at is None:
            return self._transaction.change(_HOLD_FIRST, key) == 1
        return self._transaction.change(_HOLD, {**key, "restarted": known.restarted_at}) == 1

    def close_at(self, account_id: int, moment: Instant) -> bool:
        """Note when it is to be closed; False: that was asked for before, and stays."""
        return self._transaction.change(_CLOSE_AT, {"account_id": account_id, "closes_at": moment}) == 1

    def think_again(self, account_id: int, due_at: Instant | None = None) -> bool:
        """Take that back, or only if it was due by then; False: there was nothing to take back."""
        if due_at is None:
            return self._transaction.change(_THINK_AGAIN, {"account_id": account_id, "closes_at": None}) == 1
        values = {"account_id": account_id, "due_at": due_at, "closes_at": None}
        return self._transaction.change(_THINK_AGAIN_IF_DUE, values) == 1

    def due_to_close(self, now: Instant, limit: int) -> Sequence[int]:
        """So many people at most whose cooling-off is over, the first first."""
        return [row.id for row in self._transaction.find_all(_DUE_TO_CLOSE, {"now": now, "limit": limit})]

    def face_refused_at(self, account_id: int) -> Instant | None:
        """Since when the person does not want to be offered a face check."""
        row = self._transaction.find(_FACE_REFUSED_AT, {"account_id": account_id})
        return None if row is None or row.face_refused_at is None else Instant(row.face_refused_at)

    def refuse_face(self, account_id: int, at: Instant) -> bool:
        """Note it; the first time is kept."""
        return self._transaction.change(_REFUSE_FACE, {"account_id": account_id, "face_refused_at": at}) == 1

    def allow_face(self, account_id: int) -> bool:
        """Take it back."""
        return self._transaction.change(_ALLOW_FACE, {"account_id": account_id, "face_refused_at": None}) == 1

    def move(self, account_id: int, known: AccountStatus, status: AccountStatus) -> bool:
        """Freeze, unfreeze or close, from a status that was read before; False: it is another one by now."""
        values = {"account_id": account_id, "known": known.value, "status": status.value}
        return self._transaction.change(_MOVE, values) == 1

    def release_identifiers(self, account_id: int, at: Instant) -> None:
        """Nobody finds the person by them any more, and others may take them; the history stays."""
        self._transaction.change(_RELEASE, {"of_account": account_id, "superseded_at": at})
        self._transaction.change(INDEX_AGAIN, {"of_account": account_id, "of_both": NOTHING})

    def any_sandbox(self) -> bool:
        """Whether sandbox people are in this store."""
        row = self._transaction.find(_ANY_SANDBOX)
        return row is not None and bool(row[0])

    def _describe(self, account_id: int, name: str | None, known_by: Sequence[Identifier], at: Instant) -> None:
        writing = hold(self._transaction, self._fields.cipher)
        if name is not None:
            self._name(account_id, name, known_by, at, writing)
        for identifier in known_by:
            self._identify(account_id, identifier, at, writing)

    def _name(self, account_id: int, name: str, known_by: Sequence[Identifier], at: Instant, writing: Writing) -> None:
        values = {
            "account_id": account_id,
            "sealed_name": self._fields.seal(_SEALED_NAME, place_of(account_id, at), name),
            "blind_index": index_of(writing, name, known_by),
            "valid_from": at,
        }
        self._transaction.change(_NAME, values)

    def _identify(self, account_id: int, identifier: Identifier, at: Instant, writing: Writing) -> None:
        kind = identifier.kind.value
        blind_index = writing.index(kind, identifier.value)
        place = place_of(account_id, blind_index.hex())
        values = {
            "account_id": account_id,
            "kind": kind,
            "blind_index": blind_index,
            "sealed_value": self._fields.seal(_SEALED_VALUE, place, identifier.value),
            "valid_from": at,
        }
        former = writing.former_indexes(kind, identifier.value)
        is_held = bool(former) and self._transaction.find(_IS_HELD, {"kind": kind, "indexes": former}) is not None
        if is_held or self._transaction.write(_IDENTIFY, values) is None:
            self._transaction.spoil()  # half a person is written: whoever catches the refusal cannot commit it
            raise _taken()


def _taken() -> Refused:
    return Refused("identifier_taken", "Another account holds this number, phone or mail address.", status=409)
