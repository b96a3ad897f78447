"""What tokens for a person leave in the store: one step, which happens whole or not at all.

The step begins with what works once: the family of a code, by its UNIQUE origin, or the next generation of a refresh
token. Only if that happened, the event follows. PostgreSQL does it in one statement without a transaction around it, since
each statement more costs a journey there and back (docs/decisions/0015); SQLite, which knows no such statement and no
journeys, does the same one after the other. Either way the step ends with its commit.
"""

from typing import Any

from sqlalchemy import BindParameter, Executable, Insert, Select, Table, Update, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # its ON CONFLICT compiles for SQLite as well

from idp.storage.statements import Parameters
from idp.storage.tables import authorizations, events
from idp.storage.transaction import Transaction

FAMILY = (
    "origin", "client_id", "account_id", "session_id", "sid", "sub", "scope", "auth_time", "acr", "amr", "nonce",
    "claims", "bound_to", "resources", "authorization_details", "mandate_id", "created_at",
)  # fmt: skip
EVENT = (
    "kind", "action", "at", "outcome", "account_id", "client_id", "session_id", "channel", "request_id", "data",
)  # fmt: skip


def _bound(table: Table, name: str) -> BindParameter[Any]:
    return bindparam(f"{table.name}_{name}", type_=table.c[name].type)


def _prefixed(table: Table, values: Parameters) -> dict[str, Any]:
    return {f"{table.name}_{name}": value for name, value in values.items()}


_REDEEM = (
    postgresql_insert(authorizations)
    .values({name: _bound(authorizations, name) for name in FAMILY})
    .on_conflict_do_nothing(index_elements=[authorizations.c.origin])
    .returning(authorizations.c.id)
)
_EXCHANGE = (
    update(authorizations)
    .where(
        authorizations.c.id == bindparam("family_id", type_=authorizations.c.id.type),
        authorizations.c.revoked_at.is_(None),
        authorizations.c.generation == bindparam("from_generation", type_=authorizations.c.generation.type),
    )
    .values(
        generation=bindparam("to_generation", type_=authorizations.c.generation.type),
        refreshed_at=bindparam("refreshed_at", type_=authorizations.c.refreshed_at.type),
    )
    .returning(authorizations.c.id)
)
_RECORD = insert(events)


def _together(first: Insert | Update) -> Select[Any]:
    """The event is taken from the row of the first part, so that without one there is none."""
    family = first.cte("family")
    bound = select(*(_bound(events, name) for name in EVENT)).select_from(family)
    event = insert(events).from_select(EVENT, bound).cte("event")
    return select(family.c.id).add_cte(event)


_REDEEM_TOGETHER = _together(_REDEEM)
_EXCHANGE_TOGETHER = _together(_EXCHANGE)


def redeem(transaction: Transaction, family: Parameters, event: Parameters) -> int | None:
    """The number of the family; None: the origin is taken.

    Of parallel redemptions the unique `origin` lets one through; the others wait for its commit or rollback.
    """
    return _write(transaction, (_REDEEM, _REDEEM_TOGETHER), _prefixed(authorizations, family), event)


def exchange(transaction: Transaction, family: Parameters, event: Parameters) -> int | None:
    """The same for the exchange of a refresh token; of parallel exchanges the row's lock lets one through."""
    return _write(transaction, (_EXCHANGE, _EXCHANGE_TOGETHER), family, event)


def _write(
    transaction: Transaction, statements: tuple[Executable, Executable], family: Parameters, event: Parameters
) -> int | None:
    first, together = statements
    if transaction.is_sqlite:
        row = transaction.write(first, family)
        if row is not None:
            transaction.note(_RECORD, event)
    else:
        row = transaction.write_alone(together, {**family, **_prefixed(events, event)}, may_repeat=False)
    if row is None:
        return None
    transaction.commit()
    return int(row.id)
