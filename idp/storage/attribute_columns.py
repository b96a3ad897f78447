"""A person's data beside something of theirs: the columns that other repositories join to their own, and what they make."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import FromClause, Join

from idp.model.account import Attributes, Identifier, IdentifierKind
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import accounts, identifiers, is_identifier_in_force, is_name_in_force, names

ATTRIBUTE_COLUMNS: tuple[Any, ...] = (
    names.c.sealed_name,
    names.c.valid_from.label("named_from"),
    identifiers.c.kind,
    identifiers.c.blind_index,
    identifiers.c.sealed_value,
    identifiers.c.verified_at,
)
_SEALED_NAME, _SEALED_VALUE = names.c.sealed_name, identifiers.c.sealed_value


_NAMED = frozenset({IdentifierKind.CITIZEN_ID, IdentifierKind.PHONE, IdentifierKind.EMAIL})


def with_attributes(rows: FromClause) -> Join:
    """Rows with an account, one for each identifier of it that is in force; order them by `identifiers.id`."""
    return rows.outerjoin(names, (names.c.account_id == accounts.c.id) & is_name_in_force).outerjoin(
        identifiers, (identifiers.c.account_id == accounts.c.id) & is_identifier_in_force
    )


def attributes_of(rows: Sequence[Row], account_id: int, fields: SealedFields) -> Attributes:
    """The person's data in these rows, decrypted; of several identifiers of a kind the newest."""
    values: dict[str, str] = {}
    is_verified: dict[str, bool] = {}
    for row in rows:
        if row.kind is not None:
            place = place_of(account_id, row.blind_index.hex())
            values[row.kind] = fields.open(_SEALED_VALUE, place, row.sealed_value)
            is_verified[row.kind] = row.verified_at is not None
    return Attributes(
        name=_name_in(rows[0], account_id, fields) if rows else None,
        citizen_id=values.get(IdentifierKind.CITIZEN_ID),
        phone=values.get(IdentifierKind.PHONE),
        email=values.get(IdentifierKind.EMAIL),
        phone_is_verified=is_verified.get(IdentifierKind.PHONE, False),
        email_is_verified=is_verified.get(IdentifierKind.EMAIL, False),
        other_documents=tuple(
            Identifier(IdentifierKind(kind), value) for kind, value in values.items() if kind not in _NAMED
        ),
    )


def place_of(account_id: int, distinction: object) -> str:
    """What a sealed name or identifier is bound to beside its column."""
    return f"{account_id} {distinction}"


def _name_in(row: Row, account_id: int, fields: SealedFields) -> str | None:
    if row.sealed_name is None:
        return None
    return fields.open(_SEALED_NAME, place_of(account_id, row.named_from), row.sealed_name)
