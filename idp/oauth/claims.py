"""What a client is told about the person: the id_token (OpenID Connect Core §2) and userinfo (§5.3), minimal."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from idp.clock import Instant, after
from idp.model import release
from idp.model.account import Account
from idp.model.authorization import Grant
from idp.model.policy import Level
from idp.oauth import verified_claims
from idp.oauth.extensions.openid import essential_acr_of
from idp.oauth.extensions.verified_claims import NAME as VERIFIED
from idp.oauth.extensions.verified_claims import elements_of
from idp.oauth.number_claims import SCOPES as OF_NUMBER
from idp.oauth.number_claims import Telling, number_claims
from idp.oauth.wishes import satisfies
from idp.policy.levels import acr_of, level_of

CLAIMS = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "proofing", "proofing_time",
    *release.CLAIMS,
    VERIFIED, "on_behalf_of", "org",
)  # fmt: skip

SCOPE_OF_CLAIM = {name: terms.scope for name, terms in release.CLAIMS.items()}
"""What of the person may be asked for claim by claim, and the scope that stands for it before the person."""
_COMES_WITH = {name: terms.scope for name, terms in release.CLAIMS.items() if terms.comes_with_scope}


def id_token(grant: Grant, account: Account, issuer: str, now: Instant, lifetime: int) -> dict[str, Any]:
    """The claims of an id_token; `auth_time`, `acr` and `amr` are those of the session, never of this moment."""
    proofed = account.proofed(now)
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
        "proofing": proofed.level.name,
    }
    if proofed.at is not None:
        claims["proofing_time"] = proofed.at
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    return claims


def acr_as_asked(grant: Grant, prefix: str) -> str:
    """`acr` for a client that asked for it as essential: one of the values that it named (§5.5.1.1).

    The highest that was reached, whatever beyond it was: levels hold those below, and the client compares texts. A value
    of the client's own that we do not know was refused before.
    """
    reached = level_of(grant.acr, prefix) or Level.NONE
    named = (level_of(value, prefix) for value in essential_acr_of(grant.claims))
    met = [level for level in named if level is not None and level <= reached]
    return acr_of(max(met), prefix) if met else grant.acr


def half_hash(value: str) -> str:
    """The left half of the SHA-256 digest of a code or token: `c_hash`, `at_hash` (OpenID Connect Core §3.3.2.11).

    All our algorithms use SHA-256.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode("ascii")).digest()[:16]).rstrip(b"=").decode()


def userinfo(
    sub: str, telling: Telling, requested: Mapping[str, Any] | None = None, at: str = "userinfo"
) -> dict[str, Any]:
    """The claims that the scopes (§5.4) and the `claims` parameter (§5.5) release; what we do not have is left out.

    Args:
        at: where they are told: in an id_token, where nothing comes that userinfo could be asked with.
    """
    wishes = (requested or {}).get(at, {})
    known = _known(telling, at, is_asked=bool(wishes))
    by_scope = {name: value for name, value in known.items() if _COMES_WITH.get(name) in telling.scope}
    return {"sub": sub} | by_scope | _asked(wishes, known)


def asked_in_id_token(requested: Mapping[str, Any], telling: Telling) -> dict[str, Any]:
    """What the `claims` parameter puts into the id_token, where scopes alone put nothing (§5.4, §5.5)."""
    wishes = requested.get("id_token", {})
    return _asked(wishes, _known(telling, "id_token", is_asked=bool(wishes)))


def verified(
    requested: Mapping[str, Any], at: str, telling: Telling, evidence: verified_claims.Evidence
) -> dict[str, Any]:
    """What is told as `verified_claims` in this place (OpenID Connect for Identity Assurance §5), in a member of that name.

    It stands in a member of its own in what `allowed` left: what an older version has let through, when nobody was asked for
    it, lies elsewhere and is never told.

    Args:
        evidence: reads how the person was verified; called where somebody asks for it.
    """
    wish = requested.get(VERIFIED, {}).get(at)
    if wish is None:
        return {}
    known, proofed = _known(telling, at, is_asked=True), telling.account.proofed(telling.at)
    told = verified_claims.told(wish, known, proofed, evidence, telling.at)
    return {} if told is None else {VERIFIED: told}


def are_asked_in_id_token(requested: Mapping[str, Any]) -> bool:
    """Whether the person's data have to be read for an id_token, verified or not."""
    return bool(requested.get("id_token")) or "id_token" in requested.get(VERIFIED, {})


def names_of(told: Mapping[str, Any]) -> list[str]:
    """What the log says was told: names, those inside `verified_claims` among them."""
    answers = elements_of(told[VERIFIED]) if VERIFIED in told else []
    return sorted({*told, *(name for answer in answers for name in answer["claims"])})


def scope_of(requested: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes that stand for the data asked for claim by claim, in either place.

    What takes a licence has to be asked for by its scope, so that the decision at the door sees it.
    """
    names = {name for at in ("id_token", "userinfo") for name in requested.get(at, {})}
    if VERIFIED in names:
        names |= verified_claims.names_in(requested)
    asked = {SCOPE_OF_CLAIM[name] for name in names if name in SCOPE_OF_CLAIM} - release.LICENSED
    return tuple(scope for scope in release.SCOPES if scope in asked)


def allowed(requested: Mapping[str, Any], scope: tuple[str, ...]) -> Mapping[str, Any]:
    """The claims request without the data that the person did not let go; what is not theirs to allow stays."""
    held_back = {name for name, its_scope in SCOPE_OF_CLAIM.items() if its_scope not in scope}
    kept = {
        at: {name: wish for name, wish in members.items() if name not in held_back and name != VERIFIED}
        for at, members in requested.items()
        if at in {"id_token", "userinfo"}
    }
    verified_ones = verified_claims.allowed(requested, held_back) if requested else {}
    return {**kept, VERIFIED: verified_ones} if verified_ones else kept


def _known(telling: Telling, at: str, *, is_asked: bool) -> dict[str, Any]:
    """The person's data by claim; what their number tells only where somebody may want it, since it has to be read."""
    attributes = telling.attributes
    claims: dict[str, Any] = {}
    if attributes.name:
        claims["name"] = attributes.name
    if attributes.phone:
        claims["phone_number"] = attributes.phone
        claims["phone_number_verified"] = attributes.phone_is_verified
    if attributes.email:
        claims["email"] = attributes.email
        claims["email_verified"] = attributes.email_is_verified
    if is_asked or not OF_NUMBER.isdisjoint(telling.scope):
        claims |= number_claims(telling)
        if at == "id_token":
            return {name: value for name, value in claims.items() if release.CLAIMS[name].in_id_token}
    return claims


def _asked(wishes: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for in this place; essential or not, an unknown claim or another value is left out (§5.5.1)."""
    return {name: value for name, value in known.items() if name in wishes and satisfies(value, wishes[name])}
