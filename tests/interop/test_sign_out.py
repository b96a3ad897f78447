"""Programs of others sign people out."""

from tests.interop.conftest import App
from tests.specs.form_browser import FormBrowser


def test_logout_ends_the_session_and_comes_back(app: App, browser: FormBrowser) -> None:
    """OpenID Connect RP-Initiated Logout §2 and §3: no question with a hint, `state` and nothing else on the way back."""
    app.sign_in(browser, app.idp.new_person())
    leaving = app.program.ask("logout", post_logout_redirect_uri=app.signed_out)
    page = browser.get(leaving["address"])
    assert page.address == f"{app.signed_out}?state={leaving['state']}"
    assert app.ask_silently(browser) == {"error": "login_required"}
