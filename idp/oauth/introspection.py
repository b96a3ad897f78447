"""What a protected resource is told about a token (RFC 7662): everything it needs, or one word."""

from collections.abc import Mapping
from typing import Any

from idp.clock import Instant, after
from idp.model.authorization import Grant
from idp.model.client import Client
from idp.model.mandate import Acting
from idp.model.matter import details_of
from idp.oauth import refresh_tokens
from idp.oauth.access_tokens import AccessTokens, LiveToken
from idp.oauth.mandate_claims import act_told, mandate_told, organization_told, principal_at
from idp.oauth.mandates import StandingMandates, accepts
from idp.oauth.possession import confirmation_of, type_of
from idp.oauth.refresh_tokens import PresentedToken
from idp.oauth.tokens import actor_of, subject_at
from idp.ports import Cipher, UnitOfWork
from idp.services import Services

INACTIVE: Mapping[str, Any] = {"active": False}
"""The same for a token that is dead, unknown, garbage, or none of the caller's business (RFC 7662 §2.2)."""


class Introspection:
    """Answers about access tokens and refresh tokens."""

    def __init__(self, services: Services) -> None:
        self._issuer = services.settings.issuer
        self._lifetimes = services.settings.tokens
        self._cipher: Cipher = services.cipher
        self._access_tokens = AccessTokens(services)
        self._mandates = StandingMandates(services)

    def of(self, unit_of_work: UnitOfWork, unverified_token: str, caller: Client, now: Instant) -> Mapping[str, Any]:
        """The members of RFC 7662 §2.2 for the client it was issued to, and for the resource it is for."""
        token = self._access_tokens.resolve(unit_of_work, unverified_token, now)
        if token is not None:
            return self._access_token(unit_of_work, token, caller)
        presented = refresh_tokens.find(unit_of_work, self._cipher, unverified_token)
        if presented is not None:
            return self._refresh_token(unit_of_work, presented, caller, now)
        return INACTIVE

    def _access_token(self, unit_of_work: UnitOfWork, token: LiveToken, caller: Client) -> Mapping[str, Any]:
        is_its_resource = token.audience is not None and token.audience == caller.resource
        if token.client_id != caller.client_id and not is_its_resource:
            return INACTIVE
        told: dict[str, Any] = {
            "active": True,
            "iss": self._issuer,
            "client_id": token.client_id,
            "token_type": type_of(token.binding),
            "scope": " ".join(token.scope),
            "aud": token.audience or self._issuer,
            "iat": token.issued_at,
            "exp": token.expires_at,
            **confirmation_of(token.binding),
            **({} if token.act is None else {"act": token.act}),
        }
        if token.matters:  # RFC 9396 §9.2
            told["authorization_details"] = details_of(token.matters)
        if token.is_jwt:
            told["jti"] = token.jti
        if token.standing is None:
            return {**told, "sub": token.client_id}
        grant = token.standing.authorization.grant
        told |= {"auth_time": grant.auth_time, "acr": grant.acr, "amr": list(grant.amr)}
        client = None if token.audience is None else unit_of_work.clients.get(token.client_id)
        if client is not None and client.may_act is not None:  # RFC 8693 §4.4: with a token that reached its audience
            told["may_act"] = actor_of(client.may_act)
        if token.acting is not None:
            if not accepts(caller, token.acting):
                return INACTIVE
            return {**told, **self._of_mandate(unit_of_work, token, grant, token.acting, caller.sector)}
        if is_its_resource or token.is_jwt or token.audience is None:
            told["sub"] = subject_at(unit_of_work, grant, token.audience)
        else:  # the client itself, which knows the person by the name of its own sector alone (OpenID Connect Core §8.1)
            told["sub"] = unit_of_work.subjects.of(grant.account_id, caller.sector)
        return told

    @staticmethod
    def _of_mandate(
        unit_of_work: UnitOfWork, token: LiveToken, grant: Grant, acting: Acting, sector: str
    ) -> Mapping[str, Any]:
        """A token of who acts for another is about the principal, and says who acts (RFC 8693 §4.1), both by the names of one sector."""
        told = {
            "sub": principal_at(unit_of_work, acting, sector),
            "act": act_told(unit_of_work, grant, sector, token.act),
            "mandate": mandate_told(acting),
        }
        return told if acting.organization is None else {**told, "org": organization_told(acting.organization)}

    def _refresh_token(
        self, unit_of_work: UnitOfWork, presented: PresentedToken, caller: Client, now: Instant
    ) -> Mapping[str, Any]:
        """Only for its own client: nobody else has any business with it."""
        authorization, grant = presented.standing.authorization, presented.standing.authorization.grant
        expires_at = after(authorization.created_at, self._lifetimes.refresh_token)
        is_current = presented.generation == authorization.generation
        if grant.client_id != caller.client_id or not is_current or not presented.standing.holds or now >= expires_at:
            return INACTIVE
        if grant.mandate_id is not None and self._mandates.of(unit_of_work, grant, now) is None:
            return INACTIVE
        return {
            "active": True,
            "iss": self._issuer,
            "client_id": grant.client_id,
            "scope": " ".join(grant.scope),
            "sub": grant.sub,
            "iat": authorization.refreshed_at or authorization.created_at,
            "exp": expires_at,
        }
