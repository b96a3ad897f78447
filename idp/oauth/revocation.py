"""Calling a token back (RFC 7009): a refresh token takes its whole family along, an access token only itself."""

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.authorization import Standing
from idp.model.client import Client
from idp.oauth import refresh_tokens
from idp.oauth.access_tokens import AccessTokens, LiveToken
from idp.ports import Cipher, UnitOfWork
from idp.services import Services


class Revocation:
    """Calls tokens back on behalf of the client they were issued to."""

    def __init__(self, services: Services) -> None:
        self._cipher: Cipher = services.cipher
        self._access_tokens = AccessTokens(services)

    def revoke(self, unit_of_work: UnitOfWork, unverified_token: str, caller: Client, now: Instant) -> None:
        """Call it back and commit; a token that is unknown, dead or another client's changes nothing (RFC 7009 §2.2).

        Whoever hears nothing bad may rely on it: a store that failed has raised `Unavailable` before.
        """
        presented = refresh_tokens.find(unit_of_work, self._cipher, unverified_token)
        if presented is not None and presented.standing.authorization.grant.client_id == caller.client_id:
            family = presented.standing.authorization
            if unit_of_work.authorizations.revoke(family.id, now):
                _record(unit_of_work, caller, presented.standing, "refresh_token", now)
            unit_of_work.commit()
            return
        token = self._access_tokens.resolve(unit_of_work, unverified_token, now)
        if token is not None and token.client_id == caller.client_id:
            if _call_back(unit_of_work, token, now):
                _record(unit_of_work, caller, token.standing, "access_token", now)
            unit_of_work.commit()


def _call_back(unit_of_work: UnitOfWork, token: LiveToken, now: Instant) -> bool:
    if token.stored_id is not None:
        return unit_of_work.authorizations.revoke_stored_token(token.stored_id, now)
    return unit_of_work.authorizations.revoke_token(token.jti, token.expires_at)


def _record(unit_of_work: UnitOfWork, caller: Client, standing: Standing | None, kind: str, now: Instant) -> None:
    grant = None if standing is None else standing.authorization.grant
    unit_of_work.events.record(
        Event(
            kind=Kind.AUDIT,
            action=Action.TOKEN_REVOKED,
            at=now,
            account_id=None if grant is None else grant.account_id,
            client_id=caller.client_id,
            session_id=None if grant is None else grant.session_id,
            channel=caller.channel,
            data={"token": kind},
        )
    )
