"""A relying app, as registered (RFC 7591 §2 names, where they exist)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from idp.model.office import Role
from idp.model.policy import Level
from idp.model.terms import Terms

ACCOUNT_CLIENT = "account"
"""The account's own pages: an app as any other to the one door, though nobody registers it."""
CONSOLE_CLIENT = "console"
"""The officers' pages, likewise."""
API_CLIENT = "api"
"""The officers' JSON API: a protected resource as any other."""
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
"""RFC 8693 §2.1."""
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
        secrets: these themselves, where the client signs with them (`client_secret_jwt`); encrypted wherever they are kept.
        sealed_secrets: those that this process cannot decrypt, as they are kept: nothing is proven by them, and they stay.
        sector: the sector identifier whose `sub` this client receives (OpenID Connect Core §8.1).
        logo_uri, logo: where its picture was fetched, and as what we serve it (`model.registration.Logo`).
        policy_uri, tos_uri: what it says of data and of terms, linked where people sign in to it.
        contacts: whom to write to about it.
        sector_identifier_uri: where its redirect URIs are listed (OpenID Connect Registration §5); the host is the sector.
        scope: what it may ask for.
        purpose: why it asks, as the person reads it on the consent page, by language tag.
        licences: by what right it asks for what takes a licence (`model.release`): by scope, in words by language tag.
        asks_consent: False where a law obliges the release and a notice stands instead.
        jwks, jwks_uri: its public keys, by value or by https address; never both (RFC 7591 §2).
        token_endpoint_auth_signing_alg: the one algorithm of its client assertions; None: any that we verify.
        introspection_signed_response_alg: by which we sign what it is told about tokens, where it wants that (RFC 9701 §6).
        userinfo_signed_response_alg: by which we sign what userinfo tells it; None: it is told as JSON (OpenID Connect
            Registration §2).
        userinfo_encrypted_response_alg, …_enc: how that is encrypted for it; None: not at all.
        id_token_encrypted_response_alg, …_enc: the same for its id_tokens, and for its logout tokens with them.
        authorization_signed_response_alg: by which we sign its authorization responses, where it wants them signed (JARM).
        require_pushed_authorization_requests: it asks by no other way (RFC 9126 §6).
        require_signed_request_object: it asks by nothing that it did not sign (RFC 9101 §10.5).
        request_object_signing_alg: the one algorithm of these; None: any that we verify.
        dpop_bound_access_tokens: it takes no tokens that whoever finds them could use (RFC 9449 §5.2).
        tls_client_certificate_bound_access_tokens: its access tokens are bound to the certificate it comes with (RFC 8705 §3.4).
        tls_client_auth_…: the one name by which its certificate is told (RFC 8705 §2.1.2).
        resources: the protected resources that its tokens may be for beside `audience`, when it asks so (RFC 8707).
        authorization_details_types: of the rich requests that it makes (RFC 9396 §10): `matter`, or none.
        matters: the codes of the matters that it may deal with.
        accepts_mandates: for whom people may act at it, by the words of `model.mandate.PrincipalKind`; none: for themselves.
        resource_matters: those that this resource declares, each with its words by language tag.
        may_act: the client that may act with access tokens of this one, once they reached it (RFC 8693 §4.4).
        exchange_audiences: the resources that it may get tokens for in exchange for others (RFC 8693 §2.1).
        request_uris: where we may fetch them (OpenID Connect Registration §2), without fragments.
        backchannel_logout_uri: where it hears that a session ended (OpenID Connect Back-Channel Logout §2.2).
        frontchannel_logout_uri: where the person's browser tells it (OpenID Connect Front-Channel Logout §2).
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
    logo_uri: str | None = None
    logo: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()
    sector_identifier_uri: str | None = None
    level: Level = Level.ONE
    asks_consent: bool = True
    purpose: tuple[tuple[str, str], ...] = ()
    licences: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    optional_scope: tuple[str, ...] = ()
    is_sandbox: bool = False
    signs_in_staff: bool = False
    api_role: Role | None = None
    jwks: Mapping[str, object] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    access_token_format: AccessTokenFormat = AccessTokenFormat.OPAQUE
    resource: str | None = None
    resource_scope: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    audience: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    authorization_signed_response_alg: str = "RS256"
    introspection_signed_response_alg: str = "RS256"
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str | None = None
    request_uris: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    authorization_details_types: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    accepts_mandates: tuple[str, ...] = ()
    resource_matters: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    may_act: str | None = None
    exchange_audiences: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    sealed_secrets: tuple[str, ...] = field(default=(), repr=False)
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None

    def start_address(self, issuer: str) -> str | None:
        """Where we lead somebody who wants to go there: where a sign-in begins, told whom to ask (OpenID Connect Core §4)."""
        if self.initiate_login_uri is None:
            return self.client_uri
        joint = "&" if "?" in self.initiate_login_uri else "?"
        return f"{self.initiate_login_uri}{joint}iss={quote(issuer, safe='')}"

    def is_licensed(self, scope: str) -> bool:
        """Whether officers let it ask for this."""
        return any(name == scope for name, _ in self.licences)

    @property
    def terms(self) -> Terms:
        """What people are told of why it asks."""
        return Terms(self.purpose, self.licences)

    @property
    def targets(self) -> tuple[str, ...]:
        """The protected resources that its tokens may be for."""
        return tuple(dict.fromkeys((*self.resources, *((self.audience,) if self.audience else ()))))

    @property
    def is_confidential(self) -> bool:
        """Whether it can keep a secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method != "none"
