"""Opaque access tokens (RFC 6749 §1.4): sealed, so that to issue one nothing is written, and to use one they are asked about.

What decides whether one works is never in it: the family, the session, the person and the client as they stand, and
whether it was called back, are looked up at each use (docs/decisions/0019).
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from idp.clock import Instant
from idp.model.authorization import Binding
from idp.model.matter import Matter, details_of, from_details
from idp.oauth import sealed_values
from idp.ports import Cipher

_KIND = "access_token"


class OpaqueToken(NamedTuple):
    """What an access token stands for; a named tuple for the reason of `Order`.

    Attributes:
        family: the number of its authorization; 0 for a client that acts for itself (RFC 6749 §4.4).
        mark: that authorization's.
        audience: the protected resource it is for; None: our own userinfo endpoint.
        binding: what whoever shows it must hold; None: whoever has it may use it.
        act: who acts for whom it is about (RFC 8693 §4.1).
        matters: what may be dealt with (RFC 9396).
    """

    family: int
    mark: str
    client_id: str
    audience: str | None
    scope: tuple[str, ...]
    issued_at: Instant
    expires_at: Instant
    binding: Binding | None = None
    act: Mapping[str, Any] | None = None
    matters: tuple[Matter, ...] = ()


def write(cipher: Cipher, token: OpaqueToken) -> str:
    """The value that its client presents."""
    scope = " ".join(token.scope)
    content = [token.family, token.mark, token.client_id, token.audience, scope, token.issued_at, token.expires_at]
    if token.binding is not None or token.act or token.matters:
        bound = token.binding or Binding()
        details = details_of(token.matters)
        content.append({"jkt": bound.jkt, "x5t": bound.x5t, "act": token.act, "details": details})
    return sealed_values.write(cipher, _KIND, content, token.issued_at)


def read(cipher: Cipher, unverified_value: str, now: Instant) -> OpaqueToken | None:
    """The token that we once wrote so, whatever became of it since; None for every other text."""
    content = sealed_values.read(cipher, _KIND, unverified_value, now)
    if content is None:
        return None
    family, mark, client_id, audience, scope, issued_at, expires_at, *rest = content
    token = OpaqueToken(
        family=family,
        mark=mark,
        client_id=client_id,
        audience=audience,
        scope=tuple(scope.split()),
        issued_at=Instant(issued_at),
        expires_at=Instant(expires_at),
    )
    return _with_more(token, rest[0]) if rest else token


def _with_more(token: OpaqueToken, more: Mapping[str, Any]) -> OpaqueToken:
    """Most have nothing more."""
    is_bound = bool(more.get("jkt") or more.get("x5t"))
    return token._replace(
        binding=Binding(jkt=more["jkt"], x5t=more["x5t"]) if is_bound else None,
        act=more.get("act"),
        matters=from_details(more["details"]) if more.get("details") else (),
    )


def jti_of(value: str) -> str:
    """By which it is called back: like the `jti` of a JWT it tells nothing of the token (RFC 9068 §2.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
