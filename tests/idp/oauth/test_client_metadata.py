"""Client metadata: every member is checked, all faults are told, and no secret is repeated (RFC 7591 §2)."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.errors import Refused
from idp.model.client import AccessTokenFormat, ClientStatus, Profile
from idp.model.policy import Level
from idp.oauth.client_authentication import digest_of
from idp.oauth.client_members import ClientMetadata
from idp.oauth.client_metadata import client_of, metadata_of

SECRET = "s" * 43
GOOD: dict[str, Any] = {
    "client_id": "housing-fund",
    "client_name": "住房公积金",
    "client_secret": SECRET,
    "redirect_uris": ["https://app.example/callback"],
}
PUBLIC = {name: value for name, value in GOOD.items() if name != "client_secret"} | {
    "token_endpoint_auth_method": "none"
}

NAMED = {"client_id": "licences", "client_name": "电子证照库"}
MACHINE = {**NAMED, "client_secret": SECRET, "grant_types": ["client_credentials"], "scope": "licences:read"}
P256 = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "one"}
P384 = {**ECKey.generate_key("P-384").as_dict(private=False), "kid": "two"}
RSA = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "three"}
WITH_KEY = {
    **NAMED,
    "redirect_uris": ["https://app.example/callback"],
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": {"keys": [P256]},
}


WORDS = {"zh-CN": "《住房公积金管理条例》第二十四条", "en": "Housing Fund Regulations, Art. 24"}
NUMBERS = {
    "scope": "openid id_number id_match",
    "purpose": {"en": "To find your account"},
    "licences": {"id_number": WORDS, "id_match": WORDS},
}
FOR_ENCRYPTION = {"keys": [{**P256, "use": "enc"}]}
ENCRYPTED = {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": FOR_ENCRYPTION}


def refusal_of(metadata: dict[str, Any]) -> str:
    with pytest.raises(Refused) as caught:
        client_of(metadata)
    assert caught.value.code == "invalid_client_metadata"
    return caught.value.public


def test_what_is_not_told_has_a_safe_default() -> None:
    client = client_of(GOOD)
    assert (client.profile, client.channel, client.level) == (Profile.GOV_STANDARD, "website", Level.ONE)
    assert (client.status, client.asks_consent, client.scope) == (ClientStatus.ACTIVE, True, ("openid",))
    assert (client.grant_types, client.response_types) == (("authorization_code",), ("code",))
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.sector == "app.example"
    assert not client.is_sandbox


def test_a_secret_is_kept_as_its_digest() -> None:
    client = client_of(GOOD)
    assert client.secret_digests == (digest_of(SECRET),)
    assert SECRET not in repr(client)
    assert not client_of(PUBLIC).is_confidential


def test_everything_that_is_told_is_kept() -> None:
    client = client_of(
        {
            **GOOD,
            "post_logout_redirect_uris": ["https://app.example/out"],
            "client_uri": "https://app.example/",
            "initiate_login_uri": "https://app.example/login",
            "scope": "openid profile phone",
            "optional_scope": "phone",
            "id_token_signed_response_alg": "ES256",
            "channel": "app",
            "profile": "legacy",
            "sector_identifier": "housing",
            "level": 3,
            "asks_consent": False,
            "purpose": {"zh-CN": "查账户", "en": "To look up"},
        }
    )
    assert client.post_logout_redirect_uris == ("https://app.example/out",)
    assert (client.scope, client.optional_scope) == (("openid", "profile", "phone"), ("phone",))
    assert (client.sector, client.level, client.asks_consent) == ("housing", Level.THREE, False)
    assert dict(client.purpose)["en"] == "To look up"
    assert (client.profile, client.id_token_signed_response_alg) == (Profile.LEGACY, "ES256")


@pytest.mark.parametrize(
    "address",
    [
        "https://app.example/callback?keep=1",
        "https://app.example:8443/",
        "http://localhost:8001/callback",
        "http://127.0.0.1/callback",
        "http://[::1]/callback",
        "com.example.app:/callback",
        "cn.gov.city:/oauth",
    ],
)
def test_addresses_of_the_web_of_this_machine_and_of_native_apps_are_good(address: str) -> None:
    assert client_of({**GOOD, "redirect_uris": [address]}).redirect_uris == (address,)


UNSAFE = [
    'https://app.example/cb"><x',
    "https://app.example/{code}",
    "https://app.example/a|b",
    "https://app.example:99999/",
    "https://app.example:0/",
    "", " ", "/callback", "//app.example/cb", "app.example/cb", "https:", "https://", "https:///cb",
    "http://app.example/cb", "http://localhost.evil.example/cb", "http://10.0.0.1/cb", "http://localhost@evil.example/",
    "https://user@app.example/cb", "https://user:pw@app.example/cb", "http://user@localhost/cb",
    "https://app.example/cb#", "https://app.example/cb#x", "javascript:alert(1)", "data:text/html,x", "file:///etc",
    "ftp://app.example/", "myapp:/cb", "myapp://cb", "com.example.app://cb", "https://app.example\\@evil.example/",
    "https://app.example/\n", "ht\ntps://app.example/", "https://app.example/ cb", "https://应用.example/cb",
    "https://app.example/\0", "https://[::1/cb", "urn:ietf:wg:oauth:2.0:oob", "*", "https://*",
    "https://*.example/cb", "https://app.example;script-src/cb", "https://app.example:port/cb", "https://a,b/cb",
]  # fmt: skip


ADDRESSES = [
    "redirect_uris", "post_logout_redirect_uris", "client_uri", "initiate_login_uri", "jwks_uri", "backchannel_logout_uri",
    "frontchannel_logout_uri", "resource", "audience", "request_uris",
]  # fmt: skip


@pytest.mark.parametrize("member", ADDRESSES)
def test_unsafe_addresses_are_refused_wherever_they_stand(member: str) -> None:
    """Mutations: a check by parsing alone (threat T12); `javascript:`; http beyond this machine."""
    names_only = member in {"resource", "audience"}  # RFC 8707 §2: any absolute URI, which nobody goes to
    has_fragment = member == "request_uris"  # OpenID Connect Core §6.2
    for address in (each for each in UNSAFE if not (names_only and each.startswith("urn:"))):
        if has_fragment and address.startswith("https://app.example/cb#"):
            continue
        value = [address] if member.endswith("uris") else address
        assert refusal_of({**GOOD, member: value}).startswith(member), address


BAD: list[tuple[dict[str, Any], str]] = [
    ({"client_id": ""}, "client_id"),
    ({"client_id": "a b"}, "client_id"),
    ({"client_id": "a\n"}, "client_id"),
    ({"client_id": "中"}, "client_id"),
    ({"client_id": "a" * 256}, "client_id"),
    ({"client_id": None}, "client_id"),
    ({"client_name": ""}, "client_name"),
    ({"client_name": "a" * 256}, "client_name"),
    ({"redirect_uris": []}, "redirect_uris"),
    ({"redirect_uris": "https://app.example/cb"}, "redirect_uris"),
    ({"redirect_uris": [f"https://app.example/{n}" for n in range(33)]}, "redirect_uris"),
    ({"redirect_uris": ["https://a.example/", "https://b.example/"]}, "sector_identifier"),
    ({"client_uri": "com.example.app:/"}, "client_uri"),
    ({"initiate_login_uri": "com.example.app:/login"}, "initiate_login_uri"),
    ({"application_type": "service"}, "application_type"),
    ({"token_endpoint_auth_method": "client_secret_jwt", "client_secret": None}, "client_secret"),
    ({"token_endpoint_auth_method": "client_secret_jwt", "profile": "gov-high"}, "token_endpoint_auth_method"),
    ({"token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg"),
    ({"token_endpoint_auth_method": "tls_client_auth"}, "client_secret"),
    ({"token_endpoint_auth_method": "attest_jwt_client_auth"}, "token_endpoint_auth_method"),
    ({"tls_client_auth_san_dns": "app.example"}, "tls_client_auth_subject_dn"),
    ({"token_endpoint_auth_method": "none"}, "client_secret"),
    ({"client_secret": None}, "client_secret"),
    ({"client_secret": "s" * 31}, "client_secret"),
    ({"client_secret": "s" * 1025}, "client_secret"),
    ({"client_secret": ""}, "client_secret"),
    ({"grant_types": ["implicit"]}, "response_types"),
    ({"response_types": []}, "response_types"),
    ({"response_types": ["code id_token"], "profile": "legacy"}, "response_types"),
    ({"response_types": ["code code"]}, "response_types"),
    ({"response_types": ["id_token"], "grant_types": ["implicit"]}, "response_types"),
    ({"authorization_signed_response_alg": "HS256"}, "authorization_signed_response_alg"),
    ({"request_object_signing_alg": "none"}, "request_object_signing_alg"),
    ({"request_uris": ["https://app.example/1"]}, "jwks_uri"),
    ({"require_signed_request_object": True}, "jwks_uri"),
    ({"profile": "gov-high"}, "token_endpoint_auth_method"),
    ({"grant_types": ["authorization_code", "password"]}, "grant_types"),
    ({"response_types": ["token"]}, "response_types"),
    ({"scope": "openid admin"}, "scope"),
    ({"optional_scope": "admin"}, "optional_scope"),
    ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
    ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
    ({"userinfo_signed_response_alg": "none"}, "userinfo_signed_response_alg"),
    ({"userinfo_signed_response_alg": "HS256"}, "userinfo_signed_response_alg"),
    *(
        ({f"{what}_encrypted_response_alg": alg, "jwks": FOR_ENCRYPTION}, f"{what}_encrypted_response_alg: choose one")
        for what in ("id_token", "userinfo")
        for alg in (
            "none",
            "RSA1_5",
            "RSA-OAEP",
            "dir",
            "A256KW",
            "A256GCMKW",
            "PBES2-HS256+A128KW",
            "ECDH-ES+A128KW",
            "",
        )
    ),
    *(
        (
            {**ENCRYPTED, f"{what}_encrypted_response_alg": "ECDH-ES", f"{what}_encrypted_response_enc": enc},
            f"{what}_encrypted_response_enc: choose one",
        )
        for what in ("id_token", "userinfo")
        for enc in ("none", "A256CBC-HS512", "a128gcm", "XC20P", "")
    ),
    ({"id_token_encrypted_response_enc": "A128GCM"}, "id_token_encrypted_response_enc: needs id_token_encrypted"),
    ({"userinfo_encrypted_response_enc": "A128GCM"}, "userinfo_encrypted_response_enc: needs userinfo_encrypted"),
    ({"userinfo_encrypted_response_alg": "ECDH-ES"}, "jwks_uri: userinfo_encrypted_response_alg needs the public"),
    ({"id_token_encrypted_response_alg": "ECDH-ES"}, "jwks_uri: id_token_encrypted_response_alg needs the public"),
    ({**ENCRYPTED, "id_token_encrypted_response_alg": "RSA-OAEP-256"}, "jwks: no key in it can be used for id_token_"),
    ({**ENCRYPTED, "jwks": {"keys": [{**P256, "use": "sig"}]}}, "jwks: no key in it can be used for id_token_"),
    ({**ENCRYPTED, "jwks": {"keys": [{**P256, "use": "enc", "d": "x"}]}}, "jwks: keys.0: holds private members (d)"),
    (
        {"request_uris": ["https://app.example/1"], "jwks": FOR_ENCRYPTION},
        "jwks: no key in it can verify the signatures",
    ),
    ({"profile": "gov-low"}, "profile"),
    ({"level": 6}, "level"),
    ({"level": -1}, "level"),
    ({"purpose": {"en": ""}}, "purpose"),
    ({"purpose": {"english words": "x"}}, "purpose"),
    ({"purpose": {"en": "two\nlines"}}, "purpose"),
    ({"client_name": "evil\x1b[31m"}, "client_name"),
    ({"client_name": "bank\u202e"}, "client_name"),
    ({"client_name": "\u200b"}, "client_name"),
    ({"client_name": "\u2028"}, "client_name"),
    ({"scope": "openid api: read"}, "scope"),
    ({"optional_scope": "profile"}, "optional_scope"),
    ({"grant_types": ["refresh_token"], "redirect_uris": []}, "grant_types"),
    ({"grant_types": ["client_credentials"]}, "redirect_uris"),
    ({"jwks": {"keys": []}}, "jwks"),
    ({"jwks": {"keys": [{**P256, "d": "x"}]}}, "jwks: keys.0: holds private members (d)"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "x", "kid": "x"}]}}, "jwks: keys.0: holds private members (k)"),
    ({"jwks": {"keys": [P256, P256]}}, "jwks: two keys have the same kid"),
    ({"jwks": [P256]}, "jwks"),
    ({"jwks": {"keys": [P256]}, "jwks_uri": "https://app.example/jwks"}, "jwks, jwks_uri"),
    ({"jwks_uri": "com.example.app:/jwks"}, "jwks_uri"),
    ({"token_endpoint_auth_signing_alg": "ES256"}, "token_endpoint_auth_signing_alg: is for private_key_jwt"),
    ({"token_endpoint_auth_signing_alg": "none"}, "token_endpoint_auth_signing_alg"),
    ({"token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg"),
    ({"backchannel_logout_uri": "com.example.app:/logout"}, "backchannel_logout_uri"),
    ({"backchannel_logout_session_required": True}, "backchannel_logout_session_required"),
    (
        {"frontchannel_logout_uri": "https://other.example/out"},
        "frontchannel_logout_uri: must have scheme, host and port",
    ),
    (
        {"frontchannel_logout_uri": "https://app.example:9999/out"},
        "frontchannel_logout_uri: must have scheme, host and port",
    ),
    ({"frontchannel_logout_session_required": True}, "frontchannel_logout_session_required: needs"),
    ({"access_token_format": "saml"}, "access_token_format"),
    ({"resource": "licences"}, "resource"),
    ({"resource": "urn:x"}, "resource"),
    ({"resource": "urn:city:licences#part"}, "resource"),
    ({"resource": "https://api.example/?x=1"}, "resource: must have no query"),
    ({"audience": "https://api.example/#x"}, "audience"),
    ({"resource_scope": {"licences:read": {"en": "Read"}}}, "resource_scope"),
    ({"resource": "https://api.example/", "resource_scope": {"read": {"en": "Read"}}}, "resource_scope"),
    ({"resource": "https://api.example/", "resource_scope": {"licences:read": {}}}, "resource_scope"),
    ({"resource": "https://api.example/", "resource_scope": {"licences:read": {"en": ""}}}, "resource_scope"),
    ({"scope": "openid id_number", "purpose": WORDS}, "licences: say for what scope has of id_match, id_number"),
    ({"scope": "openid id_match"}, "licences: say for what scope has of id_match, id_number"),
    ({**NUMBERS, "licences": {"id_number": WORDS}}, "licences: say for what scope has of id_match, id_number"),
    ({**NUMBERS, "purpose": {}}, "purpose: say what for"),
    ({"licences": {"profile": WORDS}}, "licences: choose from id_match, id_number"),
    ({**NUMBERS, "licences": {"id_number": {}, "id_match": WORDS}}, "licences"),
    ({**NUMBERS, "licences": {"id_number": {"en": "two\nlines"}, "id_match": WORDS}}, "licences"),
    (
        {**NUMBERS, "profile": "legacy", "grant_types": ["implicit"], "response_types": ["id_token"]},
        "licences: are for clients that ask by response_type code alone",
    ),
    ({"sector_identifier": ""}, "sector_identifier"),
    ({"software_statement": "e30.e30.e30"}, "software_statement"),
    ({"Client_Name": "x"}, "Client_Name"),
    ({"is_sandbox": True}, "is_sandbox"),
]


@pytest.mark.parametrize(("change", "told"), BAD)
def test_each_bad_member_is_refused_by_name(change: dict[str, Any], told: str) -> None:
    """Mutations: unknown members ignored; a member without its check."""
    assert told in refusal_of({**GOOD, **change})


def test_all_bad_members_are_told_at_once() -> None:
    public = refusal_of({**GOOD, "client_id": "", "scope": "admin", "level": 9, "colour": "red"})
    assert all(member in public for member in ("client_id", "scope", "level", "colour"))


@pytest.mark.parametrize("change", [{"client_secret": ["hunter2"]}, {"client_id": "hunter2 "}, {"scope": ["hunter2"]}])
def test_no_refusal_repeats_a_value(change: dict[str, Any]) -> None:
    """Mutation: `hide_input_in_errors` left out."""
    assert "hunter2" not in refusal_of({**GOOD, **change})


@pytest.mark.parametrize("metadata", [{}, {"client_id": 1}, {"redirect_uris": {"a": 1}}])
def test_anything_else_is_refused_calmly(metadata: dict[str, Any]) -> None:
    assert refusal_of(metadata)


# ── machines, resources, keys ──

GOOD_MEMBERS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (GOOD, {"grant_types": ["authorization_code", "refresh_token", "client_credentials"]}, {}),
    (GOOD, {"backchannel_logout_uri": "https://app.example/logout?from=yizheng"}, {}),
    (GOOD, {"backchannel_logout_uri": "http://localhost:8001/logout", "backchannel_logout_session_required": True}, {}),
    (
        GOOD,
        {"frontchannel_logout_uri": "https://app.example/out?x=1", "frontchannel_logout_session_required": True},
        {},
    ),
    (GOOD, {"access_token_format": "jwt"}, {"access_token_format": AccessTokenFormat.JWT}),
    (GOOD, {"audience": "https://api.example/licences"}, {}),
    (GOOD, {"scope": "openid licences:read"}, {"scope": ("openid", "licences:read")}),
    (MACHINE, {}, {"redirect_uris": (), "sector": "licences"}),
    (MACHINE, {"resource": "https://api.example/v1"}, {"sector": "api.example"}),
    (MACHINE, {"resource": "http://127.0.0.1:8002/"}, {"sector": "127.0.0.1"}),
    (MACHINE, {"resource": "urn:city:licences", "sector_identifier": "city"}, {"sector": "city"}),
    (
        MACHINE,
        {"resource": "urn:city:licences", "resource_scope": {"licences:read": {"zh-CN": "读取", "en": "Read"}}},
        {"resource_scope": (("licences:read", (("zh-CN", "读取"), ("en", "Read"))),), "sector": "urn:city:licences"},
    ),
    (GOOD, NUMBERS, {"scope": ["openid", "id_number", "id_match"]}),
    (GOOD, {**NUMBERS, "scope": "openid"}, {"scope": ["openid"]}),
    (GOOD, {"jwks_uri": "https://app.example/jwks"}, {}),
    (WITH_KEY, {}, {"is_confidential": True, "secret_digests": ()}),
    (WITH_KEY, {"jwks": None, "jwks_uri": "https://app.example/jwks"}, {}),
    (WITH_KEY, {"jwks": None, "jwks_uri": "http://localhost:8001/jwks"}, {}),
    (WITH_KEY, {"token_endpoint_auth_signing_alg": "ES256"}, {}),
    (WITH_KEY, {"token_endpoint_auth_signing_alg": "PS256", "jwks": {"keys": [P256, RSA]}}, {}),
    (WITH_KEY, {"jwks": {"keys": [P384, RSA]}}, {}),
    (WITH_KEY, {"profile": "gov-high"}, {"id_token_signed_response_alg": "ES256"}),
    (
        GOOD,
        {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS256"},
        {"secrets": (SECRET,)},
    ),
    (GOOD, {"userinfo_signed_response_alg": "ES256"}, {}),
    (GOOD, ENCRYPTED, {"id_token_encrypted_response_enc": "A128CBC-HS256", "userinfo_encrypted_response_enc": None}),
    (
        GOOD,
        {
            "jwks_uri": "https://app.example/jwks",
            "userinfo_encrypted_response_alg": "RSA-OAEP-256",
            "userinfo_encrypted_response_enc": "A256GCM",
        },
        {},
    ),
    (WITH_KEY, {"id_token_encrypted_response_alg": "ECDH-ES+A256KW"}, {}),
    (GOOD, {"dpop_bound_access_tokens": True, "tls_client_certificate_bound_access_tokens": True}, {}),
    (WITH_KEY, {"token_endpoint_auth_method": "self_signed_tls_client_auth"}, {"is_confidential": True}),
    (
        {**WITH_KEY, "jwks": None},
        {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=app,O=Housing Fund"},
        {},
    ),
    (WITH_KEY, {"profile": "gov-high"}, {"authorization_signed_response_alg": "ES256"}),
    (GOOD, {"authorization_signed_response_alg": "ES256", "require_pushed_authorization_requests": True}, {}),
    (WITH_KEY, {"request_object_signing_alg": "ES256", "require_signed_request_object": True}, {}),
    (
        WITH_KEY,
        {"request_uris": ["https://app.example/1#digest", "https://app.example/1"]},
        {"request_uris": ["https://app.example/1"]},
    ),
    (
        {**GOOD, "profile": "legacy", "grant_types": ["implicit", "authorization_code"]},
        {"response_types": ["token code", "id_token token code", "id_token"]},
        {"response_types": ["code token", "code id_token token", "id_token"]},
    ),
]


@pytest.mark.parametrize(("metadata", "change", "expected"), GOOD_MEMBERS)
def test_each_good_member_is_kept(metadata: dict[str, Any], change: dict[str, Any], expected: dict[str, Any]) -> None:
    client = client_of({**metadata, **change})
    for name, value in (expected or change).items():
        kept = getattr(client, name)
        assert (list(kept) if isinstance(kept, tuple) and isinstance(value, list) else kept) == value


WITHOUT_AGREEMENT: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (PUBLIC, {"grant_types": ["authorization_code", "client_credentials"]}, "grant_types: client_credentials is for"),
    (PUBLIC, {"resource": "https://api.example/"}, "resource: a protected resource must authenticate"),
    (PUBLIC, NUMBERS, "licences: are for clients that authenticate"),
    (MACHINE, {"redirect_uris": ["https://app.example/"]}, "redirect_uris: name them exactly when"),
    (WITH_KEY, {"jwks": None}, "jwks_uri: private_key_jwt needs the public keys"),
    (WITH_KEY, {"client_secret": SECRET}, "client_secret: give one exactly when"),
    (WITH_KEY, {"jwks": {"keys": [P384]}}, "jwks: no key in it can sign client assertions by ES256 or"),
    (WITH_KEY, {"token_endpoint_auth_signing_alg": "RS256"}, "jwks: no key in it can sign client assertions by RS256"),
    (WITH_KEY, {"token_endpoint_auth_signing_alg": "ES384"}, "token_endpoint_auth_signing_alg: choose one of"),
    (
        WITH_KEY,
        {"profile": "gov-high", "id_token_signed_response_alg": "RS256"},
        "id_token_signed_response_alg: a client",
    ),
    (
        WITH_KEY,
        {"profile": "gov-high", "userinfo_signed_response_alg": "RS256"},
        "userinfo_signed_response_alg: a client",
    ),
    (WITH_KEY, {"jwks": FOR_ENCRYPTION}, "jwks: no key in it can sign client assertions"),
    (
        WITH_KEY,
        {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": FOR_ENCRYPTION},
        "jwks: no key in it can be that of a certificate",
    ),
    (
        WITH_KEY,
        {"profile": "gov-high", "request_object_signing_alg": "RS256"},
        "request_object_signing_alg: a client of gov-high",
    ),
    (
        {**GOOD, "grant_types": ["authorization_code", "implicit"]},
        {"response_types": ["code id_token"]},
        "response_types: a client of gov-standard",
    ),
]


@pytest.mark.parametrize(("metadata", "change", "told"), WITHOUT_AGREEMENT)
def test_members_that_do_not_go_together_are_told(metadata: dict[str, Any], change: dict[str, Any], told: str) -> None:
    """Mutation: one line of `_agreements` taken out."""
    assert refusal_of({**metadata, **change}).startswith(told)


def test_what_is_between_members_is_told_beside_what_is_in_them() -> None:
    """Mutation: agreements are looked at only when every member is well-formed, so that faults come in portions."""
    public = refusal_of({**GOOD, "level": 9, "optional_scope": "phone", "client_secret": "short"})
    assert [fault.partition(":")[0] for fault in public.split("; ")] == ["level", "optional_scope", "client_secret"]
    assert refusal_of({**GOOD, "redirect_uris": ["x:"]}).count("redirect_uris") == 1, "one mistake, one fault"


@pytest.mark.parametrize(("metadata", "change", "_"), GOOD_MEMBERS)
def test_a_client_tells_the_metadata_that_registers_it(
    metadata: dict[str, Any], change: dict[str, Any], _: object
) -> None:
    """Mutations: a member forgotten; an empty one left out whose default is not empty."""
    client = client_of({**metadata, **change})
    told = metadata_of(client)
    assert "client_secret" not in told
    secret = {"client_secret": SECRET} if client.secret_digests else {}
    assert client_of({**told, **secret}) == client


@pytest.mark.parametrize("change", [{"scope": ""}, {"asks_consent": False}, {"level": 0}])
def test_what_is_empty_is_not_what_is_not_told(change: dict[str, Any]) -> None:
    client = client_of({**GOOD, **change})
    assert client_of({**metadata_of(client), "client_secret": SECRET}) == client != client_of(GOOD)


def test_every_member_is_one_of_the_client() -> None:
    """Mutation: a member that is read and thrown away."""
    others = {"client_secret", "sector_identifier"}
    client = client_of(GOOD)
    assert all(hasattr(client, name) for name in ClientMetadata.model_fields.keys() - others)
