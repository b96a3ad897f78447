"""Programs of others prove themselves by a key that never leaves them (OpenID Connect Core §9, RFC 7523 §2.2)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.interop.client_program import PROGRAMS, ClientProgram
from tests.interop.conftest import App
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser


def jwks(program: ClientProgram) -> Any:
    """The key it made when it started."""
    return httpx.get(f"{program.receiver}/jwks", trust_env=False).json()


def jwks_uri(program: ClientProgram) -> str:
    """Where it publishes that key."""
    return f"{program.receiver}/jwks"


@pytest.mark.parametrize("known", [jwks, jwks_uri])
@pytest.mark.parametrize("language", PROGRAMS)
def test_their_key_opens_every_door(
    idp: RunningIdp,
    browser: FormBrowser,
    new_app: Callable[..., App],
    language: str,
    known: Callable[[ClientProgram], Any],
) -> None:
    """Code, refresh, client credentials, introspection and revocation, with a registered key or a registered address."""
    app = new_app(language, token_endpoint_auth_method="private_key_jwt", client_secret=None, **{known.__name__: known})
    sub = app.sign_in(browser, idp.new_person())["claims"]["sub"]
    assert app.program.ask("refresh")["claims"]["sub"] == sub
    assert app.program.ask("client_credentials", parameters={})["token_type"].lower() == "bearer"
    assert app.program.ask("introspection", token="access_token")["active"] is True
    assert app.program.ask("revocation", token="refresh_token") == {}
    assert app.program.ask("refresh") == {"error": "invalid_grant"}


@pytest.mark.parametrize("language", PROGRAMS)
def test_another_key_opens_none(idp: RunningIdp, new_app: Callable[..., App], language: str) -> None:
    """Mutation: verify the assertion with the key that its header names, wherever that comes from."""
    stranger = new_app("python")
    app = new_app(
        language,
        token_endpoint_auth_method="private_key_jwt",
        client_secret=None,
        jwks=lambda _: jwks(stranger.program),
    )
    assert app.program.ask("client_credentials", parameters={}) == {"error": "invalid_client"}
