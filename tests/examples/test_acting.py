"""The licence library opens the licences of whoever somebody acts for, and of nobody whom the id_token does not name well."""

from typing import Any

import httpx
import pytest

from tests.examples.fake_identity_provider import FakeIdentityProvider
from tests.examples.running_app import text_of

pytestmark = pytest.mark.parametrize("app", [("licence_library", "127.0.0.1")], indirect=True, ids=["licence_library"])

COMPANY = {"sub": "a company", "role": "agent", "name": "云江江畔软件有限公司", "code": "91890101MA0000015M"}
CHILD = {"sub": "a child", "role": "guardian", "mandate": "m", "valid_until": 2_000_000_000}


def test_for_a_company(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    """Its licences, and whose they are. Mutation: the licences of who signed in."""
    own = browser.get("/login").text
    identity_provider.plan.claims = {"org": COMPANY}
    page = browser.get("/login")
    assert COMPANY["name"] in (text_of(page, "acting-for") or "")
    identity_provider.plan.claims = identity_provider.plan.userinfo = {"sub": COMPANY["sub"]}
    alone = browser.get("/login").text
    assert shelf(page.text) == shelf(alone) != shelf(own)


def test_for_a_person(browser: httpx.Client, identity_provider: FakeIdentityProvider) -> None:
    identity_provider.plan.claims = {"on_behalf_of": CHILD}
    assert "您监护的孩子" in (text_of(browser.get("/login"), "acting-for") or "")
    identity_provider.plan.claims = {}
    assert text_of(browser.get("/login"), "acting-for") is None


@pytest.mark.parametrize("told", ["a company", {}, [], {"sub": 1, "role": "agent"}, {"sub": "a company"}])
@pytest.mark.parametrize("name", ["org", "on_behalf_of"])
def test_what_names_nobody_signs_nobody_in(
    browser: httpx.Client, identity_provider: FakeIdentityProvider, name: str, told: Any
) -> None:
    """Mutation: it is passed over, and the person finds their own licences where they mean the company's."""
    identity_provider.plan.claims = {name: told}
    page = browser.get("/login")
    assert (page.status_code, text_of(page, "rp-error")) == (400, "invalid_id_token: it does not say for whom it is")


def shelf(html: str) -> str:
    """The licences alone."""
    return html.partition('<ul class="shelf">')[2].partition("</ul>")[0]
