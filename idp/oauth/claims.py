"""What a client is told about the person: the id_token (OpenID Connect Core §2) and userinfo (§5.3), minimal."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from idp.clock import Instant, after
from idp.model.account import Account, Attributes
from idp.model.authorization import Grant

SCOPES = ("openid", "profile", "phone", "email", "offline_access")
"""The scopes this server knows; `openid` alone releases nothing but `sub`, `offline_access` nothing at all."""

CLAIMS = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "proofing", "proofing_time",
    "name", "phone_number", "phone_number_verified", "email", "email_verified",
)  # fmt: skip

SCOPE_OF_CLAIM = {
    "name": "profile",
    "phone_number": "phone",
    "phone_number_verified": "phone",
    "email": "email",
    "email_verified": "email",
}
"""What of the person may be asked for claim by claim, and the scope that stands for it before the person."""


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


def userinfo(
    sub: str, scope: tuple[str, ...], attributes: Attributes, requested: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The claims that the scopes (§5.4) and the `claims` parameter (§5.5) release; what we do not have is left out."""
    known = _known(attributes)
    by_scope = {name: value for name, value in known.items() if SCOPE_OF_CLAIM[name] in scope}
    return {"sub": sub} | by_scope | _asked(requested or {}, "userinfo", known)


def asked_in_id_token(requested: Mapping[str, Any], attributes: Attributes) -> dict[str, Any]:
    """What the `claims` parameter puts into the id_token, where scopes alone put nothing (§5.4, §5.5)."""
    return _asked(requested, "id_token", _known(attributes))


def scope_of(requested: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes that stand for the data asked for claim by claim, in either place."""
    names = {name for at in ("id_token", "userinfo") for name in requested.get(at, {})}
    return tuple(scope for scope in SCOPES if any(SCOPE_OF_CLAIM.get(name) == scope for name in names))


def allowed(requested: Mapping[str, Any], scope: tuple[str, ...]) -> Mapping[str, Any]:
    """The claims request without the data that the person did not let go; what is not theirs to allow stays."""
    held_back = {name for name, its_scope in SCOPE_OF_CLAIM.items() if its_scope not in scope}
    return {
        at: {name: wish for name, wish in members.items() if name not in held_back}
        for at, members in requested.items()
        if at in {"id_token", "userinfo"}
    }


def _known(attributes: Attributes) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    if attributes.name:
        claims["name"] = attributes.name
    if attributes.phone:
        claims["phone_number"] = attributes.phone
        claims["phone_number_verified"] = attributes.phone_is_verified
    if attributes.email:
        claims["email"] = attributes.email
        claims["email_verified"] = attributes.email_is_verified
    return claims


def _asked(requested: Mapping[str, Any], at: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for in this place; essential or not, an unknown claim or another value is left out (§5.5.1)."""
    wishes = requested.get(at, {})
    return {name: value for name, value in known.items() if name in wishes and _satisfies(value, wishes[name])}


def _satisfies(value: object, wish: object) -> bool:
    """Whether a claim may be told to who wished for it: null or an object, whose `value` or `values` name this one."""
    if not isinstance(wish, dict):
        return wish is None
    if "value" in wish and not _is_same(value, wish["value"]):
        return False
    values = wish.get("values")
    return "values" not in wish or (isinstance(values, list) and any(_is_same(value, each) for each in values))


def _is_same(value: object, wanted: object) -> bool:
    """Equal as JSON: a boolean is no number."""
    return type(value) is type(wanted) and value == wanted
