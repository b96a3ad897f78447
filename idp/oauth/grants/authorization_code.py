"""The authorization code grant (RFC 6749 §4.1): consumed before anything is minted."""

from typing import Any, NoReturn

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibCodeGrant

from idp.clock import Instant
from idp.events import Action
from idp.model.authorization import Authorization, Grant, NewAccessToken, Standing, Written
from idp.model.client import Client
from idp.oauth import codes
from idp.oauth.client import RegisteredClient
from idp.oauth.codes import TakenCode
from idp.oauth.grants._grant import TokenGrant
from idp.oauth.tokens import Order
from idp.ports import UnitOfWork


class AuthorizationCodeGrant(TokenGrant, AuthlibCodeGrant):
    """Authlib's order of checks over a code that is taken out first: whoever fails a check has burnt it (B01, B03)."""

    def query_authorization_code(self, code: str, client: RegisteredClient) -> Any:
        """Take the code; a stranger's attempt finds nothing and leaves the owner's code alone."""
        taken = codes.take(self.server.ephemeral, client.model.client_id, code)
        if taken is None:
            self._refuse_replay(self.request.unit_of_work, self.server.clock())
        return _ReadableCode(taken)

    def order(self, unit_of_work: UnitOfWork, now: Instant) -> Order:
        """Ask the gate: session and person as they stand now, the family as it will be."""
        grant: Grant = self.request.authorization_code.model.grant
        visitor = unit_of_work.sessions.visitor(grant.session_id)
        standing = None
        if visitor is not None:
            standing = Standing(
                authorization=Authorization(id=0, origin=self._origin(), grant=grant, created_at=now),
                account=visitor.account,
                session_ended_at=visitor.session.ended_at,
                session_expires_at=visitor.session.expires_at,
            )
        standing = self.subject_that_may_have_tokens(unit_of_work, standing, now)
        client = self.request.client.model
        return Order(
            client=client,
            scope=grant.scope,
            at=now,
            grant=grant,
            account=standing.account,
            refresh_generation=0 if self._gives_refresh_tokens(client) else None,
        )

    def consume(self, unit_of_work: UnitOfWork, order: Order, token: NewAccessToken | None) -> Written:
        """Write the family with the digest of the code as its UNIQUE origin (threats B02, O01), and what it brings."""
        grant: Grant = self.request.authorization_code.model.grant
        written = unit_of_work.authorizations.redeem(self._origin(), grant, self.event(order, grant), token)
        if written is None:
            self._refuse_replay(unit_of_work, order.at)
        return written

    def committed(self) -> None:
        """Whoever came with the same code in the meantime found no family yet, and left word: kill it now (O01)."""
        client_id, code = self.request.client.model.client_id, self.request.form.get("code", "")
        if codes.was_replayed(self.server.ephemeral, client_id, code, self.request.authorization_code.word):
            self._kill(self.request.unit_of_work, self.server.clock())

    def _gives_refresh_tokens(self, client: Client) -> bool:
        return "refresh_token" in client.grant_types and "refresh_token" in self.server.channels[client.channel].grants

    def _refuse_replay(self, unit_of_work: UnitOfWork, now: Instant) -> NoReturn:
        """A code that was redeemed before: kill what it brought, and refuse (RFC 9700 §4.5)."""
        self._kill(unit_of_work, now)
        raise InvalidGrantError("The code is unknown, expired, or was used before.")

    def _kill(self, unit_of_work: UnitOfWork, now: Instant) -> None:
        """Whatever this code brought dies."""
        family = unit_of_work.authorizations.by_origin(self._origin())
        if family is not None:
            self.kill(unit_of_work, family, Action.CODE_REPLAYED, now)

    def _origin(self) -> bytes:
        return codes.origin_of(self.request.client.model.client_id, self.request.form.get("code", ""))


class _ReadableCode:
    """A code as Authlib and the PKCE extension ask it."""

    def __init__(self, taken: TakenCode) -> None:
        self.model = taken.code
        self.word = taken.word
        self.code_challenge = taken.code.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """The redirect_uri of the authorization request, which must come again (RFC 6749 §4.1.3)."""
        return self.model.redirect_uri

    def get_scope(self) -> str:
        """The granted scope."""
        return " ".join(self.model.grant.scope)
