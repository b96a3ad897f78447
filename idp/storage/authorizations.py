"""Redeemed grants and their access tokens in SQL: the hot tables, each step one statement."""

import json
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.account import AccountStatus
from idp.model.authorization import AccessToken, Authorization, Grant, NewAccessToken
from idp.storage.tables import access_tokens, accounts, authorizations, sessions
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_GRANT_COLUMNS = (
    authorizations.c.client_id,
    authorizations.c.account_id,
    authorizations.c.session_id,
    authorizations.c.sid,
    authorizations.c.sub,
    authorizations.c.scope.label("granted_scope"),
    authorizations.c.auth_time,
    authorizations.c.acr,
    authorizations.c.amr,
    authorizations.c.nonce,
    authorizations.c.claims,
)
_REDEEM = (
    insert(authorizations)
    .on_conflict_do_nothing(index_elements=[authorizations.c.origin])
    .returning(authorizations.c.id)
)
_BY_ORIGIN = select(
    authorizations.c.id, authorizations.c.created_at, authorizations.c.revoked_at, *_GRANT_COLUMNS
).where(authorizations.c.origin == bindparam("origin"))
_REVOKE = update(authorizations).where(
    authorizations.c.id == bindparam("authorization_id"), authorizations.c.revoked_at.is_(None)
)
_ISSUE = insert(access_tokens).returning(access_tokens.c.id)
_ACCESS_TOKEN = (
    select(
        access_tokens.c.id,
        access_tokens.c.authorization_id,
        access_tokens.c.secret_digest,
        access_tokens.c.scope,
        access_tokens.c.expires_at,
        authorizations.c.revoked_at,
        sessions.c.ended_at,
        accounts.c.status,
        *_GRANT_COLUMNS,
    )
    .join(authorizations, authorizations.c.id == access_tokens.c.authorization_id)
    .join(sessions, sessions.c.id == authorizations.c.session_id)
    .join(accounts, accounts.c.id == authorizations.c.account_id)
    .where(access_tokens.c.id == bindparam("token_id"))
)


class SqlAuthorizations:
    """Implements `ports.Authorizations`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def redeem(self, origin: bytes, grant: Grant, at: Instant) -> Authorization | None:
        """Write the family of a code; None: it was redeemed before.

        Of parallel redemptions the unique `origin` lets one through; the others wait for its commit or rollback.
        """
        values = {
            "origin": origin,
            "client_id": grant.client_id,
            "account_id": grant.account_id,
            "session_id": grant.session_id,
            "sid": grant.sid,
            "sub": grant.sub,
            "scope": " ".join(grant.scope),
            "auth_time": grant.auth_time,
            "acr": grant.acr,
            "amr": " ".join(grant.amr),
            "nonce": grant.nonce,
            "claims": json.dumps(grant.claims),
            "created_at": at,
        }
        row = self._transaction.write(_REDEEM, values)
        return None if row is None else Authorization(id=row.id, grant=grant, created_at=at, revoked_at=None)

    def by_origin(self, origin: bytes) -> Authorization | None:
        """The family that a code was redeemed for."""
        row = self._transaction.find(_BY_ORIGIN, {"origin": origin})
        if row is None:
            return None
        return Authorization(id=row.id, grant=_grant(row), created_at=row.created_at, revoked_at=row.revoked_at)

    def revoke(self, authorization_id: int, at: Instant) -> bool:
        """Kill the family with all its tokens; False when it was dead."""
        return self._transaction.change(_REVOKE, {"authorization_id": authorization_id, "revoked_at": at}) == 1

    def issue(self, token: NewAccessToken) -> int:
        """Write an opaque access token; its sequential id."""
        values = {
            "authorization_id": token.authorization_id,
            "secret_digest": token.secret_digest,
            "scope": " ".join(token.scope),
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
        }
        row = self._transaction.write(_ISSUE, values)
        assert row is not None  # INSERT … RETURNING without ON CONFLICT
        return int(row.id)

    def access_token(self, token_id: int) -> AccessToken | None:
        """The token with all that decides about it, in one statement."""
        row = self._transaction.find(_ACCESS_TOKEN, {"token_id": token_id}) if can_be_id(token_id) else None
        if row is None:
            return None
        return AccessToken(
            id=row.id,
            authorization_id=row.authorization_id,
            secret_digest=row.secret_digest,
            scope=tuple(row.scope.split()),
            expires_at=row.expires_at,
            grant=_grant(row),
            authorization_revoked_at=row.revoked_at,
            session_ended_at=row.ended_at,
            account_is_active=row.status == AccountStatus.ACTIVE,
        )


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        client_id=row.client_id,
        account_id=row.account_id,
        session_id=row.session_id,
        sid=row.sid,
        sub=row.sub,
        scope=tuple(row.granted_scope.split()),
        auth_time=row.auth_time,
        acr=row.acr,
        amr=tuple(row.amr.split()),
        nonce=row.nonce,
        claims=json.loads(row.claims),
    )
