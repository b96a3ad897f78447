"""The single mint: every token of every grant is issued here."""

from dataclasses import dataclass
from typing import Any

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.model.account import Account
from idp.model.authorization import Authorization, Grant
from idp.model.client import AccessTokenFormat, Client
from idp.oauth import claims, opaque_tokens, refresh_tokens
from idp.oauth.opaque_tokens import OpaqueToken
from idp.ports import Cipher, Signer, UnitOfWork
from idp.services import Services

JWT_SECONDS = 600
"""A token that its receiver reads by itself lives no longer, since it cannot be called back everywhere."""
JWT_TYPE = "at+jwt"
"""RFC 9068 §2.1."""
JWT_ALG = "ES256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a grant decided: these tokens, for this client, now.

    Attributes:
        scope: of the access token; at a refresh it may be narrower than the family's.
        grant: what the person let the client have; None for a client that acts for itself.
        account: that person.
        refresh_generation: the generation of the refresh token that goes along; None: none does.
        is_refresh: whether the person did nothing for it, so that `nonce` stays away (OpenID Connect Core §12.2).
    """

    client: Client
    scope: tuple[str, ...]
    at: Instant
    grant: Grant | None = None
    account: Account | None = None
    refresh_generation: int | None = None
    is_refresh: bool = False


class Mint:
    """Issues tokens, once the grant has consumed what was presented."""

    def __init__(self, services: Services) -> None:
        self._issuer = services.settings.issuer
        self._lifetimes = services.settings.tokens
        self._signer: Signer = services.signer
        self._cipher: Cipher = services.cipher

    def answer(self, unit_of_work: UnitOfWork, order: Order, authorization: Authorization | None) -> dict[str, Any]:
        """The members of a successful token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
        is_jwt = order.client.access_token_format is AccessTokenFormat.JWT
        lifetime = min(self._lifetimes.access_token, JWT_SECONDS) if is_jwt else self._lifetimes.access_token
        write = self._jwt if is_jwt else self._opaque
        access_token = write(unit_of_work, order, lifetime, authorization)
        response = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": " ".join(order.scope),
        }
        if authorization is not None and order.refresh_generation is not None:
            response["refresh_token"] = refresh_tokens.value_of(self._cipher, authorization, order.refresh_generation)
        if order.grant is not None and order.account is not None and "openid" in order.scope:
            response["id_token"] = self._id_token(unit_of_work, order, order.grant, order.account, access_token)
        return response

    def _id_token(
        self, unit_of_work: UnitOfWork, order: Order, grant: Grant, account: Account, access_token: str
    ) -> str:
        told = claims.id_token(grant, account, self._issuer, order.at, self._lifetimes.id_token)
        if grant.claims.get("id_token"):
            told |= claims.asked_in_id_token(grant.claims, unit_of_work.accounts.attributes(account.id))
        told["at_hash"] = claims.at_hash(access_token)
        if order.is_refresh:
            told.pop("nonce", None)
        return self._signer.sign(told, order.client.id_token_signed_response_alg)

    def _opaque(self, unit_of_work: UnitOfWork, order: Order, lifetime: int, family: Authorization | None) -> str:
        """An access token that its audience asks us about (RFC 7662)."""
        if order.grant is not None:
            subject_at(unit_of_work, order.grant, order.client.audience)  # made now, told at introspection
        token = OpaqueToken(
            family=0 if family is None else family.id,
            mark="" if family is None else family.mark,
            client_id=order.client.client_id,
            audience=order.client.audience,
            scope=order.scope,
            issued_at=order.at,
            expires_at=after(order.at, lifetime),
        )
        return opaque_tokens.write(self._cipher, token)

    def _jwt(self, unit_of_work: UnitOfWork, order: Order, lifetime: int, family: Authorization | None) -> str:
        """An access token that its audience reads by itself (RFC 9068 §2.2)."""
        told: dict[str, Any] = {
            "iss": self._issuer,
            "aud": order.client.audience or self._issuer,
            "client_id": order.client.client_id,
            "iat": order.at,
            "exp": after(order.at, lifetime),
            # The family in front and its mark behind: a token is traced to it without a row.
            "jti": f"0.{random_token(16)}" if family is None else f"{family.id}.{random_token(16)}.{family.mark}",
            "scope": " ".join(order.scope),
        }
        grant = order.grant
        if grant is None:
            told["sub"] = order.client.client_id
        else:
            told["sub"] = subject_at(unit_of_work, grant, order.client.audience)
            told |= {"auth_time": grant.auth_time, "acr": grant.acr, "amr": list(grant.amr)}
        return self._signer.sign(told, JWT_ALG, JWT_TYPE)


def subject_at(unit_of_work: UnitOfWork, grant: Grant, audience: str | None) -> str:
    """The `sub` that a token's audience may know: the one of the audience's own sector (OpenID Connect Core §8.1)."""
    resource = None if audience is None else unit_of_work.clients.of_resource(audience)
    return grant.sub if resource is None else unit_of_work.subjects.of(grant.account_id, resource.sector)
