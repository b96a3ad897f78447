"""Client metadata (RFC 7591 §2) as a registered client: every member is checked, unknown ones are refused."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from idp.errors import Refused
from idp.jose import ALGORITHMS
from idp.model.client import Client, ClientStatus, Profile
from idp.model.policy import Level
from idp.oauth.claims import SCOPES
from idp.oauth.client_authentication import MAX_SECRET, METHODS, digest_of
from idp.settings import is_loopback

MIN_SECRET = 32
"""Characters: a server-made secret has 256 bits; what is shorter may have been thought up by a person."""

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?", re.ASCII)
"""A host with or without a port: no user, no wildcard, nothing that means something in a CSP."""

Text = Annotated[str, Field(min_length=1, max_length=255)]


class ClientMetadata(BaseModel):
    """The members we know; `channel`, `profile` and the rest without an RFC are ours."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,255}$")]
    client_name: Text
    client_secret: SecretStr | None = None
    redirect_uris: Annotated[tuple[str, ...], Field(min_length=1, max_length=32)]
    post_logout_redirect_uris: tuple[str, ...] = ()
    client_uri: str | None = None
    initiate_login_uri: str | None = None
    application_type: Literal["web", "native"] = "web"
    token_endpoint_auth_method: str = "client_secret_basic"
    grant_types: tuple[Literal["authorization_code"], ...] = ("authorization_code",)
    response_types: tuple[Literal["code"], ...] = ("code",)
    scope: str = "openid"
    optional_scope: str = ""
    id_token_signed_response_alg: str = "RS256"
    channel: Text = "website"
    profile: Profile = Profile.GOV_STANDARD
    sector_identifier: Text | None = None
    level: Level = Level.ONE
    asks_consent: bool = True
    purpose: Mapping[str, Text] = {}

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _addresses_are_safe(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            _refuse_unsafe(address)
        return addresses

    @field_validator("client_uri", "initiate_login_uri")
    @classmethod
    def _address_is_of_the_web(cls, address: str | None) -> str | None:
        if address is not None and urlsplit(address).scheme not in {"http", "https"}:
            raise ValueError("must be a web address")
        if address is not None:
            _refuse_unsafe(address)
        return address

    @field_validator("token_endpoint_auth_method")
    @classmethod
    def _method_is_known(cls, method: str) -> str:
        if method not in METHODS:
            raise ValueError(f"choose one of {', '.join(METHODS)}")
        return method

    @field_validator("id_token_signed_response_alg")
    @classmethod
    def _algorithm_is_known(cls, alg: str) -> str:
        if alg not in ALGORITHMS:
            raise ValueError(f"choose one of {', '.join(ALGORITHMS)}")
        return alg

    @field_validator("scope", "optional_scope")
    @classmethod
    def _scopes_are_known(cls, scope: str) -> str:
        if unknown := set(scope.split()).difference(SCOPES):
            raise ValueError(f"unknown scope {', '.join(sorted(unknown))}")
        return scope


def client_of(metadata: Mapping[str, object], *, is_sandbox: bool = False) -> Client:
    """The client that this metadata registers; raises `Refused("invalid_client_metadata")` with every fault."""
    try:
        known = ClientMetadata.model_validate(metadata)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise Refused("invalid_client_metadata", faults) from None
    secret = known.client_secret.get_secret_value() if known.client_secret else None
    if (secret is None) != (known.token_endpoint_auth_method == "none"):
        raise Refused(
            "invalid_client_metadata", "client_secret: give one exactly when the client authenticates with it"
        )
    if secret is not None and not MIN_SECRET <= len(secret) <= MAX_SECRET:
        raise Refused("invalid_client_metadata", f"client_secret: {MIN_SECRET} to {MAX_SECRET} random characters")
    return Client(
        client_id=known.client_id,
        client_name=known.client_name,
        channel=known.channel,
        profile=known.profile,
        status=ClientStatus.ACTIVE,
        sector=known.sector_identifier or _sector_of(known.redirect_uris),
        redirect_uris=known.redirect_uris,
        post_logout_redirect_uris=known.post_logout_redirect_uris,
        token_endpoint_auth_method=known.token_endpoint_auth_method,
        secret_digests=(digest_of(secret),) if secret else (),
        grant_types=known.grant_types,
        response_types=known.response_types,
        scope=tuple(known.scope.split()),
        optional_scope=tuple(known.optional_scope.split()),
        id_token_signed_response_alg=known.id_token_signed_response_alg,
        application_type=known.application_type,
        initiate_login_uri=known.initiate_login_uri,
        client_uri=known.client_uri,
        level=known.level,
        asks_consent=known.asks_consent,
        purpose=tuple(known.purpose.items()),
        is_sandbox=is_sandbox,
    )


def _refuse_unsafe(address: str) -> None:
    """https; http for this machine; a reverse-domain scheme for native apps (RFC 8252 §7.1). Never a fragment."""
    parts = urlsplit(address)
    if not address.isascii() or any(character <= " " for character in address) or "#" in address or "\\" in address:
        raise ValueError("is not a plain address without a fragment")
    is_of_a_host = _HOST.fullmatch(parts.netloc) is not None
    if is_of_a_host and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))):
        return
    if "." in parts.scheme and not parts.netloc:
        return
    raise ValueError("must be https, http on a loopback host, or an app's own reverse-domain scheme")


def _sector_of(redirect_uris: tuple[str, ...]) -> str:
    """The host of the redirect URIs (OpenID Connect Core §8.1); several hosts need a sector_identifier."""
    hosts = {urlsplit(address).hostname or address for address in redirect_uris}
    if len(hosts) > 1:
        raise Refused("invalid_client_metadata", "sector_identifier: name one, since the redirect_uris differ in host")
    return hosts.pop()
