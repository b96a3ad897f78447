"""OpenID Connect Core §5.3, §5.4: userinfo releases what the scopes say and the person allowed, in the right types."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty


@pytest.fixture(scope="module")
def known(idp_sqlite: RunningIdp) -> Person:
    return idp_sqlite.new_person()


@pytest.fixture(scope="module")
def everything(register: Callable[..., RelyingParty]) -> RelyingParty:
    """An app that may ask for every scope."""
    return register(scope="openid profile phone email")


@pytest.fixture(scope="module")
def known_browser(idp_sqlite: RunningIdp, everything: RelyingParty, known: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(everything.ask().address, known, by="code")
        yield browser


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", set()),
        ("openid profile", {"name"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        ("openid profile phone", {"name", "phone_number", "phone_number_verified"}),
        ("openid email", set()),
    ],
)
def test_a_scope_releases_its_claims(
    known_browser: FormBrowser, everything: RelyingParty, known: Person, scope: str, names: set[str]
) -> None:
    """§5.4; what is not known is left out, never null (§5.3.2). Mutation: release everything to everybody."""
    question = everything.ask({"scope": scope})
    tokens = everything.tokens(known_browser.get(question.address), question)
    answer = everything.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/json"
    claims: dict[str, Any] = answer.json()
    assert set(claims) == {"sub"} | names
    if "name" in names:
        assert claims["name"] == known.name
    if "phone_number" in names:
        assert (claims["phone_number"], claims["phone_number_verified"]) == (f"+86{known.phone}", True)


@pytest.mark.parametrize(("tick", "has_phone"), [({"allow_phone_number": "1"}, True), ({}, False)])
def test_what_the_person_left_out_stays_out(
    idp_sqlite: RunningIdp, browser: FormBrowser, housing_fund: RelyingParty, tick: dict[str, str], has_phone: bool
) -> None:
    """§3.1.2.4: the optional tick decides, and the token response tells the scope that is left (RFC 6749 §5.1)."""
    question = housing_fund.ask()
    consent = browser.sign_in(browser.get(question.address), idp_sqlite.new_person())
    tokens = housing_fund.tokens(browser.press(consent, {"id": "consent-allow"}, **tick), question)
    assert ("phone" in tokens["scope"].split()) == has_phone
    assert ("phone_number" in housing_fund.userinfo(tokens["access_token"]).json()) == has_phone
    again = housing_fund.ask({"prompt": "none"})
    told = housing_fund.tokens(browser.get(again.address), again)
    assert told["scope"] == tokens["scope"], "the answer is remembered, also what was left out"


def test_a_scope_that_was_not_registered_is_not_given(signed_in: FormBrowser, library: RelyingParty) -> None:
    """RFC 6749 §3.3. Mutation: grant what was asked."""
    question = library.ask({"scope": "openid profile phone"})
    tokens = library.tokens(signed_in.get(question.address), question)
    assert tokens["scope"] == "openid profile"
    assert "phone_number" not in library.userinfo(tokens["access_token"]).json()
