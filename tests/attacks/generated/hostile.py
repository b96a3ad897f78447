"""What is put where something else is expected: names, words of the protocol, JSON."""

from collections.abc import Mapping
from typing import Any

from idp.oauth.client_members import ClientMetadata
from tests.attacks.clients import EVIL, NATIVE, WEB
from tests.attacks.generated.apps import CERTIFIED, DESK, HIGH, KEYED, LEGACY
from tests.attacks.generated.parts import FORM, Raw, Twice

ADDRESSES = ("redirect_uri", "post_logout_redirect_uri", "request_uri", "return", "resource", "audience")
NAMES = (
    *ADDRESSES,
    *("client_id", "client_secret", "client_assertion", "client_assertion_type", "response_type", "response_mode"),
    *("scope", "state", "nonce", "prompt", "max_age", "claims", "authorization_details", "request", "id_token_hint"),
    *("grant_type", "code", "code_verifier", "refresh_token", "token", "access_token", "subject_token", "actor_token"),
    *("actor_token_type", "subject_token_type", "dpop_jkt", "acr_values", "ui_locales", "csrf", "action", "look"),
    *("login_hint", "code_challenge", "code_challenge_method", "token_type_hint", "dry_run", "emergency", "reason"),
    *("cursor", "limit", "state[]", "error", "iss", "", "constructor", "__proto__", "\u202e", "username", "way"),
)
WORDS: Mapping[str, tuple[str, ...]] = {
    "response_mode": (
        "query",
        "fragment",
        "form_post",
        "jwt",
        "query.jwt",
        "fragment.jwt",
        "form_post.jwt",
        "web_message",
        "x",
    ),
    "response_type": (
        "code",
        "token",
        "id_token",
        "code id_token",
        "id_token code",
        "code token",
        "none",
        "code code",
        "CODE",
    ),
    "prompt": ("none", "login", "consent", "select_account", "create", "none login", "login login", "x"),
    "grant_type": (
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:device_code",
    ),
    "scope": (
        "",
        "openid",
        "openid openid",
        "offline_access",
        "profile",
        "desk:read archive:read",
        "admin",
        "openid\tprofile",
        '"',
    ),
    "client_id": (WEB, KEYED, HIGH, LEGACY, NATIVE, EVIL, DESK, CERTIFIED, "console", "account", "api", "nobody"),
    "code_challenge_method": ("plain", "S256", "s256", "S512"),
    "action": ("stay", "leave", "allow", "refuse", "deny"),
}
MEMBERS = (
    *NAMES,
    *ClientMetadata.model_fields,
    "subject_type",
    "crit",
    "jwk",
    "aud",
    "exp",
    "\ud800",
    "\0",
    "a" * 9000,
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 50)
CONTENT_TYPES = (
    *(FORM, "application/json", "", "text/plain", "multipart/form-data; boundary=x", f"{FORM}; charset=utf-16"),
    *(
        "application/json; charset=utf-7",
        "application/x-www-form-urlencoded,application/json",
        "APPLICATION/JSON",
        "\x00",
        "a/b" * 500,
    ),
)
ROWS = (
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "9" * 400,
    "9" * 5000,
    '""',
    "[]",
    "{}",
    '"\\ud800"',
    '"\\u0000"',
)
HOSTILE_JSON: tuple[Any, ...] = (
    *map(Raw, ROWS),
    Raw("[" * 300 + "]" * 300),
    Raw("[" * 30_000 + "]" * 30_000),
    Raw('{"a":' * 400 + "1" + "}" * 400),
    Raw('"\\r\\nSet-Cookie: session=1"'),
    Raw('{"\\ud800":{"\\u0000":1}}'),
    Raw("01"),
    Raw("'x'"),
    Raw("/**/1"),
    Twice([("a", 1), ("a", 2)]),
    [1, "x", None, {"y": [True]}],
    {"value": "x", "values": ["x", 1], "essential": "yes"},
    "https://evil.test/cb",
    "javascript:alert(1)",
    "http://[",
    "https://rp.test:99999999/",
    "\u202e<script>alert(1)</script>",
    "x" * 300,
    "x" * 20_000,
    [{}] * 2000,
    {f"m{number}": number for number in range(2000)},
)
"""Values where JSON stands."""
