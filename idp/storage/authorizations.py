"""Redeemed grants and their access tokens in SQL: the hot tables, each step one statement."""

import json

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.model.authorization import AccessToken, Authorization, Grant, NewAccessToken, Standing
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.statements import Row
from idp.storage.tables import access_tokens, accounts, authorizations, revoked_jwts, sessions
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_FAMILY_COLUMNS = (
    authorizations.c.id.label("authorization_id"),
    authorizations.c.origin,
    authorizations.c.created_at.label("redeemed_at"),
    authorizations.c.revoked_at.label("family_revoked_at"),
    authorizations.c.generation,
    authorizations.c.refreshed_at,
    authorizations.c.released_at,
    authorizations.c.client_id.label("granted_client_id"),
    authorizations.c.account_id.label("granted_account_id"),
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
_STANDING_COLUMNS = (
    *_FAMILY_COLUMNS,
    sessions.c.ended_at,
    sessions.c.expires_at.label("session_expires_at"),
    *ACCOUNT_COLUMNS,
)
_of_family = authorizations.c.id == bindparam("authorization_id")
_is_alive = authorizations.c.revoked_at.is_(None)

_REDEEM = (
    insert(authorizations)
    .on_conflict_do_nothing(index_elements=[authorizations.c.origin])
    .returning(authorizations.c.id)
)
_BY_ORIGIN = select(*_FAMILY_COLUMNS).where(authorizations.c.origin == bindparam("origin"))
_STANDING = (
    select(*_STANDING_COLUMNS)
    .select_from(authorizations)
    .join(sessions, sessions.c.id == authorizations.c.session_id)
    .join(accounts, accounts.c.id == authorizations.c.account_id)
    .where(_of_family)
)
_ADVANCE = (
    update(authorizations)
    .where(_of_family, _is_alive, authorizations.c.generation == bindparam("from_generation"))
    .values(generation=authorizations.c.generation + 1, refreshed_at=bindparam("at"))
)
_RELEASE = update(authorizations).where(_of_family, authorizations.c.released_at.is_(None))
_REVOKE = update(authorizations).where(_of_family, _is_alive)
_ISSUE = insert(access_tokens).returning(access_tokens.c.id)
_ACCESS_TOKEN = (
    select(
        access_tokens.c.id,
        access_tokens.c.client_id,
        access_tokens.c.audience,
        access_tokens.c.secret_digest,
        access_tokens.c.scope,
        access_tokens.c.issued_at,
        access_tokens.c.expires_at,
        access_tokens.c.revoked_at,
        *_STANDING_COLUMNS,
    )
    .select_from(access_tokens)
    .outerjoin(authorizations, authorizations.c.id == access_tokens.c.authorization_id)
    .outerjoin(sessions, sessions.c.id == authorizations.c.session_id)
    .outerjoin(accounts, accounts.c.id == authorizations.c.account_id)
    .where(access_tokens.c.id == bindparam("token_id"))
)
_REVOKE_ACCESS_TOKEN = update(access_tokens).where(
    access_tokens.c.id == bindparam("token_id"), access_tokens.c.revoked_at.is_(None)
)
_REVOKE_JWT = (
    insert(revoked_jwts).on_conflict_do_nothing(index_elements=[revoked_jwts.c.jti]).returning(revoked_jwts.c.id)
)
_IS_JWT_REVOKED = select(revoked_jwts.c.id).where(revoked_jwts.c.jti == bindparam("jti"))


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
        return None if row is None else Authorization(id=row.id, origin=origin, grant=grant, created_at=at)

    def by_origin(self, origin: bytes) -> Authorization | None:
        """The family that a code was redeemed for."""
        row = self._transaction.find(_BY_ORIGIN, {"origin": origin})
        return None if row is None else _authorization(row)

    def standing(self, authorization_id: int) -> Standing | None:
        """The family with its person and its session, in one statement."""
        values = {"authorization_id": authorization_id}
        row = self._transaction.find(_STANDING, values) if can_be_id(authorization_id) else None
        return None if row is None else _standing(row)

    def advance(self, authorization_id: int, generation: int, at: Instant) -> bool:
        """Exchange the refresh token of this generation; of parallel exchanges the row's lock lets one through."""
        values = {"authorization_id": authorization_id, "from_generation": generation, "at": at}
        return self._transaction.change(_ADVANCE, values) == 1

    def release(self, authorization_id: int, at: Instant) -> bool:
        """Note that the person's data were read with a token of it; False when it was not the first time."""
        return self._transaction.change(_RELEASE, {"authorization_id": authorization_id, "released_at": at}) == 1

    def revoke(self, authorization_id: int, at: Instant) -> bool:
        """Kill the family with all its tokens; False when it was dead."""
        return self._transaction.change(_REVOKE, {"authorization_id": authorization_id, "revoked_at": at}) == 1

    def issue(self, token: NewAccessToken) -> int:
        """Write an opaque access token; its sequential id."""
        values = {
            "authorization_id": token.authorization_id,
            "client_id": token.client_id,
            "audience": token.audience,
            "secret_digest": token.secret_digest,
            "scope": " ".join(token.scope),
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
        }
        # What a client gets for itself stands alone: nobody knows its secret before the answer is out.
        write = self._transaction.write_alone if token.authorization_id is None else self._transaction.write
        row = write(_ISSUE, values)
        assert row is not None  # INSERT … RETURNING without ON CONFLICT
        return int(row.id)

    def access_token(self, token_id: int) -> AccessToken | None:
        """The token with all that decides about it, in one statement."""
        row = self._transaction.find(_ACCESS_TOKEN, {"token_id": token_id}) if can_be_id(token_id) else None
        if row is None:
            return None
        return AccessToken(
            id=row.id,
            client_id=row.client_id or row.granted_client_id,
            audience=row.audience,
            secret_digest=row.secret_digest,
            scope=tuple(row.scope.split()),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            standing=None if row.authorization_id is None else _standing(row),
        )

    def revoke_access_token(self, token_id: int, at: Instant) -> bool:
        """Call one access token back and leave its family alive; False when it was dead."""
        return self._transaction.change(_REVOKE_ACCESS_TOKEN, {"token_id": token_id, "revoked_at": at}) == 1

    def revoke_jwt(self, jti: str, expires_at: Instant) -> bool:
        """Call back a token that speaks for itself (RFC 9068); False when it was called back before."""
        return self._transaction.write(_REVOKE_JWT, {"jti": jti, "expires_at": expires_at}) is not None

    def is_jwt_revoked(self, jti: str) -> bool:
        """Whether it was called back."""
        return self._transaction.find(_IS_JWT_REVOKED, {"jti": jti}) is not None


def _authorization(row: Row) -> Authorization:
    return Authorization(
        id=row.authorization_id,
        origin=row.origin,
        grant=_grant(row),
        created_at=row.redeemed_at,
        revoked_at=row.family_revoked_at,
        generation=row.generation,
        refreshed_at=row.refreshed_at,
        released_at=row.released_at,
    )


def _standing(row: Row) -> Standing:
    return Standing(
        authorization=_authorization(row),
        account=account_of(row),
        session_ended_at=row.ended_at,
        session_expires_at=row.session_expires_at,
    )


def _grant(row: Row) -> Grant:
    return Grant(
        client_id=row.granted_client_id,
        account_id=row.granted_account_id,
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
