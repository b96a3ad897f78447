"""Opaque access tokens (RFC 6749 §1.4): sealed, so that to issue one nothing is written, and to use one they are asked about.

What decides whether one works is never in it: the family, the session, the person and the client as they stand, and
whether it was called back, are looked up at each use (docs/decisions/0019).
"""

import base64
import hashlib
from dataclasses import dataclass

from idp.clock import Instant
from idp.oauth import sealed_values
from idp.ports import Cipher

_KIND = "access_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueToken:
    """What an access token stands for.

    Attributes:
        family: the number of its authorization; 0 for a client that acts for itself (RFC 6749 §4.4).
        mark: that authorization's.
        audience: the protected resource it is for; None: our own userinfo endpoint.
    """

    family: int
    mark: str
    client_id: str
    audience: str | None
    scope: tuple[str, ...]
    issued_at: Instant
    expires_at: Instant


def write(cipher: Cipher, token: OpaqueToken) -> str:
    """The value that its client presents."""
    scope = " ".join(token.scope)
    content = [token.family, token.mark, token.client_id, token.audience, scope, token.issued_at, token.expires_at]
    return sealed_values.write(cipher, _KIND, content, token.issued_at)


def read(cipher: Cipher, unverified_value: str, now: Instant) -> OpaqueToken | None:
    """The token that we once wrote so, whatever became of it since; None for every other text."""
    content = sealed_values.read(cipher, _KIND, unverified_value, now)
    if content is None:
        return None
    family, mark, client_id, audience, scope, issued_at, expires_at = content
    return OpaqueToken(
        family=family,
        mark=mark,
        client_id=client_id,
        audience=audience,
        scope=tuple(scope.split()),
        issued_at=Instant(issued_at),
        expires_at=Instant(expires_at),
    )


def jti_of(value: str) -> str:
    """By which it is called back: like the `jti` of a JWT it tells nothing of the token (RFC 9068 §2.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
