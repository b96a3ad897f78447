"""Programs of others sign people in, over both stores and two server processes: loudly, silently, and again."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.client_program import PROGRAMS
from tests.interop.conftest import App
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser

REGISTRATIONS: dict[str, dict[str, Any]] = {
    "basic-RS256": {"id_token_signed_response_alg": "RS256", "asks_consent": True},
    "post-ES256": {"token_endpoint_auth_method": "client_secret_post"},
    "public-ES256": {
        "token_endpoint_auth_method": "none",
        "client_secret": None,
        "application_type": "native",
        "channel": "app",
        "grant_types": ["authorization_code", "refresh_token"],
    },
}


@pytest.mark.parametrize("registration", REGISTRATIONS)
@pytest.mark.parametrize("language", PROGRAMS)
def test_they_sign_people_in(
    idp: RunningIdp, browser: FormBrowser, new_app: Callable[..., App], language: str, registration: str
) -> None:
    """Discovery, code with PKCE, state, nonce and iss, the id_token by its signature, userinfo."""
    person = idp.new_person()
    app = new_app(language, **REGISTRATIONS[registration])
    found = app.sign_in(browser, person)
    assert registration.endswith(found["alg"])
    assert found["claims"]["iss"] == idp.issuer
    assert found["claims"]["aud"] == app.client_id
    assert found["claims"]["acr"] == "urn:yizheng:level:3"
    assert found["userinfo"]["name"] == person.name
    assert found["userinfo"]["sub"] == found["claims"]["sub"]


def test_silence_is_refused_before_a_sign_in_and_enough_afterwards(app: App, browser: FormBrowser) -> None:
    """OpenID Connect Core §3.1.2.6. Mutations: show the sign-in page whatever `prompt` says; a new `auth_time`."""
    assert app.ask_silently(browser) == {"error": "login_required"}
    loud = app.sign_in(browser, app.idp.new_person())["claims"]
    silent = app.ask_silently(browser)["claims"]
    assert [silent[name] for name in ("sub", "sid", "auth_time")] == [
        loud[name] for name in ("sub", "sid", "auth_time")
    ]


def test_max_age_asks_again(app: App, browser: FormBrowser) -> None:
    """OpenID Connect Core §3.1.2.1: who signed in longer ago does so again. Mutation: `max_age` left out of `next_step`."""
    person = app.idp.new_person()
    before = app.sign_in(browser, person)["claims"]
    time.sleep(2.1)
    address = app.program.ask("authorization", parameters={"max_age": "1"})["address"]
    page = browser.get(address)
    assert page.has("username")
    after = app.program.ask("callback", address=browser.sign_in(page, person).address)["claims"]
    assert after["sub"] == before["sub"]
    assert after["auth_time"] > before["auth_time"]
