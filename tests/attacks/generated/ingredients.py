"""What good requests are made of: parameters, cookies, credentials, signed things."""

import base64
from collections.abc import Callable
from urllib.parse import quote_plus

from tests.attacks.clients import REDIRECT, SECRET
from tests.attacks.generated.apps import AT_DESK, MATTER
from tests.attacks.generated.city import ASSERTION, BROWSER, ISSUER, City
from tests.attacks.generated.parts import Json, Pairs, Shape, Signed, Value
from tests.idp.oauth.dpop_proofs import hash_of
from tests.idp.oauth.registered import CHALLENGE

ACCESS = "urn:ietf:params:oauth:token-type:access_token"
DETAILS = [{"type": "matter", "identifier": MATTER, "actions": ["view"], "locations": [AT_DESK]}]
CLAIMS = {
    "userinfo": {
        "name": {"essential": True},
        "verified_claims": {
            "verification": {"trust_framework": {"value": "cn_gov_service"}, "time": {"max_age": 10**9}},
            "claims": {"name": None},
        },
    },
    "id_token": {"acr": {"values": ["urn:yizheng:level:1"]}, "auth_time": None},
}
Make = Callable[[City], Shape]


def asked(client_id: str, **changes: Value | None) -> Pairs:
    whole: dict[str, Value | None] = {
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile",
        "state": "state",
        "nonce": "nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return [(name, value) for name, value in whole.items() if value is not None]


def rich(client_id: str, **changes: Value | None) -> Pairs:
    """With everything that an authorization request may have."""
    more: dict[str, Value | None] = {
        "claims": Json(CLAIMS),
        "authorization_details": Json(DETAILS),
        "resource": AT_DESK,
        "ui_locales": "en zh-CN",
        "acr_values": "urn:yizheng:level:1",
        "max_age": "3600",
        "response_mode": "query",
        "dpop_jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        "display": "page",
        "login_hint": "13900000001",
    }
    return asked(client_id, **{**more, **changes})


def cookies(city: City) -> list[tuple[str, Value]]:
    return [("Cookie", f"session={city.cookie}; browser={BROWSER}"), ("Sec-Fetch-Site", "cross-site")]


def request_object(city: City, client_id: str) -> Signed:
    now = city.services.clock()
    claims = {name: value.value if isinstance(value, Json) else value for name, value in rich(client_id)}
    return Signed(
        {"alg": "ES256", "kid": city.key.kid, "typ": "oauth-authz-req+jwt"},
        {**claims, "iss": client_id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300},
        city.key,
    )


def assertion(city: City, client_id: str) -> Pairs:
    now = city.services.clock()
    made = Signed(
        {"alg": "ES256", "kid": city.key.kid, "typ": "JWT"},
        {"iss": client_id, "sub": client_id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": city.new_name()},
        city.key,
    )
    return [("client_assertion_type", ASSERTION), ("client_assertion", made)]


def proof(city: City, method: str, path: str, token: str | None = None) -> tuple[str, Value]:
    public = {name: value for name, value in city.prover.key.jwk.items() if name not in {"kid", "use"}}
    claims = {
        "jti": city.new_name(),
        "htm": method,
        "htu": f"{ISSUER}{path}",
        "iat": city.services.clock(),
        "nonce": city.nonce,
        **({} if token is None else {"ath": hash_of(token)}),
    }
    return ("DPoP", Signed({"typ": "dpop+jwt", "alg": "ES256", "jwk": public}, claims, city.prover.key))


def by_basic(client_id: str, secret: str = SECRET) -> tuple[str, Value]:
    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return ("Authorization", "Basic " + base64.b64encode(joined.encode()).decode())


def posted(client_id: str) -> Pairs:
    return [("client_id", client_id), ("client_secret", SECRET)]
