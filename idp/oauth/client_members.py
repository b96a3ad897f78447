"""What each member of client metadata may be (RFC 7591 §2, OpenID Connect Registration §2), by itself."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from idp.jose import ALGORITHMS
from idp.model import release
from idp.model.authorization import SCOPES
from idp.model.client import AccessTokenFormat, Profile
from idp.model.office import Role
from idp.model.policy import Level
from idp.oauth import client_key_set, encryption
from idp.oauth.client_assertion import SHARED
from idp.oauth.profiles import METHODS
from idp.oauth.response_types import canonical_response_type
from idp.settings import is_loopback

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?", re.ASCII)
"""A host with or without a port: no user, no wildcard, nothing that means something in a CSP."""

_WRITTEN = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+", re.ASCII)
"""What a URI is written with (RFC 3986 §2), but for the sign of a fragment."""

_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,30}:[A-Za-z0-9._~!$&'()*+,;=:@/%-]{1,200}", re.ASCII)
"""RFC 8141 §2, without the components that only a resolver understands."""

_RESOURCE_SCOPE = r"^[a-z0-9_.-]{1,64}:[A-Za-z0-9_.:-]{1,128}$"
"""`resource:right`: the colon keeps the scopes of resources apart from those of OpenID Connect."""

_MATTER = r"^[A-Za-z0-9._-]{1,64}$"
"""The code of a matter (事项编码): its basic code has 12 characters, its implementation code (实施编码) 31."""

_CLIENT_ID = r"^[A-Za-z0-9._~-]{1,255}$"
_LANGUAGE = r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$"
_JOINERS = "\u200c\u200d"
"""Without them some languages cannot be written."""


def _plain(text: str) -> str:
    """People and operators read it: nothing in it may move the cursor, turn the line around or be invisible."""
    if any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and each not in _JOINERS for each in text):
        raise ValueError("must be one line of visible characters")
    return text


Text = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_plain)]
Words = Mapping[Annotated[str, Field(pattern=_LANGUAGE)], Text]


def _canonical(response_type: object) -> object:
    """The values of a response_type in the one order in which they are kept (RFC 6749 §3.1.1: any order is the same)."""
    return canonical_response_type(response_type) if isinstance(response_type, str) else response_type


ResponseType = Annotated[
    Literal["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"],
    BeforeValidator(_canonical),
]


GrantType = Literal[
    "authorization_code",
    "implicit",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]


class ClientMetadata(BaseModel):
    """The members we know; `channel`, `profile` and the rest without an RFC are ours."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    client_id: Annotated[str, Field(pattern=_CLIENT_ID)]
    client_name: Text
    client_secret: SecretStr | None = None
    redirect_uris: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: Annotated[tuple[Text, ...], Field(max_length=8)] = ()
    initiate_login_uri: str | None = None
    application_type: Literal["web", "native"] = "web"
    token_endpoint_auth_method: str = "client_secret_basic"
    token_endpoint_auth_signing_alg: str | None = None
    jwks: Mapping[str, object] | None = None
    jwks_uri: str | None = None
    grant_types: tuple[GrantType, ...] = ("authorization_code",)
    response_types: tuple[ResponseType, ...] = ("code",)
    scope: str = "openid"
    optional_scope: str = ""
    id_token_signed_response_alg: str | None = None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    authorization_signed_response_alg: str | None = None
    introspection_signed_response_alg: str | None = None
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str | None = None
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    tls_client_auth_subject_dn: Text | None = None
    tls_client_auth_san_dns: Text | None = None
    tls_client_auth_san_uri: Text | None = None
    tls_client_auth_san_ip: Text | None = None
    tls_client_auth_san_email: Text | None = None
    request_uris: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    access_token_format: AccessTokenFormat = AccessTokenFormat.OPAQUE
    resource: str | None = None
    resource_scope: Mapping[Annotated[str, Field(pattern=_RESOURCE_SCOPE)], Annotated[Words, Field(min_length=1)]] = {}
    resource_matters: Annotated[
        Mapping[Annotated[str, Field(pattern=_MATTER)], Annotated[Words, Field(min_length=1)]], Field(max_length=1000)
    ] = {}
    audience: str | None = None
    resources: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    authorization_details_types: Annotated[tuple[Literal["matter", "mandate"], ...], Field(max_length=2)] = ()
    accepts_mandates: Annotated[tuple[Literal["organizations", "persons"], ...], Field(max_length=2)] = ()
    matters: Annotated[tuple[Annotated[str, Field(pattern=_MATTER)], ...], Field(max_length=1000)] = ()
    may_act: Annotated[str, Field(pattern=_CLIENT_ID)] | None = None
    exchange_audiences: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    channel: Text = "website"
    profile: Profile = Profile.GOV_STANDARD
    sector_identifier: Text | None = None
    sector_identifier_uri: str | None = None
    level: Level = Level.ONE
    asks_consent: bool = True
    signs_in_staff: bool = False
    api_role: Literal[Role.SYSTEM, Role.SECURITY, Role.AUDIT] | None = None
    purpose: Words = {}
    licences: Mapping[str, Annotated[Words, Field(min_length=1)]] = {}

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _addresses_are_safe(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            _refuse_unsafe(address)
        return addresses

    @field_validator(
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "sector_identifier_uri",
        "initiate_login_uri",
        "jwks_uri",
        "backchannel_logout_uri",
        "frontchannel_logout_uri",
    )
    @classmethod
    def _address_is_of_the_web(cls, address: str | None) -> str | None:
        if address is not None:
            _refuse_what_is_not_of_the_web(address)
        return address

    @field_validator("resource", "audience")
    @classmethod
    def _resource_is_absolute(cls, resource: str | None) -> str | None:
        """RFC 8707 §2: an absolute URI without a fragment; here also without a query."""
        if resource is not None and not _URN.fullmatch(resource):
            _refuse_what_is_not_of_the_web(resource)
            if "?" in resource:
                raise ValueError("must have no query")
        return resource

    @field_validator("exchange_audiences", "resources")
    @classmethod
    def _targets_are_absolute(cls, targets: tuple[str, ...]) -> tuple[str, ...]:
        for target in targets:
            cls._resource_is_absolute(target)
        return tuple(dict.fromkeys(targets))

    @field_validator("jwks")
    @classmethod
    def _keys_are_public_and_strong(cls, jwks: Mapping[str, object] | None) -> Mapping[str, object] | None:
        if jwks is not None and (faults := client_key_set.faults_of(jwks)):
            raise ValueError("; ".join(faults))
        return jwks

    @field_validator("token_endpoint_auth_method")
    @classmethod
    def _method_is_known(cls, method: str) -> str:
        return _one_of(METHODS, method)

    @field_validator("token_endpoint_auth_signing_alg")
    @classmethod
    def _assertion_algorithm_is_known(cls, alg: str | None) -> str | None:
        return None if alg is None else _one_of((*client_key_set.ALGORITHMS, SHARED), alg)

    @field_validator("request_object_signing_alg")
    @classmethod
    def _algorithm_of_theirs_is_known(cls, alg: str | None) -> str | None:
        return None if alg is None else _one_of(client_key_set.ALGORITHMS, alg)

    @field_validator(
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "authorization_signed_response_alg",
        "introspection_signed_response_alg",
    )
    @classmethod
    def _algorithm_of_ours_is_known(cls, alg: str | None) -> str | None:
        return None if alg is None else _one_of(ALGORITHMS, alg)

    @field_validator("id_token_encrypted_response_alg", "userinfo_encrypted_response_alg")
    @classmethod
    def _key_management_is_strong(cls, alg: str | None) -> str | None:
        return None if alg is None else _one_of(encryption.ALGORITHMS, alg)

    @field_validator("id_token_encrypted_response_enc", "userinfo_encrypted_response_enc")
    @classmethod
    def _content_encryption_is_known(cls, enc: str | None) -> str | None:
        return None if enc is None else _one_of(encryption.CONTENT, enc)

    @field_validator("request_uris")
    @classmethod
    def _request_uris_are_of_the_web(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """A fragment may tell the digest of what is there (OpenID Connect Core §6.2); it is not part of the place."""
        places = tuple(dict.fromkeys(address.partition("#")[0] for address in addresses))
        for place in places:
            _refuse_what_is_not_of_the_web(place)
        return places

    @field_validator("licences")
    @classmethod
    def _licences_are_known(cls, licences: Mapping[str, Words]) -> Mapping[str, Words]:
        if not release.LICENSED.issuperset(licences):
            raise ValueError(f"choose from {', '.join(sorted(release.LICENSED))}")
        return licences

    @field_validator("scope", "optional_scope")
    @classmethod
    def _scopes_are_known(cls, scope: str) -> str:
        if any(name not in SCOPES and not re.fullmatch(_RESOURCE_SCOPE, name) for name in scope.split()):
            raise ValueError(f"choose from {', '.join(SCOPES)}, or name the scope of a resource, which has a colon")
        return scope


def _one_of(known: tuple[str, ...], value: str) -> str:
    if value not in known:
        raise ValueError(f"choose one of {', '.join(known)}")
    return value


def _refuse_what_is_not_of_the_web(address: str) -> None:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ValueError("must be a web address")
    _refuse_unsafe(address)


def _has_a_port_or_none(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _refuse_unsafe(address: str) -> None:
    """https; http for this machine; a reverse-domain scheme for native apps (RFC 8252 §7.1). Never a fragment."""
    parts = urlsplit(address)
    if not _WRITTEN.fullmatch(address):
        raise ValueError("is not a plain address without a fragment")
    is_of_a_host = _HOST.fullmatch(parts.netloc) is not None and _has_a_port_or_none(parts)
    if is_of_a_host and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))):
        return
    if "." in parts.scheme and not parts.netloc:
        return
    raise ValueError("must be https, http on a loopback host, or an app's own reverse-domain scheme")
