"""A08: a credential is posted once; no redirect makes the browser post it again (RFC 9700 §4.12)."""

import pytest

from tests.attacks import wire
from tests.attacks.rig import SINGLE, Target, authorization_parameters, authorization_url


def test_every_post_of_a_sign_in_is_answered_by_303(target: Target) -> None:
    """Request, name, password, consent. Red when `see_other` answers 302, 307 or 308."""
    browser = target.browser()
    only = {"client_id": SINGLE, "redirect_uri": "https://rp.test/only", "prompt": "consent"}
    posted = browser.post("/authorize", authorization_parameters(**only))
    browser.follow(posted)
    named = browser.submit(username=target.person.phone, way="password")
    browser.follow(named)
    proved = browser.submit(password=target.person.password, may_sign_in=True)
    browser.follow(proved)
    allowed = browser.submit(action="allow")
    assert [answer.status_code for answer in (posted, named, proved, allowed)] == [303] * 4


@pytest.mark.parametrize(
    "path", [b"/s//x", b"/s/x//password", b"/authorize//x", b"/me//", b"/static//x", b"/s/x/", b"/logout/", b"/token/"]
)
def test_no_path_is_mended_by_a_redirect(bare_target: Target, path: bytes) -> None:
    """Werkzeug mends `//` by a 308 to the Host that was named: with a credential in the body, and cached for others.

    Red when `Surface` does not turn `//` away before Flask sees it.
    """
    for method, body in (("GET", b""), ("POST", b"password=x")):
        asked = wire.request(bare_target.issuer, method, path, wire.FORM, body=body, host=b"evil.test")
        answer = bare_target.check(asked)
        assert "location" not in answer.headers
        assert 400 <= answer.status_code < 500


def test_a_wrong_method_is_refused_not_redirected(target: Target) -> None:
    """Red when `only` lets any method through, and when a page answers OPTIONS by itself."""
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        for path in (b"/token", b"/authorize", b"/s/x", b"/s/x/password", b"/me", b"/help", b"/display", b"/logout"):
            answer = target.check(wire.request(target.issuer, method, path))
            assert answer.status_code == 405, (method, path)


def test_the_request_itself_is_followed_by_get(target: Target) -> None:
    """OpenID Connect Core §3.1.2.1 allows POST; a cross-site one comes without cookies, so GET asks again.

    Red when `start` takes the posted parameters at once.
    """
    answer = target.browser().post("/authorize", authorization_parameters())
    assert answer.headers["location"] == authorization_url()
