"""Programs of others register themselves, and keep, change and end their registration (RFC 7591, RFC 7592)."""

from typing import Any

import pytest

from tests.interop.high_app import METADATA, NewHighApp
from tests.interop.high_program import HIGH_PROGRAMS
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.registering_app import allow


@pytest.mark.parametrize("language", HIGH_PROGRAMS)
def test_an_app_comes_stays_changes_and_goes(
    idp_behind_nginx: RunningIdp, high_browser: FormBrowser, new_high_app: NewHighApp, language: str
) -> None:
    """Under `gov-high` from its first day: nobody but the program knows its key, and no secret is told.

    Mutations: no new registration access token with an update; one that is for reading alone; an end that ends nothing.
    """
    token = allow(idp_behind_nginx, profile="gov-high", scope="openid profile")["token"]
    app = new_high_app(language, registers=False)
    members = ("client_name", "redirect_uris", "grant_types", "token_endpoint_auth_method", "scope")
    metadata: dict[str, Any] = {
        **{name: app.metadata[name] for name in members},
        "response_types": ["code"],
        "id_token_signed_response_alg": "ES256",
        "authorization_signed_response_alg": "ES256",
    }
    refused = app.ask("register", initial_access_token="nobody's", metadata=metadata)
    assert refused == {"error": "invalid_token"}

    registered = app.ask("register", initial_access_token=token, metadata=metadata)
    assert {name: registered[name] for name in metadata} == metadata
    assert "client_secret" not in registered
    person = idp_behind_nginx.new_person()
    assert app.sign_in(high_browser, person)["claims"]["aud"] == registered["client_id"]

    known = app.ask("read")
    assert (known["client_id"], known["client_name"]) == (registered["client_id"], METADATA["client_name"])
    changed = app.ask("update", changes={"client_name": "医疗保障"})
    assert (changed["client_id"], changed["client_name"]) == (registered["client_id"], "医疗保障")
    assert changed["registration_access_token"] != registered["registration_access_token"]
    again = app.ask("update", changes={"client_name": "住房保障"})
    assert again["registration_access_token"] != changed["registration_access_token"]
    assert app.ask("read")["client_name"] == "住房保障"
    assert app.sign_in(high_browser, person)["claims"]["aud"] == registered["client_id"]

    assert app.ask("remove")["status"] == 204
    assert app.ask("read") == {"error": "invalid_token"}
    assert app.ask("authorization", parameters={}) == {"error": "invalid_client"}
