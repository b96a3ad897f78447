"""Redeemed grants and their access tokens in SQL: the hot tables, each step one statement."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import BigInteger, Text, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite as well

from idp.clock import Instant
from idp.events import Event
from idp.model.account import Attributes
from idp.model.authorization import Authorization, Grant, Represented, Standing, StoredToken, Use
from idp.model.matter import details_of, from_details
from idp.storage import issued
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.attribute_columns import ATTRIBUTE_COLUMNS, attributes_of, with_attributes
from idp.storage.events import values_of
from idp.storage.sealed_fields import SealedFields
from idp.storage.statements import Row
from idp.storage.tables import access_tokens, accounts, authorizations, identifiers, revoked_jwts, sessions
from idp.storage.transaction import Transaction
from idp.storage.unverified import can_be_id

_FAMILY_COLUMNS = (
    authorizations.c.id.label("authorization_id"),
    authorizations.c.origin,
    authorizations.c.created_at.label("redeemed_at"),
    authorizations.c.revoked_at.label("family_revoked_at"),
    authorizations.c.generation,
    authorizations.c.refreshed_at,
    authorizations.c.released_claims,
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
    authorizations.c.bound_to,
    authorizations.c.resources,
    authorizations.c.authorization_details,
    authorizations.c.mandate_id,
)
_STANDING_COLUMNS = (
    *_FAMILY_COLUMNS,
    sessions.c.ended_at,
    sessions.c.expires_at.label("session_expires_at"),
    *ACCOUNT_COLUMNS,
)
_of_family = authorizations.c.id == bindparam("authorization_id")
is_alive = authorizations.c.revoked_at.is_(None)

_BY_ORIGIN = select(*_FAMILY_COLUMNS).where(authorizations.c.origin == bindparam("origin"))
_FAMILY_WITH_ALL = authorizations.join(sessions, sessions.c.id == authorizations.c.session_id).join(
    accounts, accounts.c.id == authorizations.c.account_id
)
_STANDING = select(*_STANDING_COLUMNS).select_from(_FAMILY_WITH_ALL).where(_of_family)
_BURN = (
    insert(authorizations)
    .on_conflict_do_nothing(index_elements=[authorizations.c.origin])
    .returning(authorizations.c.id)
)
_RELEASE = (
    update(authorizations)
    .where(_of_family, authorizations.c.released_claims.is_not_distinct_from(bindparam("known", type_=Text)))
    .values(
        released_at=func.coalesce(authorizations.c.released_at, bindparam("at", type_=BigInteger)),
        released_claims=bindparam("told"),
    )
)
_REVOKE = update(authorizations).where(_of_family, is_alive)
# By the sessions, which are indexed by their person; a session outlives every family of it.
_REVOKE_ALL = update(authorizations).where(
    is_alive,
    authorizations.c.session_id.in_(select(sessions.c.id).where(sessions.c.account_id == bindparam("of_account"))),
    authorizations.c.account_id == bindparam("of_account"),
)
# The families of a person are found by the person's sessions, which outlive them: an index of their own would be one more
# to write for every code that is redeemed.
_of_person = authorizations.c.account_id == bindparam("of_account")
_USES = (
    select(
        authorizations.c.client_id,
        authorizations.c.scope,
        func.min(authorizations.c.created_at).label("first_at"),
        func.max(func.coalesce(authorizations.c.refreshed_at, authorizations.c.created_at)).label("last_at"),
    )
    .select_from(sessions.join(authorizations, authorizations.c.session_id == sessions.c.id))
    .where(sessions.c.account_id == bindparam("of_account"), _of_person)
    .group_by(authorizations.c.client_id, authorizations.c.scope)
)
_REVOKE_OF_SESSION = update(authorizations).where(is_alive, authorizations.c.session_id == bindparam("of_session"))
is_offline = (" " + authorizations.c.scope + " ").like("% offline_access %")
_OFFLINE_OF = (
    select(authorizations.c.session_id, authorizations.c.client_id)
    .where(authorizations.c.session_id.in_(bindparam("of_sessions", expanding=True)), is_alive, is_offline)
    .order_by(authorizations.c.id)
)
_WHO_FOR_WHOM = (authorizations.c.session_id, authorizations.c.client_id, authorizations.c.mandate_id)
_REVOKE_OF_MANDATE = (
    update(authorizations)
    .where(is_alive, authorizations.c.mandate_id == bindparam("of_mandate", type_=BigInteger))
    .values(revoked_at=bindparam("at", type_=BigInteger))
    .returning(*_WHO_FOR_WHOM)
)
_ACTING_IN = (
    select(*_WHO_FOR_WHOM)
    .where(authorizations.c.session_id == bindparam("of_session"), is_alive, authorizations.c.mandate_id.is_not(None))
    .order_by(authorizations.c.id.desc())
)
_LAST_AT = (
    select(*_WHO_FOR_WHOM)
    .where(authorizations.c.session_id == bindparam("of_session"), authorizations.c.client_id == bindparam("of_client"))
    .order_by(authorizations.c.id.desc())
    .limit(1)
)
_REVOKE_OF_SESSION_AT = _REVOKE_OF_SESSION.where(authorizations.c.client_id == bindparam("of_client"))
_REVOKE_AT = _REVOKE_ALL.where(authorizations.c.client_id == bindparam("of_client"))
_REVOKE_TOKEN = (
    insert(revoked_jwts).on_conflict_do_nothing(index_elements=[revoked_jwts.c.jti]).returning(revoked_jwts.c.id)
)
_revoked = select(revoked_jwts.c.id).where(revoked_jwts.c.jti == bindparam("jti"))
_STANDING_OF_TOKEN = _STANDING.where(~_revoked.exists())
_STANDING_WITH_PERSON = (
    select(*_STANDING_COLUMNS, *ATTRIBUTE_COLUMNS)
    .select_from(with_attributes(_FAMILY_WITH_ALL))
    .where(_of_family, ~_revoked.exists())
    .order_by(identifiers.c.id)
)
_STORED_TOKEN = (
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
_REVOKE_STORED_TOKEN = update(access_tokens).where(
    access_tokens.c.id == bindparam("token_id"), access_tokens.c.revoked_at.is_(None)
)


class SqlAuthorizations:
    """Implements `ports.Authorizations`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def redeem(self, origin: bytes, grant: Grant, event: Event) -> Authorization | None:
        """Write the family of a code and the event that tells of it; None: it was redeemed or burnt before."""
        number = issued.redeem(self._transaction, _family(origin, grant, event.at), values_of(event))
        if number is None:
            return None
        return Authorization(id=number, origin=origin, grant=grant, created_at=event.at)

    def burn(self, origin: bytes, grant: Grant, at: Instant) -> bool:
        """Write a family that is dead from the start; False when one was there."""
        return self._transaction.write(_BURN, {**_family(origin, grant, at), "revoked_at": at}) is not None

    def by_origin(self, origin: bytes) -> Authorization | None:
        """The family that a code was redeemed for."""
        row = self._transaction.find(_BY_ORIGIN, {"origin": origin})
        return None if row is None else _authorization(row)

    def standing(self, authorization_id: int) -> Standing | None:
        """The family with its person and its session, in one statement."""
        values = {"authorization_id": authorization_id}
        row = self._transaction.find(_STANDING, values) if can_be_id(authorization_id) else None
        return None if row is None else _standing(row)

    def standing_of_token(self, authorization_id: int, jti: str) -> Standing | None:
        """The same for an access token of this family; None also when that token was called back."""
        values = {"authorization_id": authorization_id, "jti": jti}
        row = self._transaction.find(_STANDING_OF_TOKEN, values) if can_be_id(authorization_id) else None
        return None if row is None else _standing(row)

    def person_of_token(self, authorization_id: int, jti: str) -> tuple[Standing, Attributes] | None:
        """The same with the person's data, decrypted."""
        values = {"authorization_id": authorization_id, "jti": jti}
        rows = self._transaction.find_all(_STANDING_WITH_PERSON, values) if can_be_id(authorization_id) else ()
        if not rows:
            return None
        return _standing(rows[0]), attributes_of(rows, rows[0].account_id, self._fields)

    def exchange(self, family: Authorization, generation: int, event: Event, *, rotates: bool = True) -> bool:
        """Exchange the refresh token of this generation; False: it was exchanged before, or the family is dead."""
        step = {
            "family_id": family.id,
            "from_generation": generation,
            "to_generation": generation + rotates,
            "refreshed_at": event.at,
        }
        return issued.exchange(self._transaction, step, values_of(event)) is not None

    def release(self, family: Authorization, claims: Collection[str], at: Instant) -> bool:
        """Note that these claims of the person were told to it, too; False: it was told something else meanwhile."""
        told = " ".join(sorted({*family.released, *claims}))
        values = {"authorization_id": family.id, "known": " ".join(family.released) or None, "told": told, "at": at}
        return self._transaction.change(_RELEASE, values) == 1

    def revoke(self, authorization_id: int, at: Instant) -> bool:
        """Kill the family with all its tokens; False when it was dead."""
        return self._transaction.change(_REVOKE, {"authorization_id": authorization_id, "revoked_at": at}) == 1

    def revoke_all(self, account_id: int, at: Instant) -> int:
        """Kill every family of the person; how many were alive."""
        return self._transaction.change(_REVOKE_ALL, {"of_account": account_id, "revoked_at": at})

    def uses(self, account_id: int) -> Sequence[Use]:
        """What each app was let have for this person, by app and scope."""
        return [
            Use(client_id=row.client_id, scope=tuple(row.scope.split()), first_at=row.first_at, last_at=row.last_at)
            for row in self._transaction.find_all(_USES, {"of_account": account_id})
        ]

    def revoke_at(self, account_id: int, client_id: str, at: Instant) -> int:
        """Kill every family that this app holds for this person; how many were alive."""
        values = {"of_account": account_id, "of_client": client_id, "revoked_at": at}
        return self._transaction.change(_REVOKE_AT, values)

    def offline_of(self, session_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
        """The apps that may go on by what was opened in these sessions while the person is away, by session."""
        found: dict[int, list[str]] = {}
        if session_ids:
            for row in self._transaction.find_all(_OFFLINE_OF, {"of_sessions": sorted(session_ids)}):
                if row.client_id not in found.setdefault(row.session_id, []):
                    found[row.session_id].append(row.client_id)
        return found

    def revoke_of_session(self, session_id: int, at: Instant) -> int:
        """Kill every family of a session, those that outlive it among them; how many were alive."""
        return self._transaction.change(_REVOKE_OF_SESSION, {"of_session": session_id, "revoked_at": at})

    def revoke_of_session_at(self, session_id: int, client_id: str, at: Instant) -> int:
        """Kill every family that this app holds of a session; how many were alive."""
        values = {"of_session": session_id, "of_client": client_id, "revoked_at": at}
        return self._transaction.change(_REVOKE_OF_SESSION_AT, values)

    def revoke_of_mandate(self, mandate_id: int, at: Instant) -> Sequence[Represented]:
        """Kill every family that was granted to somebody who acted by this mandate; where that was, each place once."""
        killed = self._transaction.write_all(_REVOKE_OF_MANDATE, {"of_mandate": mandate_id, "at": at})
        return list(dict.fromkeys(map(_represented, killed)))

    def acting_in(self, session_id: int) -> Sequence[Represented]:
        """At which apps of a session somebody acts for another, each place once, the newest first."""
        rows = self._transaction.find_all(_ACTING_IN, {"of_session": session_id})
        return list(dict.fromkeys(map(_represented, rows)))

    def last_at(self, session_id: int, client_id: str) -> Represented | None:
        """For whom this app was used last in a session; None: it was not, as far as that is kept."""
        row = self._transaction.find(_LAST_AT, {"of_session": session_id, "of_client": client_id})
        return None if row is None else _represented(row)

    def revoke_token(self, jti: str, expires_at: Instant) -> bool:
        """Call one access token back and leave its family alive; False when it was called back before."""
        return self._transaction.write(_REVOKE_TOKEN, {"jti": jti, "expires_at": expires_at}) is not None

    def is_token_revoked(self, jti: str) -> bool:
        """Whether it was called back."""
        return self._transaction.find(_revoked, {"jti": jti}) is not None

    def stored_token(self, token_id: int) -> StoredToken | None:
        """An access token that 0.2.0 wrote, with all that decides about it."""
        row = self._transaction.find(_STORED_TOKEN, {"token_id": token_id}) if can_be_id(token_id) else None
        if row is None:
            return None
        return StoredToken(
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

    def revoke_stored_token(self, token_id: int, at: Instant) -> bool:
        """Call it back; False when it was dead."""
        return self._transaction.change(_REVOKE_STORED_TOKEN, {"token_id": token_id, "revoked_at": at}) == 1


def _family(origin: bytes, grant: Grant, at: Instant) -> dict[str, Any]:
    return {
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
        "claims": to_json(grant.claims).decode(),
        "bound_to": grant.bound_to,
        "resources": " ".join(grant.resources) or None,
        "authorization_details": to_json(details_of(grant.matters)).decode() if grant.matters else None,
        "mandate_id": grant.mandate_id,
        "created_at": at,
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
        released=tuple(row.released_claims.split()) if row.released_claims else (),
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
        claims=from_json(row.claims),
        bound_to=row.bound_to,
        resources=tuple((row.resources or "").split()),
        matters=from_details(from_json(row.authorization_details)) if row.authorization_details else (),
        mandate_id=row.mandate_id,
    )


def _represented(row: Row) -> Represented:
    return Represented(session_id=row.session_id, client_id=row.client_id, mandate_id=row.mandate_id)
