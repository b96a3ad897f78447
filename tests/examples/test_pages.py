"""What every page of the apps keeps to, and what happens when the provider is away."""

import re
from pathlib import Path

import httpx
import pytest

from tests.examples.fake_identity_provider import FakeIdentityProvider, running
from tests.examples.running_app import APPS, RunningApp, running_app, text_of

NAMES = ["housing_fund", "licence_library"]


@pytest.mark.parametrize("path", ["/", "/login", "/signed-out", "/callback", "/nothing-here", "/health"])
def test_every_page_is_strict_and_stands_without_scripts(
    browser: httpx.Client, identity_provider: FakeIdentityProvider, path: str
) -> None:
    page = browser.get(path)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert policy.endswith(f"form-action 'self' {identity_provider.issuer}")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert not re.search(r"<script|style=|\son\w+=", page.text)


def test_everything_a_page_loads_is_there(browser: httpx.Client) -> None:
    page = browser.get("/login")
    loaded = re.findall(r'(?:rel="[a-z]+"(?: type="[^"]*")?|<img) (?:href|src)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for address in loaded:
        assert browser.get(address).status_code == 200
    assert 'lang="zh-CN"' in page.text
    assert "An example app" in page.text


def test_another_name_of_the_machine_leads_to_ours(browser: httpx.Client, app: RunningApp) -> None:
    """Cookies and the callback belong to one name; also the end of DNS rebinding. Red without the look at Host."""
    answer = browser.get("/health", headers={"Host": "evil.example"}, follow_redirects=False)
    assert answer.headers["location"] == app.base_url + "/health"


@pytest.mark.parametrize("path", ["/callback?%ff=%ff", "/%ff%00", "/login?next=%ff", "//", "/callback?" + "a=1&" * 50])
def test_hostile_addresses_are_answered(browser: httpx.Client, app: RunningApp, path: str) -> None:
    assert browser.get(app.base_url + path).status_code < 500


def test_hostile_cookies_are_answered(browser: httpx.Client) -> None:
    for cookie in ("=", ";;;", "housing_session=\xff; licence_session=\xff", 'licence_session="\\015\\012'):
        answer = browser.get("/signed-out", headers={b"Cookie": cookie.encode("latin-1")})
        assert answer.status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_an_app_starts_before_its_provider(name: str, tmp_path: Path) -> None:
    """Red when discovery is read at start, or when a failed one is remembered."""
    provider = FakeIdentityProvider()
    with running_app(name, provider.issuer, tmp_path) as app, app.browser() as browser:
        provider.plan.is_signed_in = False
        with running(provider):
            assert browser.get("/").status_code == 200
            assert text_of(browser.get("/login"), "person-name") is not None


@pytest.mark.parametrize("name", NAMES)
def test_without_a_provider_the_front_page_stands_and_says_so(name: str, tmp_path: Path) -> None:
    with running_app(name, "http://localhost:1", tmp_path) as app, app.browser() as browser:
        page = browser.get("/")
        assert page.status_code == 200
        assert (text_of(page, "rp-error") or "").startswith("temporarily_unavailable")
        assert text_of(page, "sign-in-link") is not None
        refused = browser.get("/login")
        assert refused.status_code == 503
        assert (text_of(refused, "rp-error") or "").startswith("temporarily_unavailable")
        assert "Traceback" not in app.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_that_calls_itself_otherwise_is_not_used(name: str, tmp_path: Path) -> None:
    """OpenID Connect Discovery 1.0 §4.3. Red without the comparison of issuers."""
    with running(FakeIdentityProvider()) as provider:
        alias = provider.issuer.replace("localhost", "127.0.0.1")
        with running_app(name, alias, tmp_path) as app, app.browser() as browser:
            assert browser.get("/login").status_code == 503
            assert provider.asked == []


def test_the_apps_know_nothing_of_the_product_or_of_each_other() -> None:
    for name in NAMES:
        for source in (APPS / name).glob("*.py"):
            imports = re.findall(r"^\s*(?:from|import) ([\w.]+)", source.read_text(encoding="utf-8"), re.MULTILINE)
            firsts = {imported.partition(".")[0] for imported in imports}
            assert not firsts & {
                "idp",
                "admin",
                "connectors",
                "realnames",
                "biometrics",
                "resource_server",
                "examples",
                *NAMES,
            }, source
