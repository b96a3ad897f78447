"""Token exchange (RFC 8693): a service that was given a token asks another one on the person's behalf.

Nothing grows: audience, scope and life of what comes are within what was given and within what the client registered,
and who acts stands in it. It belongs to the family of the token it was got for, and dies with it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)

from idp.clock import Instant
from idp.events import Action
from idp.model.account import AccountKind
from idp.model.authorization import Authorization, Standing
from idp.model.client import OWN_CLIENTS, TOKEN_EXCHANGE, Client, ClientStatus
from idp.oauth.access_tokens import LiveToken
from idp.oauth.extensions.authorization_details import matters_at, narrowed
from idp.oauth.extensions.resource_indicators import InvalidTargetError
from idp.oauth.grants._grant import TokenGrant
from idp.oauth.tokens import Order, actor_of, subject_at
from idp.ports import UnitOfWork

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
LONGEST_CHAIN = 2
"""Who acts, and who acts through them; whoever reads a longer one cannot tell whom to hold to account."""
_DEAD = "The {}_token is unknown, expired or revoked."


class TokenExchangeGrant(TokenGrant):
    """Exchanges access tokens of ours for others of ours."""

    GRANT_TYPE = TOKEN_EXCHANGE

    subject: LiveToken
    actor: LiveToken | None = None

    def validate_token_request(self) -> None:
        """RFC 8693 §2.1: who asks, with which tokens, for what kind."""
        client = self.authenticate_token_endpoint_client()
        if not client.model.is_confidential or not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client did not register this grant.")
        self.request.client = client
        form = self.request.form
        if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
            raise InvalidRequestError("Only access tokens are issued in exchange.")
        self.subject = self._token("subject")
        if form.get("actor_token") or form.get("actor_token_type"):
            self.actor = self._token("actor")
        self._refuse_tokens_of_others(client.model)

    def order(self, unit_of_work: UnitOfWork, now: Instant) -> Order:
        """Ask the gate for the person, then cut everything down."""
        client: Client = self.request.client.model
        try:
            standing = self._standing(unit_of_work, now)
        except InvalidGrantError:  # RFC 8693 §2.2.2: one answer, for whatever reason the token is unacceptable
            raise InvalidRequestError(_DEAD.format("subject")) from None
        self._refuse_what_is_not_proven(client)
        target = self._target(unit_of_work, client)
        matters = narrowed(self.request.form, matters_at(self.subject.matters, target, client))
        return Order(
            client=client,
            scope=self._scope(client, target, is_enough=bool(matters)),
            at=now,
            grant=standing.authorization.grant,
            account=standing.account,
            target=target.resource,
            matters=matters,
            expires_by=self.subject.expires_at,
            act=self._act(unit_of_work, client, target),
        )

    def consume(self, unit_of_work: UnitOfWork, order: Order) -> Authorization | None:
        """Nothing is used up; that it happened is written down, so that the person sees it."""
        standing = self.subject.standing
        if standing is None or order.grant is None:
            raise InvalidRequestError("The subject_token speaks for nobody.")
        told = self.event(order, order.grant)
        data: dict[str, str | int | list[str]] = {
            "for": self.subject.client_id,
            "resource": str(order.target),
            "scope": list(order.scope),
        }
        unit_of_work.events.record(replace(told, action=Action.TOKEN_EXCHANGED, data=data))
        return standing.authorization

    def tokens(self, unit_of_work: UnitOfWork, now: Instant) -> dict[str, Any]:
        """The same as ever, and of which kind it is (§2.2.1)."""
        return {**super().tokens(unit_of_work, now), "issued_token_type": ACCESS_TOKEN}

    def _token(self, name: str) -> LiveToken:
        """A living access token of ours: anything else is an error, never nobody (threat M01)."""
        form = self.request.form
        value, kind = form.get(f"{name}_token"), form.get(f"{name}_token_type")
        if not value or kind != ACCESS_TOKEN:
            raise InvalidRequestError(f"Send the {name}_token with its {name}_token_type, an access token.")
        found: LiveToken | None = self.server.access_tokens.resolve(
            self.request.unit_of_work, value, self.server.clock()
        )
        if found is None:
            raise InvalidRequestError(_DEAD.format(name))
        return found

    def _refuse_tokens_of_others(self, client: Client) -> None:
        """A client exchanges what it was issued itself, or what reached it as the resource that may act (§4.4)."""
        if self.actor is not None and self.actor.client_id != client.client_id:
            raise InvalidRequestError("The actor_token was not issued to this client.")
        if self.actor is not None and (self.actor.act is not None or self.actor.acting is not None):
            raise InvalidRequestError(
                "The actor_token is of somebody who acts for another; a chain is told by the subject_token."
            )
        if self.subject.client_id == client.client_id:
            return
        issued_to = self.request.unit_of_work.clients.get(self.subject.client_id)
        has_reached_it = self.subject.audience is not None and self.subject.audience == client.resource
        if not has_reached_it or issued_to is None or issued_to.may_act != client.client_id:
            raise InvalidRequestError("The subject_token is not for this client to act with.")

    def _refuse_what_is_not_proven(self, client: Client) -> None:
        """Its own bound tokens it shows with their proof; a bound one of another is exchanged for a bound one."""
        for token in (self.subject, self.actor):
            if token is None or token.binding is None:
                continue
            is_proven = (
                self.binding == token.binding if token.client_id == client.client_id else self.binding is not None
            )
            if not is_proven:
                raise InvalidRequestError("A bound token is exchanged for a bound one; send its proof.")

    def _standing(self, unit_of_work: UnitOfWork, now: Instant) -> Standing:
        """The gate, for the app that the person let have their data, and for the one that asks now."""
        if self.subject.standing is None:
            raise InvalidRequestError("The subject_token speaks for nobody.")
        allowed_to = unit_of_work.clients.get(self.subject.standing.authorization.grant.client_id)
        is_there = allowed_to is not None and allowed_to.status is ClientStatus.ACTIVE
        if allowed_to is None or not is_there or allowed_to.channel not in self.server.channels:
            raise InvalidGrantError("The authorization was revoked.")
        standing = self.subject_that_may_have_tokens(unit_of_work, self.subject.standing, now, allowed_to)
        if standing.account.kind is AccountKind.WORK:
            raise InvalidRequestError("Nobody acts for an officer.")
        self.refuse_a_level_too_low(self.request.client.model, standing.authorization.grant)
        return standing

    def _target(self, unit_of_work: UnitOfWork, client: Client) -> Client:
        """The one resource that is meant (§2.1, RFC 8707 §2)."""
        form = self.request.form
        named = {*form.all_of("audience"), *form.all_of("resource")}
        if len(named) != 1:
            raise InvalidTargetError("Name the one resource that the token is for.")
        (wanted,) = named
        found = unit_of_work.clients.of_resource(wanted) if wanted in client.exchange_audiences else None
        if found is None or found.status is not ClientStatus.ACTIVE or found.client_id in OWN_CLIENTS:
            raise InvalidTargetError("The client may get no tokens for this resource.")
        return found

    def _scope(self, client: Client, target: Client, *, is_enough: bool) -> tuple[str, ...]:
        """At most what was given, what the client registered, and what the target knows.

        Args:
            is_enough: whether the token is worth something without any.
        """
        known = {name for name, _ in target.resource_scope}
        most = tuple(name for name in self.subject.scope if name in client.scope and name in known)
        asked = self.request.form.get("scope", "").split()
        if not set(asked) <= set(most):
            raise InvalidScopeError("The scope asked for is wider than what the subject_token allows here.")
        scope = tuple(name for name in most if name in asked) if asked else most
        if not (scope or is_enough):
            raise InvalidScopeError("Nothing that the subject_token allows is known to this resource.")
        return scope

    def _act(self, unit_of_work: UnitOfWork, client: Client, target: Client) -> Mapping[str, Any]:
        """Who acts (§4.1): the client, or whoever is behind its actor_token; before them who acted until now."""
        actor = actor_of(client.client_id)
        if self.actor is not None and self.actor.standing is not None:
            grant = self.actor.standing.authorization.grant
            actor["sub"] = subject_at(unit_of_work, grant, target.resource)
        agents = 0 if self.subject.acting is None else 1  # who acts by a mandate is the innermost of the chain
        if _length(self.subject.act) + agents >= LONGEST_CHAIN:
            raise InvalidRequestError("Too many act one through the other already.")
        if self.subject.act is None:
            return actor
        # The `sub` of whoever acted before is of another sector, which this one must not learn.
        return {**actor, "act": {"client_id": self.subject.act["client_id"]}}


def _length(act: object) -> int:
    return 1 + _length(act.get("act")) if isinstance(act, Mapping) else 0
