"""An access token that came back: found, verified, and asked whether everything behind it still holds."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from idp.clock import Instant
from idp.model import numbered_secret
from idp.model.authorization import Standing
from idp.model.client import ClientStatus
from idp.oauth.tokens import JWT_TYPE
from idp.ports import Signer, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveToken:
    """An access token that works now.

    Attributes:
        audience: the protected resource it is for; None: our own userinfo endpoint.
        standing: the family with its person; None: the client acts for itself.
        token_id, jti: by which it is called back; the one or the other.
    """

    client_id: str
    audience: str | None
    scope: tuple[str, ...]
    issued_at: Instant
    expires_at: Instant
    standing: Standing | None
    token_id: int | None = None
    jti: str | None = None


class AccessTokens:
    """Finds living access tokens, whichever of the two forms they have.

    Args:
        issuer: whose tokens are believed.
        signer: verifies those that speak for themselves.
    """

    def __init__(self, issuer: str, signer: Signer) -> None:
        self._issuer = issuer
        self._signer = signer

    def resolve(self, unit_of_work: UnitOfWork, unverified_token: str, now: Instant) -> LiveToken | None:
        """The token, if it works now: ours, not expired, not called back; family, session, person and client alive."""
        if unverified_token.count(".") == 2:
            token = self._jwt(unit_of_work, unverified_token)
        else:
            token = _opaque(unit_of_work, unverified_token)
        if token is None or now >= token.expires_at:
            return None
        if token.standing is not None and not token.standing.holds:
            return None
        client = unit_of_work.clients.get(token.client_id)
        return token if client is not None and client.status is ClientStatus.ACTIVE else None

    def _jwt(self, unit_of_work: UnitOfWork, unverified_token: str) -> LiveToken | None:
        claims = self._signer.verify(unverified_token, JWT_TYPE)
        if claims is None or claims.get("iss") != self._issuer:
            return None
        jti = str(claims["jti"])
        if unit_of_work.authorizations.is_jwt_revoked(jti):
            return None
        family = int(jti.partition(".")[0])
        standing = unit_of_work.authorizations.standing(family) if family else None
        return None if family and standing is None else self._read(claims, jti, standing)

    def _read(self, claims: Mapping[str, object], jti: str, standing: Standing | None) -> LiveToken:
        """Our own signature stands under it, so its members are what the mint wrote."""
        audience = str(claims["aud"])
        return LiveToken(
            client_id=str(claims["client_id"]),
            audience=None if audience == self._issuer else audience,
            scope=tuple(str(claims["scope"]).split()),
            issued_at=Instant(int(str(claims["iat"]))),
            expires_at=Instant(int(str(claims["exp"]))),
            standing=standing,
            jti=jti,
        )


def _opaque(unit_of_work: UnitOfWork, unverified_token: str) -> LiveToken | None:
    presented = numbered_secret.read(unverified_token)
    if presented is None:
        return None
    token_id, secret = presented
    token = unit_of_work.authorizations.access_token(token_id)
    if token is None or not hmac.compare_digest(token.secret_digest, numbered_secret.digest_of(secret)):
        return None
    if token.revoked_at is not None:
        return None
    return LiveToken(
        client_id=token.client_id,
        audience=token.audience,
        scope=token.scope,
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        standing=token.standing,
        token_id=token.id,
    )
