"""Client metadata (RFC 7591 §2) as a registered client: every member is checked, unknown ones are refused."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from idp.jose import ALGORITHMS
from idp.model.client import AccessTokenFormat, Client, ClientStatus, Profile
from idp.model.office import Role
from idp.model.policy import Level
from idp.oauth import client_key_set
from idp.oauth.claims import SCOPES
from idp.oauth.client_authentication import MAX_SECRET, METHODS, digest_of
from idp.registration.faults import InvalidClientMetadata
from idp.settings import is_loopback

MIN_SECRET = 32
"""Characters: a server-made secret has 256 bits; what is shorter may have been thought up by a person."""

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?", re.ASCII)
"""A host with or without a port: no user, no wildcard, nothing that means something in a CSP."""

_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,30}:[A-Za-z0-9._~!$&'()*+,;=:@/%-]{1,200}", re.ASCII)
"""RFC 8141 §2, without the components that only a resolver understands."""

_RESOURCE_SCOPE = r"^[a-z0-9_.-]{1,64}:[A-Za-z0-9_.:-]{1,128}$"
"""`resource:right`: the colon keeps the scopes of resources apart from those of OpenID Connect."""

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


class ClientMetadata(BaseModel):
    """The members we know; `channel`, `profile` and the rest without an RFC are ours."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,255}$")]
    client_name: Text
    client_secret: SecretStr | None = None
    redirect_uris: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    client_uri: str | None = None
    initiate_login_uri: str | None = None
    application_type: Literal["web", "native"] = "web"
    token_endpoint_auth_method: str = "client_secret_basic"
    token_endpoint_auth_signing_alg: str | None = None
    jwks: Mapping[str, object] | None = None
    jwks_uri: str | None = None
    grant_types: tuple[Literal["authorization_code", "refresh_token", "client_credentials"], ...] = (
        "authorization_code",
    )
    response_types: tuple[Literal["code"], ...] = ("code",)
    scope: str = "openid"
    optional_scope: str = ""
    id_token_signed_response_alg: str = "RS256"
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    access_token_format: AccessTokenFormat = AccessTokenFormat.OPAQUE
    resource: str | None = None
    resource_scope: Mapping[Annotated[str, Field(pattern=_RESOURCE_SCOPE)], Annotated[Words, Field(min_length=1)]] = {}
    audience: str | None = None
    channel: Text = "website"
    profile: Profile = Profile.GOV_STANDARD
    sector_identifier: Text | None = None
    level: Level = Level.ONE
    asks_consent: bool = True
    signs_in_staff: bool = False
    api_role: Literal[Role.SYSTEM, Role.SECURITY, Role.AUDIT] | None = None
    purpose: Words = {}

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _addresses_are_safe(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            _refuse_unsafe(address)
        return addresses

    @field_validator("client_uri", "initiate_login_uri", "jwks_uri", "backchannel_logout_uri")
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
        return None if alg is None else _one_of(client_key_set.ALGORITHMS, alg)

    @field_validator("id_token_signed_response_alg")
    @classmethod
    def _algorithm_is_known(cls, alg: str) -> str:
        return _one_of(ALGORITHMS, alg)

    @field_validator("scope", "optional_scope")
    @classmethod
    def _scopes_are_known(cls, scope: str) -> str:
        if any(name not in SCOPES and not re.fullmatch(_RESOURCE_SCOPE, name) for name in scope.split()):
            raise ValueError(f"choose from {', '.join(SCOPES)}, or name the scope of a resource, which has a colon")
        return scope


def client_of(metadata: Mapping[str, object], *, is_sandbox: bool = False) -> Client:
    """The client that this metadata registers; raises `InvalidClientMetadata` with every fault, and no value."""
    known = _read(metadata)
    secret = known.client_secret.get_secret_value() if known.client_secret else None
    return Client(
        client_id=known.client_id,
        client_name=known.client_name,
        channel=known.channel,
        profile=known.profile,
        status=ClientStatus.ACTIVE,
        sector=known.sector_identifier or "".join(_sectors_of(known)) or known.client_id,
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
        signs_in_staff=known.signs_in_staff,
        api_role=known.api_role,
        purpose=tuple(known.purpose.items()),
        is_sandbox=is_sandbox,
        jwks=known.jwks,
        jwks_uri=known.jwks_uri,
        token_endpoint_auth_signing_alg=known.token_endpoint_auth_signing_alg,
        backchannel_logout_uri=known.backchannel_logout_uri,
        backchannel_logout_session_required=known.backchannel_logout_session_required,
        access_token_format=known.access_token_format,
        resource=known.resource,
        resource_scope=tuple((name, tuple(words.items())) for name, words in known.resource_scope.items()),
        audience=known.audience,
    )


def metadata_of(client: Client) -> dict[str, object]:
    """What would register this client again, as RFC 7591 §2 writes it; without its secret, which nobody knows."""
    told: dict[str, object] = {}
    for name in ClientMetadata.model_fields:
        if name == "sector_identifier":
            told[name] = client.sector
        elif name in {"scope", "optional_scope"}:
            told[name] = " ".join(getattr(client, name))
        elif name == "purpose":
            told[name] = dict(client.purpose)
        elif name == "resource_scope":
            told[name] = {scope: dict(words) for scope, words in client.resource_scope}
        elif name != "client_secret":
            told[name] = getattr(client, name)
    return {name: value for name, value in told.items() if value or ClientMetadata.model_fields[name].default}


def _read(metadata: Mapping[str, object]) -> ClientMetadata:
    """The members, as strictly as JSON has types; raises with the faults of all members, and of those between them."""
    faults: list[str] = []
    bad: set[str] = set()
    known = _validated(metadata, faults, bad)
    if known is None and bad:
        rest = {name: value for name, value in metadata.items() if name not in bad}
        known = _validated({"client_id": "x", "client_name": "x", **rest}, [], set())
    if known is not None:
        faults += [each.fault for each in _agreements(known) if not each.holds and bad.isdisjoint(each.members)]
    if known is None or faults:
        raise InvalidClientMetadata(faults)
    return known


def _validated(metadata: Mapping[str, object], faults: list[str], bad: set[str]) -> ClientMetadata | None:
    try:
        text = json.dumps(dict(metadata), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        faults.append("metadata: holds what JSON has no word for")
        return None
    try:
        return ClientMetadata.model_validate_json(text, strict=True)
    except ValidationError as error:
        for fault in error.errors():
            bad.update(map(str, fault["loc"][:1]))
            where = ".".join(map(str, fault["loc"])) or "metadata"
            faults.append(f"{where}: {_in_words(fault['type'], fault['msg'])}")
        return None


def _in_words(kind: str, message: str) -> str:
    words = {"extra_forbidden": "is no member that we know", "json_invalid": "holds a text that is not Unicode"}
    return words.get(kind, message.removeprefix("Value error, "))


class _Agreement(NamedTuple):
    """What must hold between members that are each well-formed, and what to say where it does not."""

    members: Collection[str]
    holds: bool
    fault: str


def _agreements(known: ClientMetadata) -> Iterator[_Agreement]:
    has_code = "authorization_code" in known.grant_types
    yield _Agreement(
        {"grant_types", "redirect_uris"},
        has_code == bool(known.redirect_uris),
        "redirect_uris: name them exactly when the grant is authorization_code",
    )
    yield _Agreement(
        {"grant_types"},
        has_code or "refresh_token" not in known.grant_types,
        "grant_types: refresh_token needs authorization_code",
    )
    yield _Agreement(
        {"scope", "optional_scope"},
        set(known.optional_scope.split()) <= set(known.scope.split()),
        "optional_scope: name only what scope names",
    )
    yield _Agreement(
        {"sector_identifier", "redirect_uris", "resource"},
        known.sector_identifier is not None or len(_sectors_of(known)) <= 1,
        "sector_identifier: name one, since the redirect_uris differ in host",
    )
    yield _Agreement(
        {"backchannel_logout_uri", "backchannel_logout_session_required"},
        known.backchannel_logout_uri is not None or not known.backchannel_logout_session_required,
        "backchannel_logout_session_required: needs a backchannel_logout_uri",
    )
    yield _Agreement(
        {"resource", "resource_scope"},
        known.resource is not None or not known.resource_scope,
        "resource_scope: needs the resource it belongs to",
    )
    yield from _agreements_of_authentication(known)


def _agreements_of_authentication(known: ClientMetadata) -> Iterator[_Agreement]:
    method, secret = known.token_endpoint_auth_method, known.client_secret
    yield _Agreement(
        {"token_endpoint_auth_method", "client_secret"},
        (secret is not None) == method.startswith("client_secret_"),
        "client_secret: give one exactly when the client authenticates with it",
    )
    yield _Agreement(
        {"client_secret"},
        secret is None or MIN_SECRET <= len(secret.get_secret_value()) <= MAX_SECRET,
        f"client_secret: {MIN_SECRET} to {MAX_SECRET} random characters",
    )
    yield _Agreement(
        {"token_endpoint_auth_method", "grant_types"},
        method != "none" or "client_credentials" not in known.grant_types,
        "grant_types: client_credentials is for clients that authenticate (RFC 6749 section 4.4)",
    )
    yield _Agreement(
        {"token_endpoint_auth_method", "resource"},
        method != "none" or known.resource is None,
        "resource: a protected resource must authenticate to introspect",
    )
    yield from _agreements_of_keys(known, uses_keys=method == "private_key_jwt")


def _agreements_of_keys(known: ClientMetadata, *, uses_keys: bool) -> Iterator[_Agreement]:
    alg, jwks = known.token_endpoint_auth_signing_alg, known.jwks
    wanted = client_key_set.ALGORITHMS if alg is None else (alg,)
    yield _Agreement(
        {"jwks", "jwks_uri"},
        jwks is None or known.jwks_uri is None,
        "jwks, jwks_uri: give one of them (RFC 7591 section 2)",
    )
    yield _Agreement(
        {"token_endpoint_auth_method", "jwks", "jwks_uri"},
        not uses_keys or jwks is not None or known.jwks_uri is not None,
        "jwks_uri: private_key_jwt needs the public keys of the client",
    )
    yield _Agreement(
        {"token_endpoint_auth_method", "token_endpoint_auth_signing_alg"},
        uses_keys or alg is None,
        "token_endpoint_auth_signing_alg: is for private_key_jwt",
    )
    yield _Agreement(
        {"token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks"},
        not uses_keys or jwks is None or not client_key_set.algorithms_of(jwks).isdisjoint(wanted),
        f"jwks: no key in it can sign client assertions by {' or '.join(wanted)}",
    )


def _one_of(known: tuple[str, ...], value: str) -> str:
    if value not in known:
        raise ValueError(f"choose one of {', '.join(known)}")
    return value


def _refuse_what_is_not_of_the_web(address: str) -> None:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ValueError("must be a web address")
    _refuse_unsafe(address)


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


def _sectors_of(known: ClientMetadata) -> set[str]:
    """The hosts of the redirect URIs (OpenID Connect Core §8.1), or of the resource."""
    addresses = known.redirect_uris or ((known.resource,) if known.resource else ())
    return {urlsplit(address).hostname or address for address in addresses}
