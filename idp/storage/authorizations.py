"""Redeemed grants and their access tokens in SQL: the hot tables, each step one statement."""

import json
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.events import Event
from idp.model.authorization import AccessToken, Authorization, Grant, NewAccessToken, Standing, Written
from idp.storage import issued
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.events import values_of
from idp.storage.statements import Parameters, Row
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

_BY_ORIGIN = select(*_FAMILY_COLUMNS).where(authorizations.c.origin == bindparam("origin"))
_STANDING = (
    select(*_STANDING_COLUMNS)
    .select_from(authorizations)
    .join(sessions, sessions.c.id == authorizations.c.session_id)
    .join(accounts, accounts.c.id == authorizations.c.account_id)
    .where(_of_family)
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

    def redeem(self, origin: bytes, grant: Grant, event: Event, token: NewAccessToken | None = None) -> Written | None:
        """Write the family of a code and what it brings; None: it was redeemed before."""
        family = {
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
            "created_at": event.at,
        }
        written = issued.redeem(self._transaction, family, values_of(event), _token_values(token))
        if written is None:
            return None
        family_id, token_id = written
        return Written(Authorization(id=family_id, origin=origin, grant=grant, created_at=event.at), token_id)

    def by_origin(self, origin: bytes) -> Authorization | None:
        """The family that a code was redeemed for."""
        row = self._transaction.find(_BY_ORIGIN, {"origin": origin})
        return None if row is None else _authorization(row)

    def standing(self, authorization_id: int) -> Standing | None:
        """The family with its person and its session, in one statement."""
        values = {"authorization_id": authorization_id}
        row = self._transaction.find(_STANDING, values) if can_be_id(authorization_id) else None
        return None if row is None else _standing(row)

    def exchange(
        self, family: Authorization, generation: int, event: Event, token: NewAccessToken | None = None
    ) -> Written | None:
        """Exchange the refresh token of this generation; None: it was exchanged before, or the family is dead."""
        step = {"family_id": family.id, "from_generation": generation, "refreshed_at": event.at}
        written = issued.exchange(self._transaction, step, values_of(event), _token_values(token))
        return None if written is None else Written(family, written[1])

    def release(self, authorization_id: int, at: Instant) -> bool:
        """Note that the person's data were read with a token of it; False when it was not the first time."""
        return self._transaction.change(_RELEASE, {"authorization_id": authorization_id, "released_at": at}) == 1

    def revoke(self, authorization_id: int, at: Instant) -> bool:
        """Kill the family with all its tokens; False when it was dead."""
        return self._transaction.change(_REVOKE, {"authorization_id": authorization_id, "revoked_at": at}) == 1

    def issue(self, token: NewAccessToken) -> int:
        """Write an opaque access token; its sequential id."""
        values = {"authorization_id": token.authorization_id, **_values_of_token(token)}
        if token.authorization_id is None:
            # What a client gets for itself stands alone: nobody knows its secret before the answer is out.
            row = self._transaction.write_alone(_ISSUE, values, may_repeat=True)
        else:
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


def _token_values(token: NewAccessToken | None) -> Parameters | None:
    return None if token is None else _values_of_token(token)


def _values_of_token(token: NewAccessToken) -> dict[str, Any]:
    return {
        "client_id": token.client_id,
        "audience": token.audience,
        "secret_digest": token.secret_digest,
        "scope": " ".join(token.scope),
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
    }


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
