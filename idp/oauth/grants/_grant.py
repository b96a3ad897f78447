"""The steps that every grant shares and cannot forget."""

from abc import abstractmethod
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, TokenEndpointMixin, UnauthorizedClientError

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.authorization import Authorization, Grant, Standing
from idp.model.client import Client, ClientStatus
from idp.model.policy import Facts, Level
from idp.oauth.request import OAuthRequest
from idp.oauth.tokens import Mint, Order
from idp.policy import levels
from idp.policy.decide import decide
from idp.ports import UnitOfWork


class TokenGrant(BaseGrant, TokenEndpointMixin):
    """A way to obtain tokens: a subclass validates its own parameters and says how it redeems.

    The server calls `validate_token_request` (who, what), then `tokens` (gate, consume, mint), then commits.
    """

    request: OAuthRequest
    TOKEN_ENDPOINT_AUTH_METHODS = ()  # our own client authentication knows which method a client registered

    @abstractmethod
    def order(self, unit_of_work: UnitOfWork, now: Instant) -> Order:
        """What the presented proof is worth; raises when its subject may not get tokens now. Nothing is written yet."""

    @abstractmethod
    def consume(self, unit_of_work: UnitOfWork, order: Order) -> Authorization | None:
        """Consume what was presented, once across all processes; the family, None for a client that acts for itself.

        Raises when it was consumed before.
        """

    def tokens(self, unit_of_work: UnitOfWork, now: Instant) -> dict[str, Any]:
        """Decide, write it down, mint."""
        client: Client = self.request.client.model
        channel = self.server.channels.get(client.channel)
        if channel is None or self.GRANT_TYPE not in channel.grants:
            raise UnauthorizedClientError("The channel of this client does not allow this grant.")
        mint: Mint = self.server.mint
        order = self.order(unit_of_work, now)
        return mint.answer(unit_of_work, order, self.consume(unit_of_work, order))

    def subject_that_may_have_tokens(
        self, unit_of_work: UnitOfWork, standing: Standing | None, now: Instant
    ) -> Standing:
        """The gate at redemption, the same for every grant that speaks for a person (threats D03, J08).

        The family and the person are alive; so is the session, unless the person let the client go on without it; the
        person still allows what was granted; the level that was reached is still enough for what is asked today; and
        whoever the tokens are for may still receive them.
        """
        if standing is None or standing.authorization.revoked_at is not None:
            raise InvalidGrantError("The authorization was revoked.")
        grant = standing.authorization.grant
        if not standing.is_persons:
            raise InvalidGrantError("The person may not sign in now, or has to sign in again.")
        is_session_open = standing.session_ended_at is None and now < standing.session_expires_at
        if not is_session_open and not grant.is_offline:
            raise InvalidGrantError("The session has ended.")
        client: Client = self.request.client.model
        self._refuse_what_policy_forbids(unit_of_work, client, grant)
        audience = None if client.audience is None else unit_of_work.clients.of_resource(client.audience)
        if client.audience is not None and (audience is None or audience.status is not ClientStatus.ACTIVE):
            raise InvalidGrantError("The protected resource of this client is not in service.")
        return standing

    def kill(self, unit_of_work: UnitOfWork, family: Authorization, action: Action, now: Instant) -> None:
        """Revoke a family whose proof came twice, say so once in the log, and commit, whatever is refused afterwards."""
        if unit_of_work.authorizations.revoke(family.id, now):
            unit_of_work.events.record(
                Event(
                    kind=Kind.AUDIT,
                    action=action,
                    at=now,
                    outcome="invalid_grant",
                    account_id=family.grant.account_id,
                    client_id=family.grant.client_id,
                    session_id=family.grant.session_id,
                )
            )
        unit_of_work.commit()

    def _refuse_what_policy_forbids(self, unit_of_work: UnitOfWork, client: Client, grant: Grant) -> None:
        channel = self.server.channels[client.channel]
        facts = Facts(
            client_id=client.client_id,
            client_level=client.level,
            channel=channel.name,
            channel_ceiling=channel.ceiling,
            scope=grant.scope,
        )
        requirement = decide(facts, self.server.rules, client_asks_consent=client.asks_consent)
        reached = levels.level_of(grant.acr, self.server.acr_prefix) or Level.NONE
        if reached < requirement.level:
            raise InvalidGrantError("The level that was reached is no longer enough; let the person sign in again.")
        if requirement.asks_consent:
            consent = unit_of_work.consents.get(grant.account_id, client.client_id)
            if consent is None or not set(grant.scope) <= set(consent.scope):
                raise InvalidGrantError("The person no longer allows it.")

    def event(self, order: Order, grant: Grant) -> Event:
        """Tokens for people are audited one by one."""
        return Event(
            kind=Kind.AUDIT,
            action=Action.TOKEN_ISSUED,
            at=order.at,
            account_id=grant.account_id,
            client_id=order.client.client_id,
            session_id=grant.session_id,
            channel=order.client.channel,
            data={"grant": str(self.GRANT_TYPE), "scope": list(order.scope)},
        )
