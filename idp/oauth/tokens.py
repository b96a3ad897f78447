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


@dataclass(frozen=True, slots=True)
class Draft:
    """An access token that is about to be written down.

    Attributes:
        secret: the part that nobody stores.
        row: what is stored; None: the token speaks for itself.
    """

    lifetime: int
    secret: str
    row: NewAccessToken | None


class Mint:
    """Issues tokens: drafts what a grant then writes in one step with what it consumes, and words the answer."""

    def __init__(self, services: Services) -> None:
        self._issuer = services.settings.issuer
        self._lifetimes = services.settings.tokens
        self._signer: Signer = services.signer
        self._cipher: Cipher = services.cipher

    def draft(self, unit_of_work: UnitOfWork, order: Order) -> Draft:
        """The access token before it has a number."""
        if order.client.access_token_format is AccessTokenFormat.JWT:
            return Draft(min(self._lifetimes.access_token, JWT_SECONDS), "", None)
        if order.grant is not None:
            subject_at(unit_of_work, order.grant, order.client.audience)  # made now, told at introspection
        secret = random_token()
        row = NewAccessToken(
            authorization_id=None,
            client_id=order.client.client_id if order.grant is None else None,
            audience=order.client.audience,
            secret_digest=numbered_secret.digest_of(secret),
            scope=order.scope,
            issued_at=order.at,
            expires_at=after(order.at, self._lifetimes.access_token),
        )
        return Draft(self._lifetimes.access_token, secret, row)

    def answer(
        self,
        unit_of_work: UnitOfWork,
        order: Order,
        draft: Draft,
        authorization: Authorization | None,
        token_id: int | None,
    ) -> dict[str, Any]:
        """The members of a successful token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
        if token_id is None:
            access_token = self._jwt(
                unit_of_work, order, draft.lifetime, 0 if authorization is None else authorization.id
            )
        else:
            access_token = numbered_secret.write(token_id, draft.secret)
        response = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": draft.lifetime,
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

    def _jwt(self, unit_of_work: UnitOfWork, order: Order, lifetime: int, family: int) -> str:
        """An access token that its audience reads by itself (RFC 9068 §2.2)."""
        told: dict[str, Any] = {
            "iss": self._issuer,
            "aud": order.client.audience or self._issuer,
            "client_id": order.client.client_id,
            "iat": order.at,
            "exp": after(order.at, lifetime),
            "jti": f"{family}.{random_token(16)}",  # the family in front: a token is traced to it without a row
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
