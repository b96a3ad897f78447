"""What a client was given: the code, the authorization it was redeemed for, the tokens of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.clock import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the person let a client have, decided at the authorization endpoint and carried by the code.

    Attributes:
        sub: the subject identifier of the client's sector.
        sid: the session identifier told to clients.
        acr, amr, auth_time: what this session really reached.
        claims: the `claims` parameter of the request.
    """

    client_id: str
    account_id: int
    session_id: int
    sid: str
    sub: str
    scope: tuple[str, ...]
    auth_time: Instant
    acr: str
    amr: tuple[str, ...]
    nonce: str | None = None
    claims: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """A code under way; stored under the digest of its value, for 60 seconds (RFC 6749 §4.1.2)."""

    grant: Grant
    redirect_uri: str
    code_challenge: str
    issued_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A redeemed grant: the family that all its tokens belong to and die with."""

    id: int
    grant: Grant
    created_at: Instant
    revoked_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccessToken:
    """An opaque access token to be written; only the digest of its secret is kept."""

    authorization_id: int
    secret_digest: bytes
    scope: tuple[str, ...]
    issued_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token with everything that decides whether it still works, read in one statement."""

    id: int
    authorization_id: int
    secret_digest: bytes
    scope: tuple[str, ...]
    expires_at: Instant
    grant: Grant
    authorization_revoked_at: Instant | None
    session_ended_at: Instant | None
    account_is_active: bool
