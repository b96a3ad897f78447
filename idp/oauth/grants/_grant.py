"""The steps that every grant shares and cannot forget."""

from abc import abstractmethod
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, TokenEndpointMixin, UnauthorizedClientError

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.authorization import Authorization, Binding, Grant, Standing
from idp.model.client import Client, ClientStatus
from idp.model.mandate import Acting
from idp.model.policy import Facts, Level, Requirement
from idp.oauth.extensions import authorization_details
from idp.oauth.extensions.authorization_details import (
    InvalidAuthorizationDetailsError,
    matters_at,
    matters_of,
    narrowed,
)
from idp.oauth.extensions.resource_indicators import InvalidTargetError, scope_at, target_of
from idp.oauth.mandates import within_the_mandate
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
    binding: Binding | None = None
    """What the request was proven with, once its client is known."""
    acting: Acting | None = None
    """By which mandate the person acts for another, once the gate has let it through."""
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
        self.binding = self.server.possession.of_client(self.request.snapshot, client)
        order = self._at_its_resource(unit_of_work, self.order(unit_of_work, now))
        if self.acting is not None:
            order = within_the_mandate(unit_of_work, order, self.acting)
        if self.binding is not None:  # most have none, and a copy costs a tenth of a token
            order = order._replace(binding=self.binding)
        if client.id_token_encrypted_response_alg is not None and "openid" in order.scope:
            # Before anything is consumed: an app whose key cannot be had now comes again with the same code or token.
            order = order._replace(recipient=self.server.recipients.of_id_token(client))
        return mint.answer(unit_of_work, order, self.consume(unit_of_work, order))

    def _at_its_resource(self, unit_of_work: UnitOfWork, order: Order) -> Order:
        """The order for the one resource that is meant (RFC 8707 §2.2), with what of scope and matters that one knows."""
        form, clients = self.request.form, unit_of_work.clients
        granted = None if order.grant is None else order.grant.resources
        names_matters = authorization_details.NAME in form
        is_plain = not (granted or names_matters or "resource" in form)
        if is_plain or order.target is not None:  # an exchange has named it already
            return order
        if order.grant is None:  # what a client does for itself it names each time
            matters = matters_of(form, order.client, clients, form.all_of("resource"), is_of_token=True)
            granted = tuple(dict.fromkeys(matter.location for matter in matters)) or None
            if granted is not None and len(granted) > 1:
                raise InvalidTargetError("A token is for one resource; ask for one after the other.")
        else:
            matters = narrowed(form, order.grant.matters)
        target = target_of(form, order.client, clients, granted)
        if target is None:
            return order
        matters = matters_at(matters, target, order.client)
        if names_matters and not matters:
            raise InvalidAuthorizationDetailsError("The matters are not of this resource.")
        return order._replace(target=target.resource, scope=scope_at(order.scope, target), matters=matters)

    def subject_that_may_have_tokens(
        self, unit_of_work: UnitOfWork, standing: Standing | None, now: Instant, allowed_to: Client | None = None
    ) -> Standing:
        """The gate at redemption, the same for every grant that speaks for a person (threats D03, J08).

        The family and the person are alive; so is the session, unless the person let the client go on without it; the
        person still allows what was granted; the level that was reached is still enough for what is asked today; the
        mandate stands, where the person acts by one; and whoever the tokens are for may still receive them.

        Args:
            allowed_to: whom the person let have it, where that is not who asks.
        """
        if standing is None or standing.authorization.revoked_at is not None:
            raise InvalidGrantError("The authorization was revoked.")
        standing = self.server.level_left.of(standing, now)
        grant = standing.authorization.grant
        if not standing.is_persons:
            raise InvalidGrantError("The person may not sign in now, or has to sign in again.")
        is_session_open = standing.session_ended_at is None and now < standing.session_expires_at
        if not is_session_open and not grant.is_offline:
            raise InvalidGrantError("The session has ended.")
        if not self.server.level_left.is_enough(standing):
            raise InvalidGrantError("The level that the app needs was lost; let the person sign in again.")
        client: Client = allowed_to or self.request.client.model
        self.refuse_what_policy_forbids(unit_of_work, client, grant)
        if grant.mandate_id is not None:
            self.acting = self.server.mandates.of(unit_of_work, grant, now)
            if self.acting is None:
                raise InvalidGrantError("The person no longer acts for whom they did.")
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

    def refuse_what_policy_forbids(self, unit_of_work: UnitOfWork, client: Client, grant: Grant) -> None:
        """What this client needs by the rules of now; raises when the sign-in or the consent is too little for it."""
        requirement = self.refuse_a_level_too_low(client, grant)
        if requirement.asks_consent:
            consent = unit_of_work.consents.get(grant.account_id, client.client_id)
            if consent is None or not set(grant.scope) <= set(consent.scope):
                raise InvalidGrantError("The person no longer allows it.")

    def refuse_a_level_too_low(self, client: Client, grant: Grant) -> Requirement:
        """What the rules of now require of the sign-in for this client; raises when it was too little."""
        channel = self.server.channels[client.channel]
        facts = Facts(
            client_id=client.client_id,
            client_level=client.level,
            channel=channel.name,
            channel_ceiling=channel.ceiling,
            scope=grant.scope,
        )
        requirement: Requirement = decide(facts, self.server.rules, client_asks_consent=client.asks_consent)
        reached = levels.level_of(grant.acr, self.server.acr_prefix) or Level.NONE
        if reached < requirement.level:
            raise InvalidGrantError("The level that was reached is no longer enough; let the person sign in again.")
        return requirement

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
