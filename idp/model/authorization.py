"""What a client was given: the code, the authorization it was redeemed for, the tokens of it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.clock import Instant
from idp.model import release
from idp.model.account import Account, AccountStatus
from idp.model.matter import Matter

OFFLINE = release.OFFLINE
"""The scope by which a client may go on when the person has left (OpenID Connect Core §11)."""
SCOPES = tuple(release.SCOPES)
"""The scopes that are no resource's, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What whoever shows a token must prove to hold.

    Attributes:
        jkt: the thumbprint of a key (RFC 9449 §6.1).
        x5t: that of a certificate (RFC 8705 §3.1).
    """

    jkt: str | None = None
    x5t: str | None = None

    @property
    def as_text(self) -> str:
        """The same in one line."""
        return f"jkt:{self.jkt}" if self.jkt is not None else f"x5t:{self.x5t}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the person let a client have, decided at the authorization endpoint and carried by the code.

    Attributes:
        sub: the subject identifier of the client's sector.
        sid: the session identifier told to clients.
        acr, amr, auth_time: what this session really reached.
        claims: the `claims` parameter of the request.
        resources: the protected resources that it names; tokens are for one of them each (RFC 8707).
        matters: what it may deal with there (RFC 9396).
        bound_to: without which a client that has no secret refreshes nothing (RFC 9449 §5, RFC 8705 §4).
        mandate_id: by which the person acts for another, or for an organisation; None: for themselves.
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
    bound_to: str | None = None
    resources: tuple[str, ...] = ()
    matters: tuple[Matter, ...] = ()
    mandate_id: int | None = None

    @property
    def is_offline(self) -> bool:
        """Whether the client may go on while the person is away: a sign-out does not end it (OIDC Core §11)."""
        return OFFLINE in self.scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """A code under way, for 60 seconds (RFC 6749 §4.1.2).

    Attributes:
        code_challenge: None where the client was allowed to leave it out.
        dpop_jkt: the only key that it may be redeemed with (RFC 9449 §10).
    """

    grant: Grant
    redirect_uri: str
    code_challenge: str | None
    issued_at: Instant
    dpop_jkt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A redeemed grant: the family that all its tokens belong to and die with.

    Attributes:
        origin: the digest of what it was redeemed for; unique as long as families are kept.
        generation: how often its refresh token was exchanged.
        refreshed_at: when that was last done; None: never.
        released: the claims of the person that were told to it until now; each set that goes beyond is written down.
    """

    id: int
    origin: bytes
    grant: Grant
    created_at: Instant
    revoked_at: Instant | None = None
    generation: int = 0
    refreshed_at: Instant | None = None
    released: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """What its access tokens know it by beside its number, which a restored backup may give to another family."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.origin).digest()[:9]).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How an app used what a person let it have: all families with the same scope together.

    Attributes:
        last_at: when a token of theirs was issued last.
    """

    client_id: str
    scope: tuple[str, ...]
    first_at: Instant
    last_at: Instant


@dataclass(frozen=True, slots=True)
class Represented:
    """That within a session somebody acts for another at an app.

    Attributes:
        mandate_id: None: they act there for themselves.
    """

    session_id: int
    client_id: str
    mandate_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A family and all that stands behind it, read in one statement."""

    authorization: Authorization
    account: Account
    session_ended_at: Instant | None
    session_expires_at: Instant

    @property
    def holds(self) -> bool:
        """Whether its tokens may still be used: family, person and session are alive.

        A session that ran out leaves access tokens the minutes they have; one that was ended takes them along.
        """
        is_session_open = self.session_ended_at is None or self.authorization.grant.is_offline
        return self.authorization.revoked_at is None and self.is_persons and is_session_open

    @property
    def is_persons(self) -> bool:
        """Whether the person may sign in, and nothing took this sign-in away from the account since."""
        account, grant = self.account, self.authorization.grant
        return account.status is AccountStatus.ACTIVE and account.counts(grant.auth_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """An opaque access token as 0.2.0 stored it, with everything that decides whether it still works."""

    id: int
    client_id: str
    audience: str | None
    secret_digest: bytes
    scope: tuple[str, ...]
    issued_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    standing: Standing | None
    """None: the client acts for itself."""
