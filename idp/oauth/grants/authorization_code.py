"""The authorization code grant (RFC 6749 §4.1): consumed before anything is minted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn

from authlib.oauth2.rfc6749 import InvalidGrantError, OAuth2Error
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibCodeGrant

from idp.clock import Instant
from idp.events import Action
from idp.model.authorization import Authorization, AuthorizationCode, Grant, Standing
from idp.model.client import Client, Profile
from idp.oauth import codes
from idp.oauth.client import RegisteredClient
from idp.oauth.grants._grant import TokenGrant
from idp.oauth.profiles import RULES
from idp.oauth.tokens import Order
from idp.ports import UnitOfWork


class AuthorizationCodeGrant(TokenGrant, AuthlibCodeGrant):
    """Authlib's order of checks; whoever proves to be the client and fails any of them has burnt the code (B01, B03).

    At the authorization endpoint it stands for every response type: a request for tokens beside a code, or without one
    (`legacy`), is valid by the same rules.
    """

    RESPONSE_TYPES = frozenset(RULES[Profile.LEGACY].response_types)

    def query_authorization_code(self, code: str, client: RegisteredClient) -> "_ReadableCode":
        """Open the code; a stranger's attempt opens nothing and leaves the owner's code alone."""
        now = self.server.clock()
        found = self.server.codes.find(client.model.client_id, code, now)
        if found is None:
            self._refuse_replay(self.request.unit_of_work, now)
        # Before the checks, so that one that fails knows what to burn.
        self.request.authorization_code = readable = _ReadableCode(found)
        return readable

    def validate_token_request(self) -> None:
        """Client, code, redirect_uri, verifier."""
        with self._burning(self.request.unit_of_work):
            super().validate_token_request()

    def order(self, unit_of_work: UnitOfWork, now: Instant) -> Order:
        """Ask the gate: session and person as they stand now, the family as it will be."""
        grant = self._grant()
        visitor = unit_of_work.sessions.visitor(grant.session_id)
        standing = None
        # A restored backup may give the number of a session to somebody else's.
        if visitor is not None and (visitor.account.id, visitor.session.sid) == (grant.account_id, grant.sid):
            standing = Standing(
                authorization=Authorization(id=0, origin=self._origin(), grant=grant, created_at=now),
                account=visitor.account,
                session_ended_at=visitor.session.ended_at,
                session_expires_at=visitor.session.expires_at,
            )
        client = self.request.client.model
        with self._burning(unit_of_work):
            self._refuse_another_key()
            standing = self.subject_that_may_have_tokens(unit_of_work, standing, now)
        return Order(
            client=client,
            scope=grant.scope,
            at=now,
            grant=standing.authorization.grant,
            account=standing.account,
            refresh_generation=0 if self._gives_refresh_tokens(client) else None,
        )

    def consume(self, unit_of_work: UnitOfWork, order: Order) -> Authorization:
        """Write the family with the digest of the code as its UNIQUE origin (threats B02, O01)."""
        grant = self._grant()
        if not order.client.is_confidential and order.binding is not None:
            grant = replace(grant, bound_to=order.binding.as_text)
        family = unit_of_work.authorizations.redeem(self._origin(), grant, self.event(order, grant))
        if family is None:
            self._refuse_replay(unit_of_work, order.at)
        return family

    def _refuse_another_key(self) -> None:
        """A code that was asked for with a key is redeemed with that key (RFC 9449 §10)."""
        wanted = self.request.authorization_code.model.dpop_jkt
        if wanted is not None and (self.binding is None or self.binding.jkt != wanted):
            raise InvalidGrantError("The code is bound to another key.")

    def _gives_refresh_tokens(self, client: Client) -> bool:
        return "refresh_token" in client.grant_types and "refresh_token" in self.server.channels[client.channel].grants

    @contextmanager
    def _burning(self, unit_of_work: UnitOfWork) -> Iterator[None]:
        """A check that fails takes the code along, or, where it was redeemed before, all that it brought."""
        try:
            yield
        except OAuth2Error:
            if self.request.authorization_code is not None:
                now = self.server.clock()
                if not unit_of_work.authorizations.burn(self._origin(), self._grant(), now):
                    self._kill(unit_of_work, now)
                unit_of_work.commit()
            raise

    def _refuse_replay(self, unit_of_work: UnitOfWork, now: Instant) -> NoReturn:
        """A code that was redeemed before: kill what it brought, and refuse (RFC 9700 §4.5)."""
        self._kill(unit_of_work, now)
        raise InvalidGrantError("The code is unknown, expired, or was used before.")

    def _kill(self, unit_of_work: UnitOfWork, now: Instant) -> None:
        """Whatever this code brought dies."""
        family = unit_of_work.authorizations.by_origin(self._origin())
        if family is not None:
            self.kill(unit_of_work, family, Action.CODE_REPLAYED, now)

    def _grant(self) -> Grant:
        found: AuthorizationCode = self.request.authorization_code.model
        return found.grant

    def _origin(self) -> bytes:
        return codes.origin_of(self.request.client.model.client_id, self.request.form.get("code", ""))


class _ReadableCode:
    """A code as Authlib and the PKCE extension ask it."""

    def __init__(self, code: AuthorizationCode) -> None:
        self.model = code
        self.code_challenge = code.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """The redirect_uri of the authorization request, which must come again (RFC 6749 §4.1.3)."""
        return self.model.redirect_uri

    def get_scope(self) -> str:
        """The granted scope."""
        return " ".join(self.model.grant.scope)
