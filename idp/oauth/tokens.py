"""The single mint: every token of every grant is issued here, and resolved here."""

import hashlib
import hmac
from typing import Any

from idp.clock import Instant, after
from idp.entropy import random_token
from idp.model.account import Account
from idp.model.authorization import AccessToken, Authorization, NewAccessToken
from idp.model.client import Client
from idp.oauth import claims
from idp.ports import Signer, UnitOfWork
from idp.settings import Settings


class Mint:
    """Issues tokens for an authorization, inside the caller's transaction."""

    def __init__(self, settings: Settings, signer: Signer) -> None:
        self._settings = settings
        self._signer = signer

    def issue(
        self, unit_of_work: UnitOfWork, authorization: Authorization, client: Client, account: Account, now: Instant
    ) -> dict[str, Any]:
        """The members of a successful token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
        lifetime = self._settings.tokens.access_token
        scope = authorization.grant.scope
        secret = random_token()
        token_id = unit_of_work.authorizations.issue(
            NewAccessToken(
                authorization_id=authorization.id,
                secret_digest=_digest(secret),
                scope=scope,
                issued_at=now,
                expires_at=after(now, lifetime),
            )
        )
        access_token = f"{token_id}.{secret}"
        response = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": " ".join(scope),
        }
        if "openid" in scope:
            told = claims.id_token(
                authorization.grant, account, self._settings.issuer, now, self._settings.tokens.id_token
            )
            told["at_hash"] = claims.at_hash(access_token)
            response["id_token"] = self._signer.sign(told, client.id_token_signed_response_alg)
        return response


def resolve(unit_of_work: UnitOfWork, unverified_token: str, now: Instant) -> AccessToken | None:
    """The access token, if it works now: known, right secret, not expired, family, session and person alive."""
    token_id, dot, secret = unverified_token.partition(".")
    if not dot or not (token_id.isascii() and token_id.isdigit() and len(token_id) <= 18) or len(secret) > 128:
        return None
    token = unit_of_work.authorizations.access_token(int(token_id))
    if token is None or not hmac.compare_digest(token.secret_digest, _digest(secret)):
        return None
    is_alive = (
        now < token.expires_at
        and token.authorization_revoked_at is None
        and token.session_ended_at is None
        and token.account_is_active
    )
    return token if is_alive else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
