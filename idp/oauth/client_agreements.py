"""What must hold between the members of client metadata, which are each well-formed (RFC 7591 §2)."""

from collections.abc import Collection, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from idp.model import release
from idp.model.client import TOKEN_EXCHANGE
from idp.oauth import client_key_set
from idp.oauth.client_assertion import SHARED
from idp.oauth.client_authentication import MAX_SECRET
from idp.oauth.client_certificates import NAMES, named_by
from idp.oauth.client_members import ClientMetadata
from idp.oauth.profiles import BY_AUTHORITY, RULES, SELF_SIGNED
from idp.oauth.response_types import brings_tokens

MIN_SECRET = 32
"""Characters: a server-made secret has 256 bits; what is shorter may have been thought up by a person."""


class Agreement(NamedTuple):
    """What must hold between members that are each well-formed, and what to say where it does not."""

    members: Collection[str]
    holds: bool
    fault: str


def agreements(known: ClientMetadata) -> Iterator[Agreement]:
    """All of them, kept or not."""
    has_code = "authorization_code" in known.grant_types
    yield Agreement(
        {"grant_types", "redirect_uris"},
        (has_code or "implicit" in known.grant_types) == bool(known.redirect_uris),
        "redirect_uris: name them exactly when the grant is authorization_code or implicit",
    )
    yield Agreement(
        {"grant_types"},
        has_code or "refresh_token" not in known.grant_types,
        "grant_types: refresh_token needs authorization_code",
    )
    yield Agreement(
        {"scope", "optional_scope"},
        set(known.optional_scope.split()) <= set(known.scope.split()),
        "optional_scope: name only what scope names",
    )
    yield Agreement(
        {"resource", "resource_scope"},
        known.resource is not None or not known.resource_scope,
        "resource_scope: needs the resource it belongs to",
    )
    for agreements_of_some in (
        _agreements_of_sector,
        _agreements_of_logout,
        _agreements_of_matters,
        _agreements_of_mandates,
        _agreements_of_response_types,
        _agreements_of_authentication,
        _agreements_of_requests,
        _agreements_of_tokens,
        _agreements_of_encryption,
        _agreements_of_exchange,
        _agreements_of_profile,
        _agreements_of_licences,
    ):
        yield from agreements_of_some(known)


def _agreements_of_response_types(known: ClientMetadata) -> Iterator[Agreement]:
    """OpenID Connect Registration §2."""
    needed = {
        grant_type
        for response_type in known.response_types
        for grant_type, is_needed in (
            ("authorization_code", "code" in response_type.split()),
            ("implicit", brings_tokens(response_type)),
        )
        if is_needed
    }
    asks_people = bool({"authorization_code", "implicit"} & set(known.grant_types))
    yield Agreement(
        {"grant_types", "response_types"},
        not asks_people or needed == {"authorization_code", "implicit"} & set(known.grant_types),
        "response_types: those with code go with the grant authorization_code, those with id_token or token with implicit",
    )


def _agreements_of_sector(known: ClientMetadata) -> Iterator[Agreement]:
    """OpenID Connect Core §8.1, Registration §5."""
    yield Agreement(
        {"sector_identifier", "redirect_uris", "resource"},
        known.sector_identifier is not None or len(sectors_of(known)) <= 1,
        "sector_identifier_uri: name one, since the redirect_uris differ in host",
    )
    yield Agreement(
        {"sector_identifier", "sector_identifier_uri"},
        known.sector_identifier is None or known.sector_identifier_uri is None,
        "sector_identifier, sector_identifier_uri: give one of them",
    )


def _agreements_of_logout(known: ClientMetadata) -> Iterator[Agreement]:
    """OpenID Connect Back-Channel Logout §2.2, Front-Channel Logout §2."""
    yield Agreement(
        {"backchannel_logout_uri", "backchannel_logout_session_required"},
        known.backchannel_logout_uri is not None or not known.backchannel_logout_session_required,
        "backchannel_logout_session_required: needs a backchannel_logout_uri",
    )
    address = known.frontchannel_logout_uri
    yield Agreement(
        {"frontchannel_logout_uri", "frontchannel_logout_session_required"},
        address is not None or not known.frontchannel_logout_session_required,
        "frontchannel_logout_session_required: needs a frontchannel_logout_uri",
    )
    yield Agreement(
        {"frontchannel_logout_uri", "redirect_uris"},
        address is None or origin_of(address) in map(origin_of, known.redirect_uris),
        "frontchannel_logout_uri: must have scheme, host and port of one of the redirect_uris",
    )


def _agreements_of_matters(known: ClientMetadata) -> Iterator[Agreement]:
    """RFC 9396 §10."""
    yield Agreement(
        {"authorization_details_types", "matters"},
        ("matter" in known.authorization_details_types) == bool(known.matters),
        "matters: name them exactly when authorization_details_types has matter",
    )
    yield Agreement(
        {"matters", "audience", "resources"},
        not known.matters or known.audience is not None or bool(known.resources),
        "matters: need the resources (audience or resources) at which they are dealt with",
    )
    yield Agreement(
        {"resource", "resource_matters"},
        known.resource is not None or not known.resource_matters,
        "resource_matters: needs the resource that declares them",
    )


def _agreements_of_mandates(known: ClientMetadata) -> Iterator[Agreement]:
    """Who acts for another is told in tokens that die when told: none that travel through a browser, none of officers."""
    accepts = bool(known.accepts_mandates)
    yield Agreement(
        {"accepts_mandates", "authorization_details_types"},
        accepts or "mandate" not in known.authorization_details_types,
        "authorization_details_types: mandate needs accepts_mandates",
    )
    yield Agreement(
        {"accepts_mandates", "signs_in_staff", "api_role"},
        not accepts or not (known.signs_in_staff or known.api_role),
        "accepts_mandates: nobody acts for another where officers work",
    )
    yield Agreement(
        {"accepts_mandates", "response_types"},
        not accepts or set(known.response_types) <= {"code"},
        "accepts_mandates: needs the response_type code alone",
    )
    yield Agreement(
        {"accepts_mandates", "redirect_uris", "resource"},
        not accepts or bool(known.redirect_uris) or known.resource is not None,
        "accepts_mandates: is for apps that people sign in to, and for protected resources",
    )


def _agreements_of_tokens(known: ClientMetadata) -> Iterator[Agreement]:
    yield Agreement(
        {"dpop_bound_access_tokens", "response_types"},
        not (known.dpop_bound_access_tokens and any("token" in each.split() for each in known.response_types)),
        "dpop_bound_access_tokens: a token that comes through the browser is bound to no key",
    )
    yield Agreement(
        {"tls_client_certificate_bound_access_tokens", "response_types"},
        not (
            known.tls_client_certificate_bound_access_tokens
            and any("token" in each.split() for each in known.response_types)
        ),
        "tls_client_certificate_bound_access_tokens: a token that comes through the browser is bound to no certificate",
    )


def _agreements_of_encryption(known: ClientMetadata) -> Iterator[Agreement]:
    """OpenID Connect Registration §2: what is encrypted needs a public key of who reads it."""
    for what in ("id_token", "userinfo"):
        alg_member, enc_member = f"{what}_encrypted_response_alg", f"{what}_encrypted_response_enc"
        alg: str | None = getattr(known, alg_member)
        yield Agreement(
            {alg_member, enc_member},
            alg is not None or getattr(known, enc_member) is None,
            f"{enc_member}: needs {alg_member}",
        )
        yield Agreement(
            {alg_member, "jwks", "jwks_uri"},
            alg is None or known.jwks is not None or known.jwks_uri is not None,
            f"jwks_uri: {alg_member} needs the public keys of the client",
        )
        yield Agreement(
            {alg_member, "jwks"},
            alg is None or known.jwks is None or client_key_set.can_encrypt(known.jwks, alg),
            f"jwks: no key in it can be used for {alg_member} {alg}; give EC for ECDH-ES, RSA for RSA-OAEP-256",
        )


def _agreements_of_exchange(known: ClientMetadata) -> Iterator[Agreement]:
    exchanges = TOKEN_EXCHANGE in known.grant_types
    yield Agreement(
        {"grant_types", "exchange_audiences"},
        exchanges == bool(known.exchange_audiences),
        "exchange_audiences: name them exactly when the grant is token-exchange",
    )
    yield Agreement(
        {"grant_types", "token_endpoint_auth_method"},
        not exchanges or known.token_endpoint_auth_method != "none",
        "grant_types: token-exchange is for clients that authenticate",
    )


def _agreements_of_requests(known: ClientMetadata) -> Iterator[Agreement]:
    signs = bool(known.require_signed_request_object or known.request_object_signing_alg or known.request_uris)
    yield Agreement(
        {"require_signed_request_object", "request_object_signing_alg", "request_uris", "jwks", "jwks_uri"},
        not signs or known.jwks is not None or known.jwks_uri is not None,
        "jwks_uri: signed request objects need the public keys of the client",
    )
    yield Agreement(
        {"require_signed_request_object", "request_object_signing_alg", "request_uris", "jwks"},
        not signs or known.jwks is None or client_key_set.can_verify(known.jwks),
        "jwks: no key in it can verify the signatures of request objects",
    )


def _agreements_of_profile(known: ClientMetadata) -> Iterator[Agreement]:
    """The refusals of its profile, as far as a registration can break them."""
    rules, profile = RULES[known.profile], known.profile.value
    assertions = (*rules.client_algorithms, SHARED)
    chosen: dict[str, tuple[Collection[str | None], Collection[str]]] = {
        "response_types": (known.response_types, rules.response_types),
        "token_endpoint_auth_method": ((known.token_endpoint_auth_method,), rules.authentication_methods),
        "token_endpoint_auth_signing_alg": ((known.token_endpoint_auth_signing_alg,), assertions),
        "request_object_signing_alg": ((known.request_object_signing_alg,), rules.client_algorithms),
        "id_token_signed_response_alg": ((known.id_token_signed_response_alg,), rules.signing_algorithms),
        "userinfo_signed_response_alg": ((known.userinfo_signed_response_alg,), rules.signing_algorithms),
        "authorization_signed_response_alg": ((known.authorization_signed_response_alg,), rules.signing_algorithms),
        "introspection_signed_response_alg": ((known.introspection_signed_response_alg,), rules.signing_algorithms),
    }
    for member, (values, allowed) in chosen.items():
        yield Agreement(
            {"profile", member},
            all(value is None or value in allowed for value in values),
            f"{member}: a client of {profile} chooses among {', '.join(allowed)}",
        )


def _agreements_of_licences(known: ClientMetadata) -> Iterator[Agreement]:
    """`idp.model.release`: who holds people's numbers, or may ask about them, is known, and hears of them in no address."""
    scope = set(known.scope.split())
    yield Agreement(
        {"licences", "scope"},
        release.LICENSED & scope <= set(known.licences),
        f"licences: say for what scope has of {', '.join(sorted(release.LICENSED))} by what right it is asked for",
    )
    yield Agreement(
        {"licences", "token_endpoint_auth_method"},
        not known.licences or known.token_endpoint_auth_method != "none",
        "licences: are for clients that authenticate",
    )
    yield Agreement(
        {"licences", "response_types"},
        not known.licences or set(known.response_types) <= {"code"},
        "licences: are for clients that ask by response_type code alone, since nothing else keeps numbers from addresses",
    )
    yield Agreement(
        {"licences", "purpose"},
        bool(known.purpose) or not release.is_asked_separately(known.licences),
        "purpose: say what for, since people are asked separately",
    )


def _agreements_of_authentication(known: ClientMetadata) -> Iterator[Agreement]:
    method, secret = known.token_endpoint_auth_method, known.client_secret
    yield Agreement(
        {"token_endpoint_auth_method", "client_secret"},
        (secret is not None) == method.startswith("client_secret_"),
        "client_secret: give one exactly when the client authenticates with it",
    )
    yield Agreement(
        {"client_secret"},
        secret is None or MIN_SECRET <= len(secret.get_secret_value()) <= MAX_SECRET,
        f"client_secret: {MIN_SECRET} to {MAX_SECRET} random characters",
    )
    yield Agreement(
        {"token_endpoint_auth_method", "grant_types"},
        method != "none" or "client_credentials" not in known.grant_types,
        "grant_types: client_credentials is for clients that authenticate (RFC 6749 section 4.4)",
    )
    yield Agreement(
        {"token_endpoint_auth_method", "resource"},
        method != "none" or known.resource is None,
        "resource: a protected resource must authenticate to introspect",
    )
    names = [name for name, value in named_by(known) if value is not None]
    yield Agreement(
        {"token_endpoint_auth_method", *NAMES},
        len(names) == (1 if method == BY_AUTHORITY else 0),
        f"{NAMES[0]}: tls_client_auth needs exactly one of {', '.join(NAMES)}, and no other method any",
    )
    yield from _agreements_of_keys(known, uses_keys=method == "private_key_jwt")
    yield Agreement(
        {"token_endpoint_auth_method", "jwks", "jwks_uri"},
        method != SELF_SIGNED or known.jwks is not None or known.jwks_uri is not None,
        "jwks_uri: self_signed_tls_client_auth needs the public keys of the client",
    )
    yield Agreement(
        {"token_endpoint_auth_method", "jwks"},
        method != SELF_SIGNED or known.jwks is None or client_key_set.can_verify(known.jwks),
        "jwks: no key in it can be that of a certificate",
    )


def _agreements_of_keys(known: ClientMetadata, *, uses_keys: bool) -> Iterator[Agreement]:
    alg, jwks = known.token_endpoint_auth_signing_alg, known.jwks
    wanted = client_key_set.ALGORITHMS if alg is None else (alg,)
    yield Agreement(
        {"jwks", "jwks_uri"},
        jwks is None or known.jwks_uri is None,
        "jwks, jwks_uri: give one of them (RFC 7591 section 2)",
    )
    yield Agreement(
        {"token_endpoint_auth_method", "jwks", "jwks_uri"},
        not uses_keys or jwks is not None or known.jwks_uri is not None,
        "jwks_uri: private_key_jwt needs the public keys of the client",
    )
    yield Agreement(
        {"token_endpoint_auth_method", "token_endpoint_auth_signing_alg"},
        (alg is None or (uses_keys and alg != SHARED))
        or (alg == SHARED and known.token_endpoint_auth_method == "client_secret_jwt"),
        "token_endpoint_auth_signing_alg: is for private_key_jwt, and HS256 for client_secret_jwt",
    )
    yield Agreement(
        {"token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks"},
        not uses_keys or alg == SHARED or jwks is None or not client_key_set.algorithms_of(jwks).isdisjoint(wanted),
        f"jwks: no key in it can sign client assertions by {' or '.join(wanted)}",
    )


def origin_of(address: str) -> tuple[str, str]:
    """Scheme, and host with a port that is not the usual one (RFC 6454 §4)."""
    parts = urlsplit(address)
    usual = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return parts.scheme, parts.netloc.lower().removesuffix(usual)


def sectors_of(known: ClientMetadata) -> set[str]:
    """The hosts of the redirect URIs (OpenID Connect Core §8.1), or of their list, or of the resource."""
    if known.sector_identifier_uri is not None:
        return {urlsplit(known.sector_identifier_uri).hostname or ""}
    addresses = known.redirect_uris or ((known.resource,) if known.resource else ())
    return {urlsplit(address).hostname or address for address in addresses}
