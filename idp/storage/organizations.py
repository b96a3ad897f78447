"""Organisations in SQL, and up to where their register was heard."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.entropy import random_token, random_uid
from idp.model.organization import Organization, OrganizationStatus, RegisteredOrganization
from idp.storage.statements import Row
from idp.storage.tables import organization_subjects, organizations, register_cursors
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id, can_be_text
from realnames.identifiers.social_credit_code import OrganizationKind

_SUB_BYTES = 16
ORGANIZATION_COLUMNS = tuple(column.label(f"organization_{column.name}") for column in organizations.c)

_columns = select(*ORGANIZATION_COLUMNS)
_of_id = organizations.c.id == bindparam("of_organization", type_=BigInteger)
_GET = _columns.where(_of_id)
_BY_UID = _columns.where(organizations.c.uid == bindparam("uid"))
_BY_CODE = _columns.where(organizations.c.code == bindparam("code"))
_ENTER = insert(organizations).on_conflict_do_nothing(index_elements=[organizations.c.code])
_CONFIRM = update(organizations).where(_of_id)
_SETTLE = update(organizations).where(_of_id, organizations.c.changed_at == bindparam("known", type_=BigInteger))
_NOTE = update(organizations).where(organizations.c.code.in_(bindparam("codes", expanding=True)))
_CHANGED = (
    _columns.where(
        organizations.c.changed_at.is_not(None), organizations.c.id > bindparam("after_id", type_=BigInteger)
    )
    .order_by(organizations.c.id)
    .limit(bindparam("most", type_=BigInteger))
)
_SUBJECT = select(organization_subjects.c.sub).where(
    organization_subjects.c.organization_id == bindparam("organization_id", type_=BigInteger),
    organization_subjects.c.sector == bindparam("sector"),
)
_GIVE_SUBJECT = insert(organization_subjects).on_conflict_do_nothing(
    index_elements=[organization_subjects.c.organization_id, organization_subjects.c.sector]
)
_CURSOR = select(register_cursors.c.cursor).where(register_cursors.c.source == bindparam("of_source"))
_FIRST_CURSOR = insert(register_cursors).on_conflict_do_nothing(index_elements=[register_cursors.c.source])
_MOVE_CURSOR = update(register_cursors).where(register_cursors.c.source == bindparam("of_source"))


class SqlOrganizations:
    """Implements `ports.Organizations`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def enter(self, registered: RegisteredOrganization, at: Instant) -> Organization:
        """Write it down; of two who enter it at once, both find the one that came first."""
        values = {**_values(registered), "uid": random_uid(), "code": registered.code, "checked_at": at}
        self._transaction.change(_ENTER, values)
        known = self.by_code(registered.code)
        assert known is not None  # written here or by whoever came first
        self.confirm(replace(known, changed_at=None), registered, at)  # who else represents it is still to be asked
        entered = self.get(known.id)
        assert entered is not None
        return entered

    def get(self, organization_id: int) -> Organization | None:
        """The one with this internal id."""
        found = can_be_id(organization_id) and self._transaction.find(_GET, {"of_organization": organization_id})
        return organization_of(found) if found else None

    def by_uid(self, uid: str) -> Organization | None:
        """The one whose pages have this name."""
        found = can_be_text(uid) and self._transaction.find(_BY_UID, {"uid": uid})
        return organization_of(found) if found else None

    def by_code(self, code: str) -> Organization | None:
        """The one with this code."""
        found = can_be_text(code) and self._transaction.find(_BY_CODE, {"code": code})
        return organization_of(found) if found else None

    def confirm(self, known: Organization, registered: RegisteredOrganization, at: Instant) -> None:
        """What it is now; only the change that was known when the register was asked is settled by that."""
        key = {"of_organization": known.id}
        self._transaction.change(_CONFIRM, {**key, **_values(registered), "checked_at": at})
        if known.changed_at is not None:
            self._transaction.change(_SETTLE, {**key, "known": known.changed_at, "changed_at": None})

    def note_changes(self, codes: Sequence[str], at: Instant) -> int:
        """Note that these are to be asked about."""
        return self._transaction.change(_NOTE, {"codes": list(codes), "changed_at": at}) if codes else 0

    def changed(self, after_id: int, limit: int) -> Sequence[Organization]:
        """Those that are to be asked about."""
        return list(map(organization_of, self._transaction.find_all(_CHANGED, {"after_id": after_id, "most": limit})))

    def subject(self, organization_id: int, sector: str) -> str:
        """Its `sub`; of two first calls at once, one gives it and both return it."""
        key = {"organization_id": organization_id, "sector": sector}
        row = self._transaction.find(_SUBJECT, key)
        if row is None:
            self._transaction.change(_GIVE_SUBJECT, {**key, "sub": random_token(_SUB_BYTES)})
            row = self._transaction.find(_SUBJECT, key)
            assert row is not None  # written here or by whoever came first
        return str(row.sub)

    def cursor(self, source: str) -> str:
        """Up to where this register was heard."""
        row = self._transaction.find(_CURSOR, {"of_source": source})
        return "" if row is None else str(row.cursor)

    def move_cursor(self, source: str, cursor: str, at: Instant) -> None:
        """It was heard up to here."""
        values = {"cursor": cursor, "heard_at": at}
        if self._transaction.change(_MOVE_CURSOR, {"of_source": source, **values}) == 0:
            self._transaction.change(_FIRST_CURSOR, {"source": source, **values})


def organization_of(row: Row) -> Organization:
    """The organisation in a row with `ORGANIZATION_COLUMNS`."""
    return Organization(
        id=row.organization_id,
        uid=row.organization_uid,
        code=row.organization_code,
        name=row.organization_name,
        organization_type=OrganizationKind(row.organization_organization_type),
        status=OrganizationStatus(row.organization_status),
        checked_at=row.organization_checked_at,
        changed_at=row.organization_changed_at,
    )


def _values(registered: RegisteredOrganization) -> dict[str, str]:
    return {
        "name": registered.name,
        "organization_type": registered.organization_type.value,
        "status": registered.status.value,
    }
