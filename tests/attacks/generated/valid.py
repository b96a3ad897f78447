"""For each endpoint the requests that it answers well, of which everything else is made: the grammar's start."""

from typing import Any

from tests.attacks.clients import NATIVE, REDIRECT, WEB
from tests.attacks.doors import ACCOUNT_PAGES, STEPS
from tests.attacks.generated.apps import ARCHIVE, AT_ARCHIVE, AT_DESK, CERTIFIED, DESK, EXCHANGE, HIGH, KEYED, LEGACY
from tests.attacks.generated.city import BROWSER, REPORT_TOKEN, City
from tests.attacks.generated.ingredients import (
    ACCESS,
    DETAILS,
    Make,
    asked,
    assertion,
    by_basic,
    cookies,
    posted,
    proof,
    request_object,
    rich,
)
from tests.attacks.generated.parts import Json, Pairs, Shape, Value
from tests.idp.oauth.registered import VERIFIER


def _authorize(city: City) -> Shape:
    return Shape("GET", "/authorize", WEB, 303, query=rich(WEB), headers=cookies(city))


def _authorize_plain(city: City) -> Shape:
    """Nobody is signed in."""
    return Shape("GET", "/authorize", NATIVE, 303, query=asked(NATIVE, redirect_uri="http://127.0.0.1/cb"))


def _authorize_by_post(city: City) -> Shape:
    return Shape("POST", "/authorize", WEB, 303, fields=rich(WEB, response_mode="form_post"), headers=cookies(city))


def _authorize_by_object(city: City) -> Shape:
    asked: Pairs = [("client_id", KEYED), ("request", request_object(city, KEYED))]
    return Shape("GET", "/authorize", KEYED, 303, query=asked, headers=cookies(city))


def _authorize_by_push(city: City) -> Shape:
    asked: Pairs = [("client_id", KEYED), ("request_uri", city.pushed())]
    return Shape("GET", "/authorize", KEYED, 303, query=asked, headers=cookies(city))


def _authorize_by_address(city: City) -> Shape:
    asked: Pairs = [("client_id", KEYED), ("request_uri", "https://rp.test/request.jwt")]
    return Shape("GET", "/authorize", KEYED, 400, query=asked, headers=cookies(city))


def _authorize_hybrid(city: City) -> Shape:
    types = {
        "response_type": "code id_token",
        "response_mode": "fragment",
        "authorization_details": None,
        "resource": None,
    }
    asked = rich(LEGACY, **{**types, "dpop_jkt": None})
    return Shape("GET", "/authorize", LEGACY, 303, query=asked, headers=cookies(city))


def _authorize_again(city: City) -> Shape:
    return Shape("GET", f"/authorize/{city.handle()}", WEB, 303, headers=cookies(city))


def _par(city: City) -> Shape:
    return Shape("POST", "/par", KEYED, 201, fields=[*rich(KEYED, dpop_jkt=None), *assertion(city, KEYED)])


def _par_with_object(city: City) -> Shape:
    asked: Pairs = [("client_id", KEYED), ("request", request_object(city, KEYED)), *assertion(city, KEYED)]
    return Shape("POST", "/par", KEYED, 201, fields=asked)


def _par_with_proof(city: City) -> Shape:
    asked = [*rich(HIGH, dpop_jkt=None), *assertion(city, HIGH)]
    return Shape("POST", "/par", HIGH, 201, fields=asked, headers=[proof(city, "POST", "/par")])


def _code(city: City) -> Shape:
    fields: Pairs = [
        ("grant_type", "authorization_code"),
        ("code", city.code(matters=city.matters(), resources=(AT_DESK, AT_ARCHIVE))),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("resource", AT_DESK),
        ("authorization_details", Json(DETAILS)),
        *posted(WEB),
    ]
    return Shape("POST", "/token", WEB, 200, fields=fields)


def _code_with_proof(city: City) -> Shape:
    fields: Pairs = [
        ("grant_type", "authorization_code"),
        ("code", city.code(HIGH)),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        *assertion(city, HIGH),
    ]
    return Shape("POST", "/token", HIGH, 200, fields=fields, headers=[proof(city, "POST", "/token")])


def _refresh(city: City) -> Shape:
    tokens = city.tokens(matters=city.matters(), resources=(AT_DESK, AT_ARCHIVE))
    fields: Pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"]),
        ("scope", "openid"),
        ("resource", AT_DESK),
        ("authorization_details", Json(DETAILS)),
        *posted(WEB),
    ]
    return Shape("POST", "/token", WEB, 200, fields=fields)


def _of_itself(city: City) -> Shape:
    fields: Pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "desk:read"),
        ("resource", AT_DESK),
        ("authorization_details", Json(DETAILS)),
        *assertion(city, KEYED),
    ]
    return Shape("POST", "/token", KEYED, 200, fields=fields)


def _of_itself_by_certificate(city: City) -> Shape:
    """Of an authority that nobody knows."""
    fields: Pairs = [("grant_type", "client_credentials"), ("client_id", CERTIFIED), ("scope", "desk:read")]
    return Shape("POST", "/token", CERTIFIED, 401, fields=fields, headers=[("Client-Cert", ":MIIBmjCCAT8=:")])


def _exchange(city: City) -> Shape:
    fields: Pairs = [
        ("grant_type", EXCHANGE),
        ("subject_token", city.access_token_for_desk()),
        ("subject_token_type", ACCESS),
        ("requested_token_type", ACCESS),
        ("audience", AT_ARCHIVE),
        ("scope", "archive:read"),
        *posted(DESK),
    ]
    return Shape("POST", "/token", DESK, 200, fields=fields)


def _introspect(city: City) -> Shape:
    fields: Pairs = [("token", city.access_token_for_desk()), ("token_type_hint", "access_token"), *posted(DESK)]
    return Shape(
        "POST", "/introspect", DESK, 200, fields=fields, headers=[("Accept", "application/token-introspection+jwt")]
    )


def _introspect_by_basic(city: City) -> Shape:
    fields: Pairs = [("token", city.refresh_token())]
    return Shape("POST", "/introspect", ARCHIVE, 200, fields=fields, headers=[by_basic(ARCHIVE)])


def _revoke(city: City) -> Shape:
    fields: Pairs = [("token", city.tokens()["access_token"]), ("token_type_hint", "access_token"), *posted(WEB)]
    return Shape("POST", "/revoke", WEB, 200, fields=fields)


def _userinfo(city: City) -> Shape:
    return Shape("GET", "/userinfo", WEB, 200, headers=[("Authorization", f"Bearer {city.access_token()}")])


def _userinfo_by_post(city: City) -> Shape:
    return Shape("POST", "/userinfo", WEB, 200, fields=[("access_token", city.access_token())])


def _userinfo_with_proof(city: City) -> Shape:
    token = city.bound_token()
    return Shape(
        "GET",
        "/userinfo",
        HIGH,
        200,
        headers=[("Authorization", f"DPoP {token}"), proof(city, "GET", "/userinfo", token)],
    )


def _document(path: str) -> Make:
    return lambda _: Shape("GET", path, "", 200, headers=[("If-None-Match", '"x"'), ("Accept", "application/json")])


def _logout(city: City) -> Shape:
    _, cookie = city.new_session()
    asked: Pairs = [
        ("id_token_hint", city.id_token()),
        ("client_id", WEB),
        ("post_logout_redirect_uri", "https://rp.test/bye"),
        ("state", "state"),
        ("ui_locales", "en"),
        ("logout_hint", "x"),
    ]
    return Shape("GET", "/logout", WEB, 200, query=asked, headers=[("Cookie", f"session={cookie}; browser={BROWSER}")])


def _logout_by_post(city: City) -> Shape:
    asked = _logout(city)
    asked.method, asked.fields, asked.query = "POST", asked.query, []
    return asked


def _signed_out(city: City) -> Shape:
    look: Pairs = [("look", "1")]
    return Shape("GET", "/signed-out", WEB, 200, query=look, headers=[("Cookie", f"signed_out={city.signed_out()}")])


METADATA: dict[str, Any] = {
    "client_name": "Department app",
    "redirect_uris": ["https://rp.test/mine"],
    "post_logout_redirect_uris": ["https://rp.test/mine/bye"],
    "token_endpoint_auth_method": "private_key_jwt",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "openid profile",
    "optional_scope": "profile",
    "contacts": ["it@rp.test"],
    "client_uri": "https://rp.test/",
    "logo_uri": "https://rp.test/logo.png",
    "purpose": {"en": "Books appointments"},
    "subject_type": "pairwise",
    "request_uris": ["https://rp.test/request.jwt"],
    "id_token_signed_response_alg": "ES256",
    "software_statement": "x",
}


def _register(city: City) -> Shape:
    body = Json({**METADATA, "jwks": city.key.jwks})
    return Shape("POST", "/clients", "", 201, body=body, headers=[("Authorization", f"Bearer {city.initial_token()}")])


def _managed(method: str, expected: int) -> Make:
    def make(city: City) -> Shape:
        client_id, token = city.registered_itself()
        body = Json({**METADATA, "jwks": city.key.jwks, "client_id": client_id}) if method == "PUT" else None
        headers: list[tuple[str, Value]] = [("Authorization", f"Bearer {token}")]
        return Shape(method, f"/clients/{client_id}", client_id, expected, body=body, headers=headers)

    return make


def _reports(city: City) -> Shape:
    body = Json({"reports": [{"id": "1-sms", "status": "delivered"}, {"id": "2-sms", "status": "failed"}]})
    return Shape(
        "POST", "/carriers/sms_http/reports", "", 200, body=body, headers=[("Authorization", f"Bearer {REPORT_TOKEN}")]
    )


def _api(method: str, path: str, body: Any = None, expected: int = 200, **query: str) -> Make:
    def make(city: City) -> Shape:
        headers: list[tuple[str, Value]] = [("Authorization", f"Bearer {city.api_token()}")]
        if method == "PUT":
            headers.append(("If-None-Match", "*"))
        if method != "GET":
            headers.append(("Idempotency-Key", city.new_name()))
        told = None if body is None else Json(body)
        return Shape(method, f"/api/v1{path}", "", expected, query=list(query.items()), body=told, headers=headers)

    return make


NEW_APP = {"client_name": "公积金", "redirect_uris": ["https://rp.test/fund"], "client_secret": "s" * 40}
ALLOWED = {"name": "a department", "scope": "openid", "max_clients": 3, "days": 30, "level": 1, "channel": "website"}


def _step(step: str) -> Make:
    def make(city: City) -> Shape:
        handle = city.handle(prompt="consent" if step == "/consent" else "login")
        fields: Pairs | None = None
        method = "GET"
        if step in {"", "/password", "/code", "/consent", "/register", "/ways"}:
            method = "POST"
            fields = [
                ("csrf", city.csrf(handle)),
                ("username", "13900000001"),
                ("way", "password"),
                ("password", "not the password"),
                ("code", "000000"),
                ("action", "allow"),
                ("scope", "profile"),
            ]
        shape = Shape(method, f"/s/{handle}{step}", WEB, 0, fields=fields, headers=cookies(city))
        shape.query = [("again", "1")]
        return shape

    return make


def _page(path: str) -> Make:
    return lambda city: Shape("GET", path, "", 0, query=[("look", "1"), ("return", "/me")], headers=cookies(city))


ENDPOINTS: dict[str, tuple[Make, ...]] = {
    "/authorize": (
        _authorize,
        _authorize_plain,
        _authorize_by_post,
        _authorize_by_object,
        _authorize_by_push,
        _authorize_hybrid,
        _authorize_by_address,
        _authorize_again,
    ),
    "/par": (_par, _par_with_object, _par_with_proof),
    "/token authorization_code": (_code, _code_with_proof),
    "/token refresh_token": (_refresh,),
    "/token client_credentials": (_of_itself, _of_itself_by_certificate),
    "/token token-exchange": (_exchange,),
    "/introspect": (_introspect, _introspect_by_basic),
    "/revoke": (_revoke,),
    "/userinfo": (_userinfo, _userinfo_by_post, _userinfo_with_proof),
    "/jwks": (_document("/jwks"),),
    "/.well-known": tuple(
        _document(f"/.well-known/{name}")
        for name in (
            "openid-configuration",
            "oauth-authorization-server",
            "oauth-protected-resource/userinfo",
            "oauth-protected-resource/api/v1",
        )
    ),
    "/logout": (_logout, _logout_by_post),
    "/signed-out": (_signed_out,),
    "/clients": (_register,),
    "/clients/<id>": (_managed("PUT", 200), _managed("GET", 200), _managed("PUT", 200), _managed("DELETE", 204)),
    "/logos": (_document("/logos/logo.png"),),
    "/carriers/sms_http/reports": (_reports,),
    "/api/v1": (
        _api("PUT", "/clients/new-app", {"metadata": NEW_APP}, 202),
        _api("GET", "/clients"),
        _api("POST", "/initial_access_tokens", ALLOWED, 202),
        _api("GET", f"/clients/{WEB}"),
        _api("POST", f"/clients/{WEB}/disable", {}, 202),
        _api("GET", "/officers"),
        _api("GET", "/initial_access_tokens"),
    ),
    "/s": tuple(_step(step) for step in STEPS),
    "/me and other pages": tuple(
        _page(path) for path in ("/", "/help", "/recover", "/display", "/console", "/freeze/of-nobody", *ACCOUNT_PAGES)
    ),
}
"""By endpoint, in turn; what is expected of the first of each proves that the rest begins where it should."""
