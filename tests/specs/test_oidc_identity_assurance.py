"""OpenID Connect for Identity Assurance 1.0: what a proofing has verified, told to who asks for it, as they ask for it.

Requirements 52 to 54 of the conformance facts. The grammar's own tables are in `tests/idp/oauth`; here it is spoken over HTTP.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.identity_assurance_schema import ANSWER
from tests.specs.pushing_party import NewParty, PushingParty
from tests.specs.relying_party import RelyingParty

PLACES = ("id_token", "userinfo")
FRAMEWORK = "cn_gov_service"
Told = tuple[dict[str, Any], dict[str, Any]]


def asked(claims: object = None, **verification: object) -> dict[str, Any]:
    """A request for the verified name, unless it says otherwise."""
    return {
        "verification": {"trust_framework": None, **verification},
        "claims": {"name": None} if claims is None else claims,
    }


def answer(person: Person, **verification: str) -> dict[str, Any]:
    return {"verification": {"trust_framework": FRAMEWORK, **verification}, "claims": {"name": person.name}}


@pytest.fixture(scope="module")
def known(idp_sqlite: RunningIdp) -> Person:
    return idp_sqlite.new_person()


@pytest.fixture(scope="module")
def app(register: Callable[..., RelyingParty]) -> RelyingParty:
    """One that asks nobody, and may know the name."""
    return register(scope="openid profile phone", grant_types=["authorization_code", "refresh_token"])


@pytest.fixture(scope="module")
def visitor(idp_sqlite: RunningIdp, app: RelyingParty, known: Person) -> Iterator[FormBrowser]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        browser.go_through(app.ask({"scope": "openid"}).address, known)
        yield browser


def told(app: RelyingParty, browser: FormBrowser, claims: dict[str, Any], scope: str = "openid") -> Told:
    """The id_token and what userinfo says; both are what the published schema allows."""
    question = app.ask({"scope": scope, "claims": json.dumps(claims)})
    page = browser.get(question.address)
    assert "code" in page.answer, page.address
    tokens = app.tokens(page, question)
    both = app.read(tokens["id_token"])[1], app.userinfo(tokens["access_token"]).json()
    for each in both:
        ANSWER.validate(each)
    return both


def verified(app: RelyingParty, browser: FormBrowser, claims: dict[str, Any]) -> tuple[Any, Any]:
    id_token, userinfo = told(app, browser, claims)
    return id_token.get("verified_claims"), userinfo.get("verified_claims")


@pytest.fixture(scope="module")
def metadata(idp_sqlite: RunningIdp) -> dict[str, Any]:
    address = f"{idp_sqlite.issuer}/.well-known/openid-configuration"
    document: dict[str, Any] = httpx.get(address, trust_env=False).json()
    return document


def test_requirement_52_discovery_tells_what_can_be_told(metadata: dict[str, Any]) -> None:
    """§8. Mutation: a list that is required and missing, or that names what no answer ever holds."""
    assert metadata["claims_parameter_supported"] is True
    assert metadata["verified_claims_supported"] is True
    assert metadata["trust_frameworks_supported"] == [FRAMEWORK]
    assert metadata["claims_in_verified_claims_supported"] == [
        *("name", "birthdate", "gender"),
        *(f"age_over_{age}" for age in (14, 16, 18, 60, 65, 80)),
        "cn_id_number",
    ]
    assert "verified_claims" in metadata["claims_supported"]
    assert metadata["evidence_supported"] == ["vouch", "electronic_record", "document"]
    assert metadata["documents_supported"] == ["idcard", "residence_permit", "travel_permit", "passport"]
    assert metadata["documents_check_methods_supported"] == ["vcrypt", "vpip", "pvp"]
    assert metadata["electronic_records_supported"] == [
        *("population_register", "bank_account", "network_identity", "certificate")
    ]


@pytest.mark.parametrize(
    "wish", [None, {}, {"essential": False}, {"essential": True, "purpose": "to greet you"}], ids=str
)
def test_requirement_53_it_is_told_where_it_was_asked_for(
    app: RelyingParty, visitor: FormBrowser, known: Person, wish: object
) -> None:
    """§5.3. Mutations: both places read as one; more of the verification than was asked for."""
    request = asked({"name": wish}, trust_framework=None if wish is None else {})
    for place in PLACES:
        both = dict(zip(PLACES, verified(app, visitor, {place: {"verified_claims": request}}), strict=True))
        assert both == {name: answer(known) if name == place else None for name in PLACES}
    both_places = {place: {"verified_claims": request} for place in PLACES}
    assert verified(app, visitor, both_places) == (answer(known), answer(known))


def test_unverified_claims_stand_beside(app: RelyingParty, visitor: FormBrowser, known: Person) -> None:
    """§5.3: neither brings the other along. Mutation: the name told twice, or a phone called verified."""
    both = {"verified_claims": asked(), "phone_number": None}
    id_token, userinfo = told(app, visitor, {"id_token": {"phone_number": None}, "userinfo": both})
    assert (id_token.get("phone_number"), "verified_claims" in id_token) == (f"+86{known.phone}", False)
    assert {name for name in userinfo if name != "sub"} == {"verified_claims", "phone_number"}
    id_token, userinfo = told(app, visitor, {"userinfo": {"verified_claims": asked()}}, "openid profile")
    assert (userinfo["name"], userinfo["verified_claims"]) == (known.name, answer(known))


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [
        (asked(trust_framework={"value": FRAMEWORK}), True),
        (asked(trust_framework={"values": ["gold", FRAMEWORK]}), True),
        (asked({"name": {"value": "测试人"}}), True),
        (asked({"name": None, "http://x/é 𠮷#🀄": {"essential": True}}), True),
        (asked(time={"max_age": 10**9}), True),
        (asked(assurance_process={"policy": None}), True),
        (asked(trust_framework={"value": "gold"}), False),
        (asked(assurance_level={"values": ["P3", "P4"]}), False),
        (
            asked(evidence=[{"type": {"value": "document"}, "check_details": [{"check_method": {"value": "pipp"}}]}]),
            False,
        ),
        (asked({"name": {"value": "别人"}}), False),
        (asked({"birthdate": {"essential": True}, "phone_number": None}), False),
        ([], False),
    ],
    ids=str,
)
def test_requirement_53_what_does_not_fit_is_left_out_and_no_error(
    app: RelyingParty, visitor: FormBrowser, wish: object, is_told: bool
) -> None:
    """§5.7. Mutations: an error; an answer with empty `claims`."""
    both = verified(app, visitor, {place: {"verified_claims": wish} for place in PLACES})
    assert [each is not None for each in both] == [is_told, is_told]


def test_an_array_is_answered_one_by_one(app: RelyingParty, visitor: FormBrowser, known: Person) -> None:
    """§5.6, with level and time in UTC where they were asked for (§9)."""
    wishes = [asked(trust_framework={"value": "gold"}), asked(assurance_level=None), asked(time=None)]
    for both in verified(app, visitor, {place: {"verified_claims": wishes} for place in PLACES}):
        first, second = both
        assert first == answer(known, assurance_level="P2")
        assert second["verification"].pop("time").endswith("Z")
        assert second == answer(known)


@pytest.mark.parametrize("proofing", [0, 1, 2, 3, 4])
def test_requirement_54_the_level_is_that_of_the_store(
    idp_sqlite: RunningIdp, browser: FormBrowser, app: RelyingParty, proofing: int
) -> None:
    """MISSION, Levels. Mutation: a name that a person only said, called verified."""
    person = idp_sqlite.new_person(proofing=proofing)
    browser.go_through(app.ask({"scope": "openid"}).address, person)
    expected = answer(person, assurance_level=f"P{proofing}") if proofing >= 2 else None
    request = {place: {"verified_claims": asked(assurance_level=None)} for place in PLACES}
    assert verified(app, browser, request) == (expected, expected)


def test_a_proofing_may_be_too_old(idp_sqlite: RunningIdp, browser: FormBrowser, app: RelyingParty) -> None:
    """§5.5.2, reckoned when it is told. Mutation: `max_age` read as that of the sign-in."""
    person = idp_sqlite.new_person()
    browser.go_through(app.ask({"scope": "openid"}).address, person)
    request = {place: {"verified_claims": asked(time={"max_age": 0})} for place in PLACES}
    new_enough = asked(time={"max_age": 3600})
    assert all(verified(app, browser, {place: {"verified_claims": new_enough} for place in PLACES}))
    time.sleep(1.1)
    assert verified(app, browser, request) == (None, None)


WRONG: dict[str, object] = {
    "null": None,
    "text": "name",
    "number": 7,
    "empty": {},
    "without verification": {"claims": {"name": None}},
    "without claims": {"verification": {"trust_framework": None}},
    "without trust_framework": {"verification": {}, "claims": {"name": None}},
    "empty claims": asked({}),
    "claims as list": asked(["name"]),
    "claim as text": asked({"name": "张三"}),
    "long purpose": asked({"name": {"purpose": "a" * 301}}),
    "a third member": {**asked(), "purpose": "to greet you"},
    "framework as text": asked(trust_framework=FRAMEWORK),
    "framework of numbers": asked(trust_framework={"values": [1]}),
    "negative age": asked(time={"max_age": -1}),
    "evidence without type": asked(evidence=[{}]),
    "evidence by values": asked(evidence=[{"type": {"value": "document", "values": ["document"]}}]),
    "one wrong among right": [asked(), None],
    "too many": [asked()] * 17,
    "hundreds": [{}] * 300,
    "long": asked({"name": {"value": "x" * 9000}}),
    "deep": asked(of_tomorrow=json.loads("[" * 30 + "]" * 30)),
    "half a surrogate": asked({"\ud800": None}),
    "not a number": asked(time={"max_age": float("nan")}),
    "infinite": asked(time={"max_age": float("inf")}),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_request_is_invalid(app: RelyingParty, visitor: FormBrowser, place: str, wrong: str) -> None:
    """§5.7.6 with Core §3.1.2.6. Mutations: a wrong request passed over as if nothing had been asked; a traceback."""
    question = app.ask({"claims": json.dumps({place: {"verified_claims": WRONG[wrong]}})})
    page = visitor.get(question.address)
    assert page.answer["error"] == "invalid_request", page
    assert page.answer["state"] == question.state
    assert FRAMEWORK not in page.answer["error_description"]


@pytest.mark.parametrize(
    "text",
    [
        '{"userinfo":{"verified_claims":' + "[" * 4000,
        '{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"name":{"value":1e999}}}}}',
        '{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"name":{"value":'
        + "9" * 5000
        + "}}}}}",
        '{"userinfo":[{"verified_claims":null}]}',
    ],
    ids=["brackets", "1e999", "digits", "a list"],
)
def test_what_is_no_json_of_ours_is_invalid(app: RelyingParty, visitor: FormBrowser, text: str) -> None:
    assert visitor.get(app.ask({"claims": text}).address).answer["error"] == "invalid_request"


def test_odd_but_right_requests_are_answered(app: RelyingParty, visitor: FormBrowser, known: Person) -> None:
    """Mutation: a name of a claim, or a huge number, that something behind cannot carry."""
    many = {f"claim {number}": None for number in range(60)}
    for wish in (
        asked({**many, "name": None}),
        asked({"__proto__": None, "": {}, "\u0000\u202e": None, "name": None}),
        asked(time={"max_age": 10**400}),
        [asked()] * 16,
        asked(of_tomorrow={"a": {"b": [{"c": None}]}}),
    ):
        in_id_token, in_userinfo = verified(app, visitor, {place: {"verified_claims": wish} for place in PLACES})
        assert in_id_token == in_userinfo
        first = in_userinfo[0] if isinstance(in_userinfo, list) else in_userinfo
        assert first["claims"] == {"name": known.name}


def test_a_request_beside_the_places_is_none(app: RelyingParty, visitor: FormBrowser) -> None:
    """Mutation: what is kept for the answer taken from the request itself."""
    planted = {"verified_claims": {"userinfo": asked(), "id_token": asked()}, "userinfo": {}, "id_token": {}}
    assert verified(app, visitor, planted) == (None, None)


def test_what_is_not_registered_is_not_told(register: Callable[..., RelyingParty], visitor: FormBrowser) -> None:
    """Mutation: `verified_claims` as a way around the registered scope."""
    nameless = register(scope="openid phone")
    assert verified(nameless, visitor, {place: {"verified_claims": asked()} for place in PLACES}) == (None, None)


@pytest.mark.parametrize("is_ticked", [True, False])
def test_the_person_is_asked_for_it(
    idp_sqlite: RunningIdp, browser: FormBrowser, register: Callable[..., RelyingParty], is_ticked: bool
) -> None:
    """§5.7.3. Mutations: names inside `verified_claims` not shown at the consent; told although they were left out."""
    asking = register(scope="openid profile", optional_scope="profile", asks_consent=True, client_name="问名字的")
    request = json.dumps({place: {"verified_claims": asked()} for place in PLACES})
    question = asking.ask({"scope": "openid", "claims": request})
    page = browser.sign_in(browser.get(question.address), idp_sqlite.new_person())
    assert 'name="allow_name"' in page.html
    tick = {"allow_name": "1"} if is_ticked else {}
    tokens = asking.tokens(browser.press(page, {"id": "consent-allow"}, **tick), question)
    assert ("verified_claims" in asking.userinfo(tokens["access_token"]).json()) is is_ticked
    assert ("verified_claims" in asking.read(tokens["id_token"])[1]) is is_ticked


def test_a_refreshed_id_token_tells_it_again(app: RelyingParty, visitor: FormBrowser, known: Person) -> None:
    question = app.ask({"scope": "openid", "claims": json.dumps({"id_token": {"verified_claims": asked()}})})
    tokens = app.tokens(visitor.get(question.address), question)
    again = app.refresh(tokens["refresh_token"]).json()
    assert app.read(again["id_token"])[1]["verified_claims"] == answer(known)


@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "code id_token"])
def test_the_front_channel_tells_it_too(
    new_party: NewParty, visitor: FormBrowser, known: Person, response_type: str
) -> None:
    """Core §3.2 and §3.3. Mutation: the claims of a code alone."""
    portal: PushingParty = new_party(
        profile="legacy",
        response_types=[response_type],
        grant_types=["implicit", *(["authorization_code"] if "code" in response_type else [])],
        token_endpoint_auth_method="client_secret_basic",
        client_secret="a-secret-of-a-portal-that-is-thirty-years-old",
        jwks=None,
    )
    claims = json.dumps({"id_token": {"verified_claims": asked(assurance_level=None)}})
    question = portal.ask({"scope": "openid", "response_type": response_type, "claims": claims})
    claims_of = portal.read(visitor.get(question.address).answer["id_token"])[1]
    ANSWER.validate(claims_of)
    assert claims_of["verified_claims"] == answer(known, assurance_level="P2")


def test_a_pushed_request_may_ask_for_it(new_party: NewParty, visitor: FormBrowser, known: Person) -> None:
    """RFC 9126 §2.3: a wrong one is refused where it is pushed."""
    pushing = new_party(profile="gov-standard")
    wrong = pushing.post_pushed(pushing.parameters({"claims": '{"userinfo": {"verified_claims": {}}}'})[0])
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_request")
    nothing: dict[str, Any] = {}
    for many in ([nothing] * 2700, [asked()] * 100, [nothing] * 6000):  # more than an address can carry
        sent = json.dumps({"userinfo": {"verified_claims": many}}, separators=(",", ":"))
        refused = pushing.post_pushed(pushing.parameters({"claims": sent})[0])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    parameters, question = pushing.parameters(
        {"scope": "openid", "claims": json.dumps({"userinfo": {"verified_claims": asked()}})}
    )
    request_uri = pushing.post_pushed(parameters).json()["request_uri"]
    page: Page = visitor.get(pushing.led_by(request_uri))
    body = {**pushing.token_request(page.answer["code"], question), **pushing.proof()}
    tokens = pushing.http.post(f"{pushing.issuer}/token", data=body).json()
    assert pushing.userinfo(tokens["access_token"]).json()["verified_claims"] == answer(known)


def test_the_log_names_what_was_told(idp_sqlite: RunningIdp, browser: FormBrowser, app: RelyingParty) -> None:
    """Each place once, with the claims inside. Mutations: `verified_claims` alone; nothing for an id_token."""
    person = idp_sqlite.new_person()
    browser.go_through(app.ask({"scope": "openid"}).address, person)
    told(app, browser, {place: {"verified_claims": asked()} for place in PLACES})
    with idp_sqlite.installation.services.begin() as unit_of_work:
        events = unit_of_work.events.of_person(person.account_id, before=None, limit=20)
    released = [each.data["claims"] for each in events if each.action == "claims.released"]
    assert sorted(map(str, released)) == sorted(
        map(str, [["name", "verified_claims"], ["name", "sub", "verified_claims"]])
    )
    assert "姓名" in browser.get("/me/activity").html
