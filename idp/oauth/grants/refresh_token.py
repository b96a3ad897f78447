"""The refresh token grant (RFC 6749 §6): each token is exchanged once, and its successor is always the same.

Tokens of `gov-high` stay what they are: its clients are confidential, and FAPI 2.0 §5.3.2.1 wants no rotation.
"""

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as AuthlibRefreshTokenGrant

from idp.clock import Instant, after
from idp.events import Action
from idp.model.authorization import Authorization
from idp.oauth import refresh_tokens
from idp.oauth.grants._grant import TokenGrant
from idp.oauth.profiles import rules_of
from idp.oauth.refresh_tokens import PresentedToken
from idp.oauth.tokens import Order
from idp.ports import UnitOfWork

RETRY_SECONDS = 30
"""How long after an exchange the same client may ask for the same successor again: its answer may have been lost."""


class RefreshTokenGrant(TokenGrant, AuthlibRefreshTokenGrant):
    """Exchanges a refresh token; whoever comes with one that was exchanged long ago kills its family (RFC 9700 §4.14.2)."""

    presented: PresentedToken

    def validate_token_request(self) -> None:
        """Whose token it is. A stranger's attempt changes nothing (threat D04)."""
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client did not register this grant.")
        self.request.client = client
        value = self.request.form.get("refresh_token")
        if not value:
            raise InvalidRequestError("Send the refresh_token.")
        presented = refresh_tokens.find(self.request.unit_of_work, self.server.cipher, value)
        if presented is None or presented.standing.authorization.grant.client_id != client.get_client_id():
            raise InvalidGrantError("The refresh token is unknown, expired or revoked.")
        self.presented = presented

    def order(self, unit_of_work: UnitOfWork, now: Instant) -> Order:
        """Ask the gate, narrow the scope; the successor is one step on, whoever made that step."""
        standing = self.subject_that_may_have_tokens(unit_of_work, self.presented.standing, now)
        self._refuse_when_too_old(standing.authorization, now)
        grant = standing.authorization.grant
        if grant.bound_to is not None and (self.binding is None or self.binding.as_text != grant.bound_to):
            raise InvalidGrantError("The refresh token is bound to another key or certificate.")
        return Order(
            client=self.request.client.model,
            scope=self._narrowed_scope(grant.scope),
            at=now,
            grant=grant,
            account=standing.account,
            refresh_generation=self.presented.generation + self._rotates,
            is_refresh=True,
        )

    def consume(self, unit_of_work: UnitOfWork, order: Order) -> Authorization:
        """Make the step, or find that this very token already made it just now."""
        family = self.presented.standing.authorization
        event = self.event(order, family.grant)
        generation, rotates = self.presented.generation, self._rotates
        if not unit_of_work.authorizations.exchange(family, generation, event, rotates=rotates):
            self._refuse_unless_just_exchanged(unit_of_work, family, order.at)
            unit_of_work.events.record(event)
        return family

    @property
    def _rotates(self) -> bool:
        return rules_of(self.request.client.model).rotates_refresh_tokens

    def _refuse_unless_just_exchanged(self, unit_of_work: UnitOfWork, family: Authorization, now: Instant) -> None:
        """Somebody was faster, or it is long ago; after the failed exchange the row says which."""
        standing = unit_of_work.authorizations.standing(family.id)
        current = family if standing is None else standing.authorization
        if current.revoked_at is not None:
            raise InvalidGrantError("The authorization was revoked.")
        is_last_one = self.presented.generation == current.generation - 1
        if is_last_one and now <= after(current.refreshed_at or current.created_at, RETRY_SECONDS):
            return
        # Two hold the family, and one of them stole it, so it dies (threat D01).
        self.kill(unit_of_work, current, Action.REFRESH_REPLAYED, now)
        raise InvalidGrantError("The refresh token was used before; its authorization is revoked.")

    def _refuse_when_too_old(self, authorization: Authorization, now: Instant) -> None:
        lifetimes = self.server.lifetimes
        last_used_at = authorization.refreshed_at or authorization.created_at
        if now >= after(authorization.created_at, lifetimes.refresh_token):
            raise InvalidGrantError("The authorization is too old; let the person sign in again.")
        if now >= after(last_used_at, lifetimes.refresh_idle):
            raise InvalidGrantError("The refresh token rested too long; let the person sign in again.")

    def _narrowed_scope(self, granted: tuple[str, ...]) -> tuple[str, ...]:
        """RFC 6749 §6: the same or less; the refresh token itself keeps what was granted."""
        asked = self.request.form.get("scope", "").split()
        if not set(asked) <= set(granted):
            raise InvalidScopeError("The scope asked for is wider than what the person granted.")
        return tuple(name for name in granted if name in asked) if asked else granted
