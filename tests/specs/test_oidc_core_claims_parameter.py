"""OpenID Connect Core §5.5: data asked for one by one, in the right place, and never without the person.

Requirements 12 and 13 of the conformance facts.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

PERSONAL = {"name", "phone_number", "phone_number_verified", "email", "email_verified"}
Told = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def known(idp_sqlite: RunningIdp) -> Person:
    return idp_sqlite.new_person()


@pytest.fixture(scope="module")
def everything(register: Callable[..., RelyingParty]) -> RelyingParty:
    """An app that may ask for every scope."""
    return register(scope="openid profile phone email offline_access")


@pytest.fixture(scope="module")
def known_browser(idp_sqlite: RunningIdp, everything: RelyingParty, known: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(everything.ask({"scope": "openid"}).address, known, by="code")
        yield browser


def told_to(app: RelyingParty, browser: FormBrowser, claims: dict[str, Any], scope: str = "openid") -> Told:
    """The personal claims of the id_token, then those of userinfo."""
    question = app.ask({"scope": scope, "claims": json.dumps(claims)})
    tokens = app.tokens(browser.get(question.address), question)
    both = app.read(tokens["id_token"])[1], app.userinfo(tokens["access_token"]).json()
    id_token, userinfo = ({name: value for name, value in each.items() if name in PERSONAL} for each in both)
    return id_token, userinfo


def test_scopes_put_nothing_into_the_id_token(known_browser: FormBrowser, everything: RelyingParty) -> None:
    """Requirement 13. Mutation: what userinfo tells copied into the id_token."""
    id_token, userinfo = told_to(everything, known_browser, {}, "openid profile phone")
    assert id_token == {}
    assert set(userinfo) == {"name", "phone_number", "phone_number_verified"}


@pytest.mark.parametrize("wish", [None, {}, {"essential": True}, {"essential": False}, {"unknown": 1}], ids=str)
def test_a_claim_comes_where_it_was_asked_for(
    known_browser: FormBrowser, everything: RelyingParty, known: Person, wish: dict[str, Any] | None
) -> None:
    """§5.5, requirement 13: essential `name` from userinfo. Mutation: both places read as one."""
    assert told_to(everything, known_browser, {"userinfo": {"name": wish}}) == ({}, {"name": known.name})
    assert told_to(everything, known_browser, {"id_token": {"name": wish}}) == ({"name": known.name}, {})


def test_one_claim_is_not_its_whole_scope(known_browser: FormBrowser, everything: RelyingParty, known: Person) -> None:
    """Mutation: the scope that stands for the claim granted instead."""
    told = told_to(everything, known_browser, {"userinfo": {"phone_number": None}})
    assert told == ({}, {"phone_number": f"+86{known.phone}"})


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [
        ({"value": "测试人"}, True),
        ({"value": "别人"}, False),
        ({"values": ["别人", "测试人"]}, True),
        ({"values": ["别人"]}, False),
        ({"values": []}, False),
        ({"values": "测试人"}, False),
        ({"value": "测试人", "values": ["别人"]}, False),
        ({"value": None}, False),
        ({"essential": True, "value": 7}, False),
        ("测试人", False),
    ],
    ids=str,
)
def test_another_value_is_left_out_and_no_error(
    known_browser: FormBrowser, everything: RelyingParty, wish: object, is_told: bool
) -> None:
    """§5.5.1. Mutation: `value` not compared, or an error for what cannot be told."""
    assert ("name" in told_to(everything, known_browser, {"userinfo": {"name": wish}})[1]) is is_told


def test_what_we_do_not_have_is_ignored(known_browser: FormBrowser, everything: RelyingParty) -> None:
    """§5.5: unknown members and claims, and what nobody knows of this person."""
    unknown = {"essential": True}
    asked = {"birthdate": unknown, "http://x/é": unknown, "email": unknown, "citizen_id": unknown, "sub": None}
    told = told_to(everything, known_browser, {"userinfo": asked, "id_token": asked, "other": {"name": None}})
    assert told == ({}, {})


LEVEL_1, LEVEL_2, LEVEL_3, LEVEL_5 = (f"urn:yizheng:level:{level}" for level in (1, 2, 3, 5))


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"essential": True, "value": LEVEL_1}, LEVEL_1),
        ({"essential": True, "values": [LEVEL_1, LEVEL_2]}, LEVEL_2),
        ({"essential": True, "values": [LEVEL_5, LEVEL_3, LEVEL_1]}, LEVEL_3),
        ({"essential": True, "values": ["urn:mace:incommon:iap:silver", LEVEL_2]}, LEVEL_2),
        ({"essential": True}, LEVEL_3),
        ({"essential": True, "values": []}, LEVEL_3),
        ({"value": LEVEL_1}, LEVEL_3),
        ({"value": LEVEL_5}, LEVEL_3),
        ({"essential": False, "values": ["urn:mace:incommon:iap:silver", 7]}, LEVEL_3),
        ({"values": LEVEL_1}, LEVEL_3),
        (None, LEVEL_3),
    ],
    ids=str,
)
def test_an_essential_acr_is_told_as_one_that_was_asked_for(
    known_browser: FormBrowser, everything: RelyingParty, wish: dict[str, Any] | None, told: str
) -> None:
    """§5.5.1.1: "MUST return an acr Claim Value that matches one of the requested values"; else the session's own.

    Mutations: what was reached, which lies above; the first of those that are met; any for a voluntary wish.
    """
    question = everything.ask({"scope": "openid", "claims": json.dumps({"id_token": {"acr": wish}})})
    tokens = everything.tokens(known_browser.get(question.address), question)
    assert everything.read(tokens["id_token"])[1]["acr"] == told
    assert everything.userinfo(tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("name", ["auth_time", "acr", "amr", "sid", "iss", "aud", "exp", "sub", "proofing"])
@pytest.mark.parametrize("wish", [None, {"essential": True}], ids=str)
def test_what_each_id_token_tells_may_be_asked_for(
    known_browser: FormBrowser, everything: RelyingParty, name: str, wish: dict[str, Any] | None
) -> None:
    """§2, §5.5: `auth_time` as an essential claim among it. Mutation: left out for who asks by name."""
    question = everything.ask({"scope": "openid", "claims": json.dumps({"id_token": {name: wish}})})
    tokens = everything.tokens(known_browser.get(question.address), question)
    assert everything.read(tokens["id_token"])[1][name]


def test_a_claim_in_both_places_is_told_in_both(
    known_browser: FormBrowser, everything: RelyingParty, known: Person
) -> None:
    """§5.5: each member stands by itself, with its own value. Mutation: one wish for both."""
    both = {"userinfo": {"name": None}, "id_token": {"name": {"essential": True}}}
    assert told_to(everything, known_browser, both) == ({"name": known.name}, {"name": known.name})
    one = {"userinfo": {"name": {"value": "别人"}}, "id_token": {"name": {"value": known.name}}}
    assert told_to(everything, known_browser, one) == ({"name": known.name}, {})


def test_claims_add_to_what_scopes_release(known_browser: FormBrowser, everything: RelyingParty, known: Person) -> None:
    """§5.5: beside the scopes, never instead of them. Mutation: a wish for another value takes away what a scope gave."""
    told = told_to(
        everything, known_browser, {"userinfo": {"phone_number": None, "name": {"value": "别人"}}}, "openid profile"
    )
    assert told == ({}, {"name": known.name, "phone_number": f"+86{known.phone}"})


@pytest.mark.parametrize("place", ["userinfo", "id_token"])
def test_a_sub_by_value_is_a_demand_where_the_id_token_has_it(
    known_browser: FormBrowser, everything: RelyingParty, place: str
) -> None:
    """§5.5.1: nobody else's answer. In userinfo it asks for nothing: `sub` is always there. Mutation: it is overwritten."""
    first = everything.ask({"scope": "openid"})
    own = everything.read(everything.tokens(known_browser.get(first.address), first)["id_token"])[1]["sub"]
    for sub, is_own in ((own, True), ("somebody-else", False)):
        asked = json.dumps({place: {"sub": {"essential": True, "value": sub}}})
        question = everything.ask({"scope": "openid", "claims": asked, "prompt": "none"})
        page = known_browser.get(question.address)
        if is_own or place == "userinfo":
            tokens = everything.tokens(page, question)
            assert everything.userinfo(tokens["access_token"]).json()["sub"] == own
        else:
            assert page.answer["error"] == "login_required"


@pytest.mark.parametrize("name", ["name#zh", "name#en", "Name", "names", "", "address", "citizen_id"])
def test_other_names_are_ignored(known_browser: FormBrowser, everything: RelyingParty, name: str) -> None:
    """§5.2, §5.5: languages that we do not have, and names that are nearly ours. Mutation: matched by a prefix."""
    asked = {name: {"essential": True}}
    assert told_to(everything, known_browser, {"userinfo": asked, "id_token": asked}) == ({}, {})


def test_what_is_not_registered_is_not_told(signed_in: FormBrowser, library: RelyingParty) -> None:
    """Mutation: `claims` as a way around the registered scope."""
    asked = {"phone_number": {"essential": True}}
    assert told_to(library, signed_in, {"userinfo": asked, "id_token": asked}) == ({}, {})


@pytest.mark.parametrize("tick", [{"allow_phone_number": "1"}, {}], ids=str)
def test_the_person_is_asked_for_it(
    idp_sqlite: RunningIdp, browser: FormBrowser, housing_fund: RelyingParty, tick: dict[str, str]
) -> None:
    """§3.1.2.4: a claim is shown and may be left out as its scope. Mutation: the page reads `scope` alone."""
    asked = json.dumps({"userinfo": {"phone_number": None}, "id_token": {"phone_number": None}})
    question = housing_fund.ask({"scope": "openid", "claims": asked})
    page = browser.sign_in(browser.get(question.address), idp_sqlite.new_person())
    assert 'name="allow_phone_number"' in page.html
    tokens = housing_fund.tokens(browser.press(page, {"id": "consent-allow"}, **tick), question)
    assert tokens["scope"] == "openid"
    assert ("phone_number" in housing_fund.userinfo(tokens["access_token"]).json()) is bool(tick)
    assert ("phone_number" in housing_fund.read(tokens["id_token"])[1]) is bool(tick)


def test_offline_access_is_asked_for_by_name(
    idp_sqlite: RunningIdp, browser: FormBrowser, everything: RelyingParty
) -> None:
    """§11: dropped without `prompt=consent`; shown with it; and given again once it was allowed."""
    scope = "openid offline_access"
    first = everything.ask({"scope": scope})
    tokens = everything.tokens(browser.go_through(first.address, idp_sqlite.new_person()), first)
    assert tokens["scope"] == "openid"
    asked = everything.ask({"scope": scope, "prompt": "consent"})
    page = browser.get(asked.address)
    assert "到您收回为止" in page.html
    assert everything.tokens(browser.press(page, {"id": "consent-allow"}), asked)["scope"] == scope
    again = everything.ask({"scope": scope})
    assert everything.tokens(browser.get(again.address), again)["scope"] == scope


def test_discovery_says_so(idp_sqlite: RunningIdp, library: RelyingParty) -> None:
    document = library.http.get(f"{idp_sqlite.issuer}/.well-known/openid-configuration").json()
    assert document["claims_parameter_supported"] is True
    assert set(document["claims_supported"]) >= PERSONAL
    assert "offline_access" in document["scopes_supported"]
