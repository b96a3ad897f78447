"""A relying app, as registered (RFC 7591 §2 names, where they exist)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.model.office import Role
from idp.model.policy import Level

ACCOUNT_CLIENT = "account"
"""The account's own pages: an app as any other to the one door, though nobody registers it."""
CONSOLE_CLIENT = "console"
"""The officers' pages, likewise."""
API_CLIENT = "api"
"""The officers' JSON API: a protected resource as any other."""
OWN_CLIENTS = frozenset({ACCOUNT_CLIENT, CONSOLE_CLIENT, API_CLIENT})


class Profile(StrEnum):
    """One word that stands for a set of refusals."""

    GOV_HIGH = "gov-high"
    GOV_STANDARD = "gov-standard"
    LEGACY = "legacy"


class ClientStatus(StrEnum):
    """Whether the app may sign people in now."""

    ACTIVE = "active"
    DISABLED = "disabled"


class AccessTokenFormat(StrEnum):
    """How an access token looks to whoever receives it."""

    OPAQUE = "opaque"
    """Means nothing by itself: the receiver asks us (RFC 7662), so it dies when told."""
    JWT = "jwt"
    """RFC 9068: the receiver reads it by itself, for ten minutes at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What an authorization or token request may rely on about its client.

    Attributes:
        secret_digests: SHA-256 of each valid client secret; two during a rotation.
        sector: the sector identifier whose `sub` this client receives (OpenID Connect Core §8.1).
        scope: what it may ask for.
        purpose: why it asks, as the person reads it on the consent page, by language tag.
        asks_consent: False where a law obliges the release and a notice stands instead.
        jwks, jwks_uri: its public keys, by value or by https address; never both (RFC 7591 §2).
        token_endpoint_auth_signing_alg: the one algorithm of its client assertions; None: any that we verify.
        backchannel_logout_uri: where it hears that a session ended (OpenID Connect Back-Channel Logout §2.2).
        access_token_format: how the access tokens of this client look.
        resource: the URI (RFC 8707 §2) of the protected resource that this client is; None: it is none.
        resource_scope: the scopes of that resource, each with its words by language tag.
        api_role: what it may do at the officers' API when it acts for itself; None: nothing.
        signs_in_staff: it signs in work accounts alone, and any other client personal accounts alone.
        audience: the `resource` that this client's access tokens are for; None: our own userinfo endpoint.
    """

    client_id: str
    client_name: str
    channel: str
    profile: Profile
    status: ClientStatus
    sector: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    token_endpoint_auth_method: str = "client_secret_basic"
    secret_digests: tuple[bytes, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    response_types: tuple[str, ...] = ("code",)
    scope: tuple[str, ...] = ("openid",)
    id_token_signed_response_alg: str = "RS256"
    application_type: str = "web"
    initiate_login_uri: str | None = None
    client_uri: str | None = None
    level: Level = Level.ONE
    asks_consent: bool = True
    purpose: tuple[tuple[str, str], ...] = ()
    optional_scope: tuple[str, ...] = ()
    is_sandbox: bool = False
    signs_in_staff: bool = False
    api_role: Role | None = None
    jwks: Mapping[str, object] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    access_token_format: AccessTokenFormat = AccessTokenFormat.OPAQUE
    resource: str | None = None
    resource_scope: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    audience: str | None = None

    @property
    def is_confidential(self) -> bool:
        """Whether it can keep a secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method != "none"
