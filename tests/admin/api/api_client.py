"""Apps that call the API: one that an officer signed in to, and one that acts for itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from admin.api import resource
from idp.app import Installation
from idp.keys import rotation
from idp.model.office import Role
from idp.oauth.client_metadata import client_of
from idp.registration.register import register
from tests.admin.officers import Officer
from tests.benchmarks.operations import SECRET, VERIFIER, Answer, Caller, basic
from tests.specs.relying_party import s256

CALLBACK = "http://localhost:8009/callback"
SCOPE = "openid officers:read officers:write"
AUDIENCE = "http://localhost:8000/api/v1"
NEW_APP = {"client_name": "公积金", "redirect_uris": ["https://fund.example/cb"], "client_secret": "s" * 40}


def of_officers(client_id: str = "officers-tool", **changes: Any) -> Mapping[str, Any]:
    """An app that officers sign in to."""
    return {
        "client_id": client_id,
        "client_name": "管理工具",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
        "scope": SCOPE,
        "audience": AUDIENCE,
        "sector_identifier": "console",
        "signs_in_staff": True,
        "asks_consent": False,
        **changes,
    }


def by_itself(role: Role | None, client_id: str = "automation", **changes: Any) -> Mapping[str, Any]:
    """An app that acts for itself."""
    return {
        "client_id": client_id,
        "client_name": "自动化",
        "client_secret": SECRET,
        "grant_types": ["client_credentials"],
        "scope": "officers:read officers:write",
        "audience": AUDIENCE,
        "sector_identifier": "console",
        **({} if role is None else {"api_role": role.value}),
        **changes,
    }


def register_apps(installation: Installation, *entries: Mapping[str, Any]) -> None:
    """The API itself, and these."""
    services = installation.services
    with services.begin() as unit_of_work:
        now = services.clock()
        rotation.ensure(unit_of_work, now)
        resource.ensure(unit_of_work, services.settings.issuer, now)
        register(unit_of_work, [client_of(entry) for entry in entries], now)
        unit_of_work.commit()


@dataclass(frozen=True)
class Api:
    """Calls with a token."""

    caller: Caller
    token: str

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """One call below `/api/v1`; header names with underscores."""
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if self.token:
            fields.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.token}")
        return self.caller._call(method, f"/api/v1{path}", {"CONTENT_TYPE": "application/json", **fields}, sent)


class ApiCaller(Caller):
    """Keeps the content type that it is told."""

    def _call(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if "CONTENT_TYPE" not in headers or not body:
            return super()._call(method, target, headers, body)
        kind = headers["CONTENT_TYPE"]
        application = self._application

        def typed(environ: dict[str, Any], start_response: Any) -> Any:
            return application({**environ, "CONTENT_TYPE": kind}, start_response)

        return Caller(typed)._call(method, target, headers, body)


def api_of(officer: Officer, client_id: str = "officers-tool", scope: str = SCOPE) -> Api:
    """With the token of somebody who is signed in in their browser."""
    query = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": scope,
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
    officer.browser.get(f"/authorize?{urlencode(query)}")
    code = parse_qs(urlsplit(officer.browser.here).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "code": code,
        "code_verifier": VERIFIER,
    }
    told = officer.browser.caller.post("/token", {}, urlencode(form).encode())
    assert told.status == 200, told.body
    return Api(ApiCaller(officer.browser.caller._application), told.json["access_token"])


def api_of_app(caller: Caller, client_id: str = "automation", scope: str | None = None) -> Api:
    """With the token of an app of its own."""
    form = {"grant_type": "client_credentials", **({} if scope is None else {"scope": scope})}
    told = caller.post("/token", basic(client_id), urlencode(form).encode())
    assert told.status == 200, told.body
    return Api(ApiCaller(caller._application), told.json["access_token"])
