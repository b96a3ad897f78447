"""Programs of others renew, examine and give up their tokens, and get some in their own name."""

from tests.interop.conftest import App
from tests.specs.form_browser import FormBrowser


def test_refresh_keeps_the_person_and_the_moment(app: App, browser: FormBrowser) -> None:
    """RFC 6749 §6, OpenID Connect Core §12: twice, since the second proves the first's refresh token."""
    before = app.sign_in(browser, app.idp.new_person())
    for _ in range(2):
        after = app.program.ask("refresh")
        assert after["rotated"]
        assert after["userinfo"] == before["userinfo"]
        assert all(after["claims"][name] == before["claims"][name] for name in ("iss", "sub", "aud", "auth_time"))


def test_client_credentials_speak_for_the_app(app: App) -> None:
    """RFC 6749 §4.4: a token that is the app's and nobody else's, without a refresh token (§4.4.3)."""
    told = app.program.ask("client_credentials", parameters={})
    assert told["token_type"].lower() == "bearer"
    assert 0 < told["expires_in"] <= 3600
    assert "refresh_token" not in told
    known = app.program.ask("introspection", token="client_credentials")
    assert known["active"] is True
    assert known["client_id"] == app.client_id


def test_introspection_knows_the_tokens(app: App, browser: FormBrowser) -> None:
    """RFC 7662 §2.2: whose, for what, until when; `sub` is the one that this app knows."""
    sub = app.sign_in(browser, app.idp.new_person())["claims"]["sub"]
    for token in ("access_token", "refresh_token"):
        known = app.program.ask("introspection", token=token)
        assert known["active"] is True
        assert (known["sub"], known["client_id"]) == (sub, app.client_id)
        assert known["exp"] > known["iat"]


def test_a_revoked_access_token_is_dead(app: App, browser: FormBrowser) -> None:
    """RFC 7009 §2.1. Mutation: answer 200 and revoke nothing."""
    app.sign_in(browser, app.idp.new_person())
    assert "sub" in app.program.ask("userinfo")
    assert app.program.ask("revocation", token="access_token") == {}
    assert app.program.ask("userinfo") == {"error": "invalid_token"}
    assert app.program.ask("introspection", token="access_token") == {"active": False}


def test_a_revoked_refresh_token_takes_the_access_token_along(app: App, browser: FormBrowser) -> None:
    """RFC 7009 §2.1; a second revocation is no error (§2.2)."""
    app.sign_in(browser, app.idp.new_person())
    assert app.program.ask("revocation", token="refresh_token") == {}
    assert app.program.ask("refresh") == {"error": "invalid_grant"}
    assert app.program.ask("userinfo") == {"error": "invalid_token"}
    assert app.program.ask("revocation", token="refresh_token") == {}
