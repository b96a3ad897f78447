"""The good path: sign in at an app, see whose page it is, go where one wanted to go."""

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.examples.fake_identity_provider import NAME, FakeIdentityProvider, SigningKey
from tests.examples.running_app import RunningApp, text_of

PROTECTED = {"housing_fund": "/contributions", "licence_library": "/licences/none-of-this-kind"}
COOKIES = {"housing_fund": "housing_session", "licence_library": "licence_session"}


def test_a_person_signs_in_and_is_named(browser: httpx.Client, app: RunningApp) -> None:
    page = browser.get("/login")
    assert (page.status_code, page.url) == (200, httpx.URL(app.base_url + "/"))
    assert text_of(page, "person-name") == NAME  # escaped in the page: the name contains a tag
    assert "三级" in (text_of(page, "person-level") or "")
    assert text_of(browser.get("/"), "person-name") == NAME


def test_the_request_is_complete(
    browser: httpx.Client, app: RunningApp, identity_provider: FakeIdentityProvider
) -> None:
    browser.get("/login")
    asked = identity_provider.asked[-1]
    assert asked["client_id"] == f"{app.name} client"
    assert asked["redirect_uri"] == app.base_url + "/callback"
    assert "prompt" not in asked


def test_state_nonce_and_challenge_are_new_each_time(
    browser: httpx.Client, identity_provider: FakeIdentityProvider
) -> None:
    browser.get("/login")
    browser.get("/login")
    for name in ("state", "nonce", "code_challenge"):
        first, second = (asked[name] for asked in identity_provider.asked)
        assert first != second


def test_the_session_cookie_is_random_renewed_and_out_of_reach_of_scripts(
    browser: httpx.Client, app: RunningApp
) -> None:
    """Red when the session keeps the name it had before signing in (session fixation)."""
    begun = browser.get("/login", follow_redirects=False)
    known_before = set(browser.cookies.values())
    answer = browser.get(begun.headers["location"], follow_redirects=False)
    callback = browser.get(answer.headers["location"], follow_redirects=False)
    session = next(c for c in callback.headers.get_list("set-cookie") if c.startswith(COOKIES[app.name]))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in session.split(";")}
    value = session.partition(";")[0].partition("=")[2]
    assert len(value) >= 43
    assert value not in known_before


def test_a_protected_page_is_reached_after_signing_in(browser: httpx.Client, app: RunningApp) -> None:
    page = browser.get(PROTECTED[app.name])
    assert page.url.path == PROTECTED[app.name]
    assert text_of(browser.get("/"), "person-name") == NAME


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "/%0d%0aX: y/\r\n",
        "javascript:alert(1)",
        "callback",
        "",
    ],
)
def test_next_never_leads_away(browser: httpx.Client, app: RunningApp, elsewhere: str) -> None:
    """Red when `next` is taken as it comes, or only looked at for its first character."""
    page = browser.get("/login", params={"next": elsewhere})
    assert page.url == httpx.URL(app.base_url + "/")


def test_level_and_name_may_be_missing(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    identity_provider.plan.claims = {"acr": "urn:somebody:else"}
    identity_provider.plan.userinfo = {"name": None}
    page = browser.get("/login")
    assert "未说明" in (text_of(page, "person-level") or "")
    assert "未提供姓名" in (text_of(page, "person-name") or "")


def test_the_facts_belong_to_the_subject(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    """Two visits show the same, another person sees something else."""
    first, again = browser.get("/login").text, browser.get("/login").text
    identity_provider.plan.claims = identity_provider.plan.userinfo = {"sub": "another subject"}
    assert first == again != browser.get("/login").text


def test_an_rs256_token_is_read_too(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    usual = identity_provider.signing_key
    identity_provider.signing_key = SigningKey(rsa.generate_private_key(65537, 2048))
    identity_provider.published = [usual, identity_provider.signing_key]
    try:
        assert text_of(browser.get("/login"), "person-name") == NAME
    finally:
        identity_provider.signing_key = usual


def test_tabs_sign_in_side_by_side(browser: httpx.Client) -> None:
    """Each tab has its own state; the second to begin does not spoil the first."""
    tabs = [browser.get("/login", follow_redirects=False) for _ in range(2)]
    answers = [browser.get(tab.headers["location"], follow_redirects=False) for tab in tabs]
    for answer in (answers[0], answers[0], answers[1]):  # the first one twice: who is signed in stays so
        assert text_of(browser.get(answer.headers["location"]), "person-name") == NAME
