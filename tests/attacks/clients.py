"""The apps of the attacker's bench, as RFC 7591 metadata; one of them belongs to the attacker."""

from typing import Any

from joserfc.jwk import ECKey

SECRET = "a client secret of the attack bench, 32+ characters"
WEB, SINGLE, NATIVE, EVIL = "attacked-web", "attacked-single", "attacked-native", "evil-rp"
KEYED, BASIC, READING = "attacked-keyed", "attacked-basic", "attacked-reading"
ACTING = "attacked-acting"
"""Where people act for others, and for organisations."""
REDIRECT = "https://rp.test/cb"
REDIRECT_WITH_QUERY = "https://rp.test/cb?tenant=1&x=%2F"
LOOPBACK = "http://127.0.0.1:49152/cb"
"""Not registered, but one of the ports that the native client may choose."""
RESOURCE = "https://api.rp.test"

CLIENT_KEY = ECKey.generate_key("P-256", {"kid": "key-of-the-bench", "use": "sig", "alg": "ES256"})
"""Of the client that authenticates by its own key."""

_ALL_GRANTS = ["authorization_code", "refresh_token", "client_credentials"]
_COMMON = {
    "token_endpoint_auth_method": "client_secret_post",
    "scope": "openid profile phone",
    "sector_identifier": "attacked.sandbox",
    "asks_consent": False,
}
CLIENTS: tuple[dict[str, Any], ...] = (
    {
        "client_id": WEB,
        "client_name": "被攻击的应用",
        "client_secret": SECRET,
        "redirect_uris": [REDIRECT, REDIRECT_WITH_QUERY],
        "post_logout_redirect_uris": ["https://rp.test/bye"],
        **_COMMON,
        "grant_types": _ALL_GRANTS,
    },
    {
        "client_id": SINGLE,
        "client_name": "只有一个地址",
        "client_secret": SECRET,
        "redirect_uris": ["https://rp.test/only"],
        **_COMMON,
        "asks_consent": True,
    },
    {
        "client_id": NATIVE,
        "client_name": "手机应用",
        "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"],
        **_COMMON,
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "channel": "app",
    },
    {"client_id": EVIL, "client_name": "攻击者", "client_secret": SECRET, "redirect_uris": ["https://evil.test/cb"]}
    | _COMMON
    | {"sector_identifier": "evil.sandbox", "grant_types": _ALL_GRANTS},
    {
        "client_id": KEYED,
        "client_name": "用密钥的应用",
        "redirect_uris": [REDIRECT],
        **_COMMON,
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [CLIENT_KEY.as_dict(private=False)]},
        "grant_types": _ALL_GRANTS,
    },
    {
        "client_id": BASIC,
        "client_name": "HTTP Basic",
        "client_secret": SECRET,
        "redirect_uris": [REDIRECT],
        **_COMMON,
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": _ALL_GRANTS,
    },
    {
        "client_id": READING,
        "client_name": "自己读令牌的应用",
        "client_secret": SECRET,
        "redirect_uris": [REDIRECT],
        **_COMMON,
        "access_token_format": "jwt",
        "grant_types": _ALL_GRANTS,
    },
    {
        "client_id": ACTING,
        "client_name": "也为别人办事",
        "client_secret": SECRET,
        "redirect_uris": [REDIRECT],
        **_COMMON,
        "access_token_format": "jwt",
        "accepts_mandates": ["persons", "organizations"],
        "scope": "openid profile phone chain:read",
        "resources": [f"{RESOURCE}/hop0"],
        "may_act": "hop0",
        "authorization_details_types": ["mandate"],
        "grant_types": _ALL_GRANTS,
    },
)
