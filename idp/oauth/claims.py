"""What a client is told about the person: the id_token (OpenID Connect Core §2) and userinfo (§5.3), minimal."""

import base64
import hashlib
from typing import Any

from idp.clock import Instant, after
from idp.model.account import Account, Attributes
from idp.model.authorization import Grant

SCOPES = ("openid", "profile", "phone", "email")
"""The scopes this server knows; `openid` alone releases nothing but `sub`."""

CLAIMS = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "proofing", "proofing_time",
    "name", "phone_number", "phone_number_verified", "email", "email_verified",
)  # fmt: skip


def id_token(grant: Grant, account: Account, issuer: str, now: Instant, lifetime: int) -> dict[str, Any]:
    """The claims of an id_token; `auth_time`, `acr` and `amr` are those of the session, never of this moment."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": grant.sub,
        "aud": grant.client_id,
        "iat": now,
        "exp": after(now, lifetime),
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": list(grant.amr),
        "sid": grant.sid,
        "proofing": account.proofing.name,
    }
    if account.proofed_at is not None:
        claims["proofing_time"] = account.proofed_at
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    return claims


def at_hash(access_token: str) -> str:
    """The left half of the SHA-256 digest of the access token (OpenID Connect Core §3.1.3.6); both algs use SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode("ascii")).digest()[:16]).rstrip(b"=").decode()


def userinfo(sub: str, scope: tuple[str, ...], attributes: Attributes) -> dict[str, Any]:
    """The claims that the scopes release (OpenID Connect Core §5.4); what we do not have is left out."""
    claims: dict[str, Any] = {"sub": sub}
    if "profile" in scope and attributes.name:
        claims["name"] = attributes.name
    if "phone" in scope and attributes.phone:
        claims["phone_number"] = attributes.phone
        claims["phone_number_verified"] = attributes.phone_is_verified
    if "email" in scope and attributes.email:
        claims["email"] = attributes.email
        claims["email_verified"] = attributes.email_is_verified
    return claims
