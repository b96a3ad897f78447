"""The single mint: every token of every grant is issued here."""

from dataclasses import dataclass
from typing import Any

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.model import numbered_secret
from idp.model.account import Account
from idp.model.authorization import Authorization, Grant, NewAccessToken
from idp.model.client import AccessTokenFormat, Client
from idp.oauth import claims, refresh_tokens
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
        authorization: the family; None for a client that acts for itself.
        account: the person of the family.
        refresh_generation: the generation of the refresh token that goes along; None: none does.
        is_refresh: whether the person did nothing for it, so that `nonce` stays away (OpenID Connect Core §12.2).
    """

    client: Client
    scope: tuple[str, ...]
    at: Instant
    authorization: Authorization | None = None
    account: Account | None = None
    refresh_generation: int | None = None
    is_refresh: bool = False


class Mint:
    """Issues tokens, inside the caller's transaction."""

    def __init__(self, services: Services) -> None:
        self._issuer = services.settings.issuer
        self._lifetimes = services.settings.tokens
        self._signer: Signer = services.signer
        self._cipher: Cipher = services.cipher

    def issue(self, unit_of_work: UnitOfWork, order: Order) -> dict[str, Any]:
        """The members of a successful token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
        is_jwt = order.client.access_token_format is AccessTokenFormat.JWT
        lifetime = min(self._lifetimes.access_token, JWT_SECONDS) if is_jwt else self._lifetimes.access_token
        access_token = self._jwt(unit_of_work, order, lifetime) if is_jwt else _opaque(unit_of_work, order, lifetime)
        response = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": " ".join(order.scope),
        }
        if order.authorization is not None and order.refresh_generation is not None:
            response["refresh_token"] = refresh_tokens.value_of(
                self._cipher, order.authorization, order.refresh_generation
            )
        if order.authorization is not None and order.account is not None and "openid" in order.scope:
            response["id_token"] = self._id_token(
                unit_of_work, order, order.authorization.grant, order.account, access_token
            )
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

    def _jwt(self, unit_of_work: UnitOfWork, order: Order, lifetime: int) -> str:
        """An access token that its audience reads by itself (RFC 9068 §2.2)."""
        told: dict[str, Any] = {
            "iss": self._issuer,
            "aud": order.client.audience or self._issuer,
            "client_id": order.client.client_id,
            "iat": order.at,
            "exp": after(order.at, lifetime),
            "jti": _jti(order),
            "scope": " ".join(order.scope),
        }
        if order.authorization is None:
            told["sub"] = order.client.client_id
        else:
            grant = order.authorization.grant
            told["sub"] = subject_at(unit_of_work, grant, order.client.audience)
            told |= {"auth_time": grant.auth_time, "acr": grant.acr, "amr": list(grant.amr)}
        return self._signer.sign(told, JWT_ALG, JWT_TYPE)


def subject_at(unit_of_work: UnitOfWork, grant: Grant, audience: str | None) -> str:
    """The `sub` that a token's audience may know: the one of the audience's own sector (OpenID Connect Core §8.1)."""
    resource = None if audience is None else unit_of_work.clients.of_resource(audience)
    return grant.sub if resource is None else unit_of_work.subjects.of(grant.account_id, resource.sector)


def _opaque(unit_of_work: UnitOfWork, order: Order, lifetime: int) -> str:
    """An access token that means nothing by itself: a row's number, and a secret kept as a digest."""
    if order.authorization is not None:
        subject_at(unit_of_work, order.authorization.grant, order.client.audience)  # made now, told at introspection
    secret = random_token()
    token_id = unit_of_work.authorizations.issue(
        NewAccessToken(
            authorization_id=None if order.authorization is None else order.authorization.id,
            client_id=order.client.client_id if order.authorization is None else None,
            audience=order.client.audience,
            secret_digest=numbered_secret.digest_of(secret),
            scope=order.scope,
            issued_at=order.at,
            expires_at=after(order.at, lifetime),
        )
    )
    return numbered_secret.write(token_id, secret)


def _jti(order: Order) -> str:
    """Names the family in front, so that a token is traced to it without a row of its own."""
    return f"{0 if order.authorization is None else order.authorization.id}.{random_token(16)}"
