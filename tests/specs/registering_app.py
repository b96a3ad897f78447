"""An app that registers itself, with what officers allowed it."""

from contextlib import ExitStack
from typing import Any, Self

import httpx

from tests.plugins.running_idp import RunningIdp

METADATA: dict[str, Any] = {
    "client_name": "Department app",
    "redirect_uris": ["https://department.example/callback"],
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid profile",
}


def allow(idp: RunningIdp, **wanted: Any) -> dict[str, Any]:
    """What the operation of officers gives."""
    from admin.operation import Actor
    from admin.operations.initial_access_tokens import ALLOW, Allow
    from admin.perform import Done, perform

    asked = Allow.model_validate(
        {"name": "a department", "scope": "openid profile phone", "max_clients": 500, **wanted}
    )
    done = perform(idp.installation.services, ALLOW, asked, Actor(via="cli"))
    assert isinstance(done, Done)
    told: dict[str, Any] = httpx.Response(200, text=done.answer).json()
    return told


class RegisteringApp:
    """Talks to the registration endpoint over HTTP."""

    def __init__(self, idp: RunningIdp, token: str) -> None:
        self.issuer = idp.issuer
        self.token = token
        self._stack = ExitStack()
        self.http = self._stack.enter_context(httpx.Client(verify=False, trust_env=False, timeout=20))
        self.endpoint = f"{idp.issuer}/clients"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def post(self, metadata: object, token: str | None = None, **changes: Any) -> httpx.Response:
        """RFC 7591 §3.1."""
        body = {**metadata, **changes} if isinstance(metadata, dict) else metadata
        return self.http.post(self.endpoint, json=body, headers=_bearer(token or self.token))

    def register(self, **changes: Any) -> dict[str, Any]:
        """A registration that must succeed; a member changed to None is left out."""
        metadata = {name: value for name, value in {**METADATA, **changes}.items() if value is not None}
        answer = self.post(metadata)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def manage(
        self, method: str, registered: dict[str, Any], metadata: object = None, token: str | None = None
    ) -> httpx.Response:
        """RFC 7592 §2."""
        headers = _bearer(token or registered["registration_access_token"])
        content = {} if metadata is None else {"json": metadata}
        return self.http.request(method, registered["registration_client_uri"], headers=headers, **content)  # type: ignore[arg-type]


def as_metadata(registered: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What an app sends to change its registration (RFC 7592 §2.2): all of it but what the server alone says."""
    of_server = {
        "registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at", "draft",
    }  # fmt: skip
    told = {name: value for name, value in registered.items() if name not in of_server}
    return {name: value for name, value in {**told, **changes}.items() if value is not None}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
