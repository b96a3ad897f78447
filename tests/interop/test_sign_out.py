"""Programs of others sign people out, and hear of it when another app did."""

from collections.abc import Callable

from tests.interop.client_program import PROGRAMS
from tests.interop.conftest import App
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser


def test_logout_ends_the_session_and_comes_back(app: App, browser: FormBrowser) -> None:
    """OpenID Connect RP-Initiated Logout §2 and §3: no question with a hint, `state` and nothing else on the way back."""
    app.sign_in(browser, app.idp.new_person())
    leaving = app.program.ask("logout", post_logout_redirect_uri=app.signed_out)
    page = browser.get(leaving["address"])
    assert page.address == f"{app.signed_out}?state={leaving['state']}"
    assert app.ask_silently(browser) == {"error": "login_required"}


def test_every_app_of_the_session_hears_of_the_logout(
    idp: RunningIdp, browser: FormBrowser, new_app: Callable[..., App]
) -> None:
    """OpenID Connect Back-Channel Logout §2.4: one person, three apps in three languages, and each hears once.

    Every program verifies its logout token by itself, and an id_token is none for any of them (§2.6). Mutations: tell
    only the app that asked for the logout; sign with another `typ`.
    """
    person = idp.new_person()
    apps = [new_app(language) for language in PROGRAMS]
    found = [app.sign_in(browser, person) for app in apps]
    browser.get(apps[0].program.ask("logout", post_logout_redirect_uri=apps[0].signed_out)["address"])
    for app, signed_in in zip(apps, found, strict=True):
        (heard,) = app.program.logouts(1)
        assert heard["sid"] == signed_in["claims"]["sid"]
        assert heard.get("sub", signed_in["claims"]["sub"]) == signed_in["claims"]["sub"]
        assert app.program.hear(signed_in["id_token"]) == 400
