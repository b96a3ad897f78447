"""What tokens for a person leave in the store: one step, which happens whole or not at all.

The step begins with what works once: the family of a code, by its UNIQUE origin, or the next generation of a refresh
token. Only if that happened, the access token and the event follow. PostgreSQL does it in one statement without a
transaction around it, since each statement more costs a journey there and back (docs/decisions/0015); SQLite, which
knows no such statement and no journeys, does the same one after the other. Either way the step ends with its commit.
"""

from typing import Any

from sqlalchemy import BindParameter, Executable, Insert, Select, Table, Update, bindparam, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # its ON CONFLICT compiles for SQLite as well

from idp.storage.statements import Parameters
from idp.storage.tables import access_tokens, authorizations, events
from idp.storage.transaction import Transaction

FAMILY = (
    "origin", "client_id", "account_id", "session_id", "sid", "sub", "scope", "auth_time", "acr", "amr", "nonce",
    "claims", "created_at",
)  # fmt: skip
TOKEN = ("client_id", "audience", "secret_digest", "scope", "issued_at", "expires_at")
EVENT = (
    "kind", "action", "at", "outcome", "account_id", "client_id", "session_id", "channel", "request_id", "data",
)  # fmt: skip


def _bound(table: Table, name: str) -> BindParameter[Any]:
    return bindparam(f"{table.name}_{name}", type_=table.c[name].type)


def _prefixed(table: Table, values: Parameters) -> Parameters:
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
        generation=authorizations.c.generation + 1,
        refreshed_at=bindparam("refreshed_at", type_=authorizations.c.refreshed_at.type),
    )
    .returning(authorizations.c.id)
)
_ISSUE = (
    insert(access_tokens)
    .values(
        {
            "authorization_id": bindparam("family_id", type_=access_tokens.c.authorization_id.type),
            **{name: _bound(access_tokens, name) for name in TOKEN},
        }
    )
    .returning(access_tokens.c.id)
)
_RECORD = insert(events).values({name: _bound(events, name) for name in EVENT})


def _together(first: Insert | Update, *, with_token: bool) -> Select[Any]:
    """Token and event are taken from the rows of the first part, so that without one there are none."""
    family = first.cte("family")
    bound = select(*(_bound(events, name) for name in EVENT)).select_from(family)
    event = insert(events).from_select(EVENT, bound).cte("event")
    if not with_token:
        return select(family.c.id).add_cte(event)
    row = select(family.c.id, *(_bound(access_tokens, name) for name in TOKEN))
    written = insert(access_tokens).from_select(("authorization_id", *TOKEN), row).returning(access_tokens.c.id)
    token = written.cte("token")
    return select(family.c.id, token.c.id.label("token_id")).select_from(family.join(token, true())).add_cte(event)


_REDEEM_TOGETHER = {with_token: _together(_REDEEM, with_token=with_token) for with_token in (True, False)}
_EXCHANGE_TOGETHER = {with_token: _together(_EXCHANGE, with_token=with_token) for with_token in (True, False)}


def redeem(
    transaction: Transaction, family: Parameters, event: Parameters, token: Parameters | None
) -> tuple[int, int | None] | None:
    """The numbers of family and token; None: the origin was redeemed before.

    Of parallel redemptions the unique `origin` lets one through; the others wait for its commit or rollback.
    """
    parameters = {**_prefixed(authorizations, family), **_prefixed(events, event)}
    return _write(transaction, (_REDEEM, _REDEEM_TOGETHER), parameters, token)


def exchange(
    transaction: Transaction, family: Parameters, event: Parameters, token: Parameters | None
) -> tuple[int, int | None] | None:
    """The same for the exchange of a refresh token; of parallel exchanges the row's lock lets one through."""
    return _write(transaction, (_EXCHANGE, _EXCHANGE_TOGETHER), {**family, **_prefixed(events, event)}, token)


def _write(
    transaction: Transaction,
    statements: tuple[Executable, dict[bool, Select[Any]]],
    parameters: Parameters,
    token: Parameters | None,
) -> tuple[int, int | None] | None:
    first, together = statements
    values = {} if token is None else _prefixed(access_tokens, token)
    if not transaction.is_sqlite:
        row = transaction.write_alone(together[token is not None], {**parameters, **values}, may_repeat=False)
        numbers = None if row is None else (row.id, None if token is None else row.token_id)
    else:
        numbers = _one_after_the_other(transaction, first, parameters, None if token is None else values)
    if numbers is not None:
        transaction.commit()
    return numbers


def _one_after_the_other(
    transaction: Transaction, first: Executable, parameters: Parameters, token: Parameters | None
) -> tuple[int, int | None] | None:
    of_event = {name: value for name, value in parameters.items() if name.startswith(f"{events.name}_")}
    of_first = {name: value for name, value in parameters.items() if name not in of_event}
    row = transaction.write(first, of_first)
    if row is None:
        return None
    token_row = None if token is None else transaction.write(_ISSUE, {"family_id": row.id, **token})
    transaction.note(_RECORD, of_event)
    return row.id, None if token_row is None else token_row.id
